"""The model directory: the four files that scoring needs, and metrics.json, written last."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from millrace_trainer.boosting import Trained
from millrace_trainer.dataset import Channel
from millrace_trainer.encoding import Encoding
from millrace_trainer.export_onnx import INPUT, OUTPUTS, check_parity, export_onnx
from millrace_trainer.files import sha256_file, write_bytes, write_json
from millrace_trainer.golden import golden_parquet, golden_rows
from millrace_trainer.job import Job
from millrace_trainer.metrics import mean, score, score_naive

SCHEMA_VERSION = 1
PACKAGES = ("xgboost", "onnx", "onnxmltools", "pyarrow", "numpy")


@dataclass(frozen=True)
class Run:
    """What a finished run leaves to be written down."""

    job: Job
    encoding: Encoding
    trained: Trained
    train: Channel
    validation: Channel
    device: str


def write_outputs(directory: Path, run: Run) -> dict[str, Any]:
    """Write all files; return the metrics document and the digest of each file."""
    job, encoding, trained, validation = run.job, run.encoding, run.trained, run.validation
    matrix = encoding.encode(validation.table)
    prediction = trained.booster.predict(xgb.DMatrix(matrix))
    rows = golden_rows(validation.rows)
    model = export_onnx(trained.booster, job.task)
    check_parity(model, job.task, matrix[rows], prediction[rows])
    metrics = describe_metrics(run, prediction)
    write: dict[str, Callable[[Path], None]] = {
        "model.onnx": lambda path: write_bytes(path, model.SerializeToString(deterministic=True)),
        "model.ubj": lambda path: write_bytes(path, bytes(trained.booster.save_raw("ubj"))),
        "golden.parquet": lambda path: write_bytes(path, golden_parquet(validation.table.take(rows), prediction[rows])),
        "features.json": lambda path: write_json(path, describe_features(job, encoding)),
        "metrics.json": lambda path: write_json(path, metrics),
    }
    for name, write_to in write.items():
        write_to(directory / name)
    return {"metrics": metrics, "files": [_describe_file(directory / name) for name in write]}


def describe_features(job: Job, encoding: Encoding) -> dict[str, Any]:
    output = OUTPUTS[job.task]
    return {
        "schemaVersion": SCHEMA_VERSION,
        "input": INPUT,
        "output": output.name,
        "outputIndex": output.index,
        "task": job.task,
        "features": encoding.describe(),
    }


def describe_metrics(run: Run, prediction: np.ndarray) -> dict[str, Any]:
    job, train, validation = run.job, run.train, run.validation
    scores = score(job.task, validation.label, prediction)
    naive = score_naive(job.task, train.label, validation.label)
    name = job.metric.name
    return {
        "schemaVersion": SCHEMA_VERSION,
        "task": job.task,
        "metric": {"name": name, "direction": job.metric.direction, "value": scores[name], "baseline": naive[name]},
        "validation": scores,
        "baseline": naive,
        "rows": {"train": train.rows, "validation": validation.rows},
        "labelMean": {"train": mean(train.label), "validation": mean(validation.label)},
        "rounds": run.trained.rounds,
        "bestIteration": run.trained.best_round,
        "device": run.device,
        "versions": {package: library_version(package) for package in PACKAGES},
    }


def library_version(package: str) -> str:
    """XGBoost without CUDA is a distribution of another name."""
    if package == "xgboost":
        return str(xgb.__version__)
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _describe_file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "sha256": sha256_file(path), "bytes": path.stat().st_size}
