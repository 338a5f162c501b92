"""Checkpoints: `round-000025.ubj` and, written after it, `round-000025.json` that vouches for it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millrace_trainer.early_stopping import EarlyStopping
from millrace_trainer.events import log
from millrace_trainer.files import sha256_bytes, write_bytes, write_json

SCHEMA_VERSION = 1
KEPT = 2
"""The newest, and one to fall back on should it be damaged."""


@dataclass(frozen=True)
class Checkpoint:
    round: int
    """Rounds done, so also the next round to do."""
    model: bytes
    stopping: EarlyStopping


class CheckpointStore:
    def __init__(self, directory: Path, inputs: dict[str, str]) -> None:
        """`inputs`: a digest of everything that decides the result, by name. Other inputs, other checkpoints."""
        self._directory = directory
        self._inputs = inputs

    def save(self, checkpoint: Checkpoint) -> str:
        """Return the file's name once it would survive a crash."""
        name = f"round-{checkpoint.round:06d}"
        write_bytes(self._directory / f"{name}.ubj", checkpoint.model)
        write_json(
            self._directory / f"{name}.json",
            {
                "schemaVersion": SCHEMA_VERSION,
                "round": checkpoint.round,
                "sha256": sha256_bytes(checkpoint.model),
                "bytes": len(checkpoint.model),
                "inputs": self._inputs,
                "earlyStopping": checkpoint.stopping.to_json(),
            },
        )
        self._remove_older_than(name)
        return f"{name}.ubj"

    def newest(self) -> Checkpoint | None:
        for path in self._newest_first():
            try:
                return self._load(path)
            except (ValueError, KeyError, TypeError, FileNotFoundError) as error:
                log.warning("Checkpoint %s is ignored: %s", path.name, error)
        return None

    def _load(self, path: Path) -> Checkpoint:
        record: Any = json.loads(path.read_text("utf-8"))
        if record["schemaVersion"] != SCHEMA_VERSION:
            raise ValueError(f"its schemaVersion is {record['schemaVersion']}, not {SCHEMA_VERSION}")
        if record["inputs"] != self._inputs:
            names = sorted(self._inputs.keys() | record["inputs"].keys())
            differing = [name for name in names if self._inputs.get(name) != record["inputs"].get(name)]
            raise ValueError(f"it was made with another {' and '.join(differing)}")
        model = path.with_suffix(".ubj").read_bytes()
        if sha256_bytes(model) != record["sha256"]:
            raise ValueError(f"its bytes are damaged: expected sha256 {record['sha256']}, got {sha256_bytes(model)}")
        return Checkpoint(record["round"], model, EarlyStopping.from_json(record["earlyStopping"]))

    def _newest_first(self) -> list[Path]:
        return sorted(self._directory.glob("round-*.json"), reverse=True)

    def _remove_older_than(self, name: str) -> None:
        """By name, not by count alone: ignored checkpoints of other inputs may carry higher rounds."""
        older = [path for path in self._newest_first() if path.stem < name]
        for path in older[KEPT - 1 :]:
            path.unlink(missing_ok=True)
            path.with_suffix(".ubj").unlink(missing_ok=True)
