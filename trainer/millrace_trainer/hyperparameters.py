"""How to learn: `hyperparameters.json`, where SageMaker writes every value as a string."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from millrace_trainer.errors import DoNotRetryError, explain, nearest
from millrace_trainer.files import digest_json

SAGEMAKER_PREFIX = "sagemaker_"
"""Settings that SageMaker's own client adds to every job; not meant for the algorithm."""

DEVICES = ("auto", "cpu", "cuda")

RANGES: dict[str, tuple[float, float]] = {
    "num_round": (1, 100_000),
    "max_depth": (1, 24),
    "eta": (1e-6, 1),
    "subsample": (1e-6, 1),
    "colsample_bytree": (1e-6, 1),
    "min_child_weight": (0, 1e9),
    "seed": (0, 2_000_000_000),
    "early_stopping_rounds": (1, 100_000),
    "nthread": (0, 1024),
    "checkpoint_rounds": (1, 100_000),
}


@dataclass(frozen=True)
class Hyperparameters:
    num_round: int = 200
    max_depth: int = 6
    eta: float = 0.1
    subsample: float = 1.0
    colsample_bytree: float = 1.0
    min_child_weight: float = 1.0
    seed: int = 0
    early_stopping_rounds: int | None = None
    device: str = "auto"
    nthread: int = 0
    """0: as many as the machine has. The result does not depend on it."""
    checkpoint_rounds: int = 25
    """Part of the result when rows or columns are sampled, because each chunk starts with a fresh seed."""

    @property
    def digest(self) -> str:
        """Digest of what decides the result; the device is added where it is known."""
        return digest_json({key: value for key, value in asdict(self).items() if key not in ("nthread", "device")})


def read_hyperparameters(path: Path) -> Hyperparameters:
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        fix = "Write {} to use the defaults."
        raise DoNotRetryError(explain("The hyperparameters are missing", path=path, fix=fix)) from error
    except ValueError as error:
        raise DoNotRetryError(explain("The hyperparameters are not valid JSON", path=path, got=error)) from error
    return parse_hyperparameters(document)


def parse_hyperparameters(document: Any) -> Hyperparameters:
    if not isinstance(document, dict):
        got = type(document).__name__
        raise DoNotRetryError(explain("The hyperparameters are invalid", expected="an object", got=got))
    names = {field.name for field in fields(Hyperparameters)}
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name.startswith(SAGEMAKER_PREFIX):
            continue
        if name not in names:
            raise DoNotRetryError(explain("Unknown hyperparameter", name=name, fix=nearest(name, names)))
        values[name] = _value(name, _plain(value))
    return Hyperparameters(**values)


def _plain(value: Any) -> str:
    """Undo the second layer of JSON that SageMaker's Python client puts around strings."""
    text = str(value)
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text


def _value(name: str, text: str) -> int | float | str:
    if name == "device":
        if text not in DEVICES:
            raise _wrong(name, " or ".join(DEVICES), text)
        return text
    low, high = RANGES[name]
    whole = type(getattr(Hyperparameters, name)) is not float
    expected = f"a{' whole' if whole else ''} number from {low:g} to {high:g}"
    try:
        number = int(text) if whole else float(text)
    except ValueError as error:
        raise _wrong(name, expected, text) from error
    if not low <= number <= high:
        raise _wrong(name, expected, text)
    return number


def _wrong(name: str, expected: str, got: str) -> DoNotRetryError:
    return DoNotRetryError(explain("Invalid hyperparameter", name=name, expected=expected, got=repr(got)))
