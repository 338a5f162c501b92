"""What to learn: `job.json`, as described by schemas/train-job.schema.json.

The rules are written out here as well, since the schema file does not travel into a training container; the fixtures
beside the schema hold both to the same verdicts.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from millrace_trainer.errors import DoNotRetryError, explain, nearest

SCHEMA_VERSION = 1
DIGEST_PATTERN = re.compile(r"(sha256:)?[0-9a-f]{64}")
DIRECTIONS = {"auc": "maximize", "logloss": "minimize", "rmse": "minimize", "mae": "minimize"}
TASK_METRICS = {"binary_classification": ("auc", "logloss"), "regression": ("rmse", "mae")}
KINDS = ("numeric", "categorical")
RESERVED = "prediction"
"""The column that golden.parquet has beside the features."""

Task = Literal["binary_classification", "regression"]
Kind = Literal["numeric", "categorical"]


@dataclass(frozen=True)
class Feature:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Metric:
    name: str
    direction: str

    def better(self, value: float, than: float) -> bool:
        return value > than if self.direction == "maximize" else value < than


@dataclass(frozen=True)
class Job:
    pipeline: str
    digest: str
    task: Task
    label: str
    features: tuple[Feature, ...]
    metric: Metric

    @property
    def columns(self) -> list[str]:
        return [*(feature.name for feature in self.features), self.label]


def read_job(path: Path) -> Job:
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        fix = "Put job.json into the channel `job`."
        raise DoNotRetryError(explain("The job is missing", path=path, fix=fix)) from error
    except ValueError as error:
        raise DoNotRetryError(explain("The job is not valid JSON", path=path, got=error)) from error
    return parse_job(document)


def parse_job(document: Any) -> Job:
    job = _fields(document, "job", {"schemaVersion", "pipeline", "digest", "task", "label", "features", "metric"})
    if type(job["schemaVersion"]) is not int or job["schemaVersion"] != SCHEMA_VERSION:
        raise _wrong("schemaVersion", SCHEMA_VERSION, job["schemaVersion"])
    digest = _text(job["digest"], "digest")
    if not DIGEST_PATTERN.fullmatch(digest):
        raise _wrong("digest", "64 lower-case hexadecimal digits, with or without 'sha256:' before them", digest)
    task = _one_of(job["task"], "task", TASK_METRICS)
    return Job(
        pipeline=_text(job["pipeline"], "pipeline"),
        digest=digest,
        task=cast(Task, task),
        label=_text(job["label"], "label"),
        features=_features(job["features"], job["label"]),
        metric=_metric(job["metric"], task),
    )


def _features(value: Any, label: str) -> tuple[Feature, ...]:
    if not isinstance(value, list) or not value:
        raise _wrong("features", "a list with at least one feature", value)
    features = []
    for position, item in enumerate(value):
        where = f"features[{position}]"
        fields = _fields(item, where, {"name", "kind"})
        kind = cast(Kind, _one_of(fields["kind"], f"{where}.kind", KINDS))
        features.append(Feature(_text(fields["name"], f"{where}.name"), kind))
    names = [feature.name for feature in features]
    for name in names:
        if names.count(name) > 1:
            raise _wrong("features", "every name once", f"'{name}' {names.count(name)} times")
    if RESERVED in names:
        raise _wrong("features", f"no feature called '{RESERVED}'", "one, which golden.parquet cannot hold")
    if label in names:
        raise _wrong("features", f"features without the label '{label}'", f"'{label}' as a feature")
    return tuple(features)


def _metric(value: Any, task: str) -> Metric:
    fields = _fields(value, "metric", {"name", "direction"})
    name = _one_of(fields["name"], "metric.name", TASK_METRICS[task])
    direction = _one_of(fields["direction"], "metric.direction", (DIRECTIONS[name],))
    return Metric(name, direction)


def _fields(value: Any, where: str, names: Collection[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object", value)
    for name in value:
        if name not in names:
            raise DoNotRetryError(
                explain("The job has an unknown field", field=f"{where}.{name}", fix=nearest(name, names))
            )
    for name in sorted(names):
        if name not in value:
            raise DoNotRetryError(explain("The job lacks a field", field=f"{where}.{name}"))
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(where, "a non-empty string", value)
    return value


def _one_of(value: Any, where: str, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise _wrong(where, " or ".join(f"'{name}'" for name in allowed), value)
    return value


def _wrong(field: str, expected: object, got: object) -> DoNotRetryError:
    shown = got if isinstance(got, str) and " " in got else repr(got)
    return DoNotRetryError(explain("The job is invalid", field=field, expected=expected, got=shown))
