"""Where things lie: the SageMaker layout under one base directory, each part movable by its own variable."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BASE = "/opt/ml"


@dataclass(frozen=True)
class Paths:
    hyperparameters: Path
    job: Path
    train: Path
    validation: Path
    model: Path
    checkpoints: Path
    failure: Path

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> "Paths":
        base = Path(environment.get("MILLRACE_ML_DIR", DEFAULT_BASE))

        def place(variable: str, default: Path) -> Path:
            return Path(environment.get(variable) or default)

        data = place("SM_INPUT_DIR", base / "input") / "data"
        config = place("SM_INPUT_CONFIG_DIR", place("SM_INPUT_DIR", base / "input") / "config")
        return Paths(
            hyperparameters=config / "hyperparameters.json",
            job=place("SM_CHANNEL_JOB", data / "job") / "job.json",
            train=place("SM_CHANNEL_TRAIN", data / "train"),
            validation=place("SM_CHANNEL_VALIDATION", data / "validation"),
            model=place("SM_MODEL_DIR", base / "model"),
            checkpoints=place("MILLRACE_CHECKPOINT_DIR", base / "checkpoints"),
            failure=place("SM_OUTPUT_DIR", base / "output") / "failure",
        )
