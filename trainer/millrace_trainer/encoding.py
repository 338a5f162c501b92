"""Features → one float32 matrix. Text becomes the position in a sorted list learned from the train channel only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from millrace_trainer.dataset import as_float32
from millrace_trainer.errors import DoNotRetryError, explain
from millrace_trainer.job import Feature, Job


@dataclass(frozen=True)
class EncodedFeature:
    name: str
    categories: tuple[str, ...] | None
    """None: numeric."""

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """Null, NaN and unseen categories → NaN, which the trees treat as missing."""
        if self.categories is None:
            return as_float32(column, {"feature": self.name})
        known = pa.array(self.categories, pa.string())
        codes = pc.index_in(_text(column, self.name), value_set=known, skip_nulls=True)
        return np.asarray(pc.cast(codes, pa.float64()), np.float32)

    def describe(self) -> dict[str, Any]:
        if self.categories is None:
            return {"name": self.name, "kind": "numeric"}
        return {"name": self.name, "kind": "categorical", "categories": list(self.categories)}


@dataclass(frozen=True)
class Encoding:
    features: tuple[EncodedFeature, ...]

    @staticmethod
    def learn(job: Job, train: pa.Table) -> "Encoding":
        return Encoding(tuple(_learn(feature, train) for feature in job.features))

    def encode(self, table: pa.Table) -> np.ndarray:
        matrix = np.empty((table.num_rows, len(self.features)), np.float32)
        for position, feature in enumerate(self.features):
            matrix[:, position] = feature.encode(table.column(feature.name))
        return matrix

    def describe(self) -> list[dict[str, Any]]:
        return [feature.describe() for feature in self.features]


def _learn(feature: Feature, train: pa.Table) -> EncodedFeature:
    if feature.kind == "numeric":
        return EncodedFeature(feature.name, None)
    values = pc.unique(_text(train.column(feature.name), feature.name)).to_pylist()
    return EncodedFeature(feature.name, tuple(sorted(value for value in values if value is not None)))


def _text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        fix = "Cast it to text in the features, or declare it numeric."
        raise DoNotRetryError(
            explain("A categorical feature is not text", feature=name, expected="string", got=kind, fix=fix)
        )
    return pc.cast(column, pa.string())
