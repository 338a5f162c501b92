"""Reading a channel: Parquet files in name order, only the columns the job names, rows as the caller sorted them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from millrace_trainer.errors import DoNotRetryError, explain, nearest
from millrace_trainer.files import digest_json, sha256_file
from millrace_trainer.job import Job


@dataclass(frozen=True)
class Channel:
    name: str
    table: pa.Table
    """Features as they lie in the files; the label is apart."""
    label: np.ndarray
    digest: str

    @property
    def rows(self) -> int:
        return len(self.label)


def read_channel(name: str, directory: Path, job: Job) -> Channel:
    files = sorted(directory.glob("*.parquet"))
    if not files:
        fix = f"Put at least one Parquet file into the channel `{name}`."
        raise DoNotRetryError(explain("A channel holds no *.parquet file", channel=name, directory=directory, fix=fix))
    tables = [_read_file(file, name, job) for file in files]
    try:
        table = pa.concat_tables(tables).combine_chunks()
    except pa.ArrowInvalid as error:
        message = explain("The files of a channel differ in their column types", channel=name, got=error)
        raise DoNotRetryError(message) from error
    if table.num_rows == 0:
        raise DoNotRetryError(explain("A channel holds no rows", channel=name, directory=directory))
    label = _label(table.column(job.label), name, job)
    digest = digest_json([sha256_file(file) for file in files])
    return Channel(name, table.drop_columns([job.label]), label, digest)


def _read_file(path: Path, channel: str, job: Job) -> pa.Table:
    """ParquetFile rather than read_table: the latter adds columns for `key=value` folders in the path."""
    try:
        with pq.ParquetFile(path) as file:
            present = file.schema_arrow.names
            for column in job.columns:
                if column not in present:
                    message = explain("A column is missing", channel=channel, file=path.name, column=column)
                    raise DoNotRetryError(f"{message}. {nearest(column, present)}")
            return file.read(columns=job.columns).select(job.columns).replace_schema_metadata(None)
    except pa.ArrowInvalid as error:
        raise DoNotRetryError(
            explain("A file is not readable Parquet", channel=channel, file=path.name, got=error)
        ) from error


def _label(column: pa.ChunkedArray, channel: str, job: Job) -> np.ndarray:
    where = {"channel": channel, "column": job.label}
    if column.null_count:
        fix = "Filter rows without a label before training."
        raise DoNotRetryError(explain("The label is null", **where, got=f"{column.null_count} nulls", fix=fix))
    values = as_float32(column, where)
    if job.task == "binary_classification":
        _check_classes(values, where, job)
    return values


def _check_classes(values: np.ndarray, where: dict[str, str], job: Job) -> None:
    classes = np.unique(values)
    if not np.isin(classes, (0, 1)).all():
        got = ", ".join(f"{value:g}" for value in classes[:5])
        raise DoNotRetryError(explain("The label is not binary", **where, expected="0 and 1 (or booleans)", got=got))
    if len(classes) < 2 and (where["channel"] == "train" or job.metric.name == "auc"):
        got = f"only {classes[0]:g} in {len(values)} rows"
        raise DoNotRetryError(explain("The label has one class", **where, expected="both 0 and 1", got=got))


def as_float32(column: pa.ChunkedArray, where: dict[str, str]) -> np.ndarray:
    """Number → double → float32, the way JavaScript's Math.fround does it when serving. Null → NaN."""
    kind = column.type
    if not (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        fix = "Turn the column into a number in the features, or declare it categorical if it is text."
        message = explain(
            "A column is not a number", **where, expected="boolean, integer, decimal or float", got=kind, fix=fix
        )
        raise DoNotRetryError(message)
    if pa.types.is_boolean(kind):
        column = pc.cast(column, pa.uint8())
    doubles = pc.cast(column, pa.float64(), safe=False).to_numpy()
    with np.errstate(over="ignore"):
        values: np.ndarray = doubles.astype(np.float32)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        message = explain(
            "A number does not fit a 32-bit float", **where, row=row, expected="within ±3.4e38", got=doubles[row]
        )
        raise DoNotRetryError(message)
    return values
