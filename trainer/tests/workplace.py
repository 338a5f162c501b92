"""A training directory with made-up data, and the trainer run on it as its parent would run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TRAINER = Path(__file__).resolve().parents[1]
ROOT = TRAINER.parent
COMMAND = [sys.executable, "-m", "millrace_trainer", "train"]
OUTPUTS = {"model.onnx", "model.ubj", "golden.parquet", "features.json", "metrics.json"}

JOB: dict[str, Any] = {
    "schemaVersion": 1,
    "pipeline": "demo",
    "digest": "a" * 64,
    "task": "binary_classification",
    "label": "late",
    "features": [
        {"name": "distance", "kind": "numeric"},
        {"name": "delay", "kind": "numeric"},
        {"name": "rain", "kind": "numeric"},
        {"name": "carrier", "kind": "categorical"},
    ],
    "metric": {"name": "auc", "direction": "maximize"},
}
PIPE_BYTES = 4096
"""Holds fewer than 40 events: the trainer waits for its reader, so a test that stops reading cannot be overtaken."""

SAMPLING = {"subsample": 0.7, "colsample_bytree": 0.6, "seed": 11, "num_round": 60, "checkpoint_rounds": 10}
REGRESSION = {**JOB, "task": "regression", "label": "minutes", "metric": {"name": "rmse", "direction": "minimize"}}


def make_table(rows: int, seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    distance = random.integers(80, 3000, rows)
    delay = random.normal(10, 20, rows)
    carrier = random.choice(["UA", "AA", "B6", "É9"], rows)
    minutes = delay + distance / 300 + np.where(carrier == "UA", 8, 0) + random.normal(0, 10, rows)
    unknown = random.random(rows) < 0.1
    return pa.table(
        {
            "key": pa.array(range(rows), pa.int64()),
            "distance": pa.array(distance, pa.int32()),
            "delay": pa.array(delay, pa.float64(), mask=unknown),
            "rain": pa.array(random.random(rows) < 0.3),
            "carrier": pa.array(carrier, pa.string(), mask=random.random(rows) < 0.05),
            "late": pa.array(minutes > 20),
            "minutes": pa.array(minutes),
        }
    )


@dataclass
class Workplace:
    base: Path
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self, *, job: Any = JOB, rows: int = 2000, **hyperparameters: Any) -> "Workplace":
        self.write_channel("train", make_table(rows, 1))
        self.write_channel("validation", make_table(rows // 3, 2))
        self.write("input/data/job/job.json", job)
        chosen = {
            "nthread": 2,
            "device": "cpu",
            "max_depth": 3,
            "num_round": 20,
            "checkpoint_rounds": 5,
            **hyperparameters,
        }
        self.write("input/config/hyperparameters.json", {name: str(value) for name, value in chosen.items()})
        return self

    def write(self, path: str, document: Any) -> None:
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document), "utf-8")

    def write_channel(self, name: str, table: pa.Table, file: str = "part-0.parquet") -> None:
        directory = self.base / "input/data" / name
        directory.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, directory / file)

    def start(self, **extra: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(TRAINER),
            "MILLRACE_ML_DIR": str(self.base),
            **self.environment,
            **extra,
        }
        with (self.base / "stderr").open("w") as errors:
            return subprocess.Popen(
                COMMAND, env=environment, stdout=subprocess.PIPE, stderr=errors, bufsize=0, pipesize=PIPE_BYTES
            )

    def run(self, expected: int = 0, **extra: str) -> list[dict[str, Any]]:
        with self.start(**extra) as process:
            output, _ = process.communicate(timeout=60)
        assert process.returncode == expected, self.errors
        return [json.loads(line) for line in output.splitlines()]

    def run_until(self, event: str, number: signal.Signals, *, round_: int, **extra: str) -> int:
        """Send a signal as soon as an event of that round appears; return the exit status."""
        with self.start(**extra) as process:
            for found in events_of(process):
                if found["event"] == event and found["round"] >= round_:
                    process.send_signal(number)
                    break
            process.communicate(timeout=60)
            return process.returncode

    @property
    def errors(self) -> str:
        return (self.base / "stderr").read_text()

    @property
    def failure(self) -> str:
        return (self.base / "output/failure").read_text()

    def outputs(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.base / "model").iterdir()}

    def output_json(self, name: str) -> Any:
        return json.loads((self.base / "model" / name).read_text("utf-8"))


def events_of(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)
