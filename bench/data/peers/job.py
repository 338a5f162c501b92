"""What all peers share: the contract of the job, and the hashes of what was read and written.

The job: read all CSV files of a folder (all of one form, 1 % of the rows bad), set bad rows aside with their reasons and
the file and line they came from, keep the last row of each key (`time_hour`, `carrier`, `flight`), add the mean arrival
delay of the 7 and the 30 days before the row's own day by carrier and by route, write the clean rows and the feature
rows as Parquet partitioned by UTC month, and hash (SHA-256) every file read and written.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

COLUMNS = (
    "year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay carrier flight tailnum origin "
    "dest air_time distance hour minute time_hour"
).split()
TEXT = ["carrier", "tailnum", "origin", "dest"]
INTEGERS = [name for name in COLUMNS if name not in (*TEXT, "time_hour")]
REQUIRED = ["time_hour", "carrier", "flight", "origin", "dest", "sched_dep_time"]
STORED = {"year": "year_", "month": "month_", "day": "day_"}
"""New names of columns that are called as those of partitions; they hold New York's day, the partitions UTC's month."""
KEY = ["time_hour", "carrier", "flight"]
NULLS = ["", "NA"]
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
ORIGINS = ["EWR", "JFK", "LGA"]
DISTANCE = (1, 6000)
DELAY = (-180, 2880)
CARRIER = "^[0-9A-Z]{2}$"
LATE_AFTER = 15
FEATURES = ["carrier", "origin", "dest", "distance", "hour", "sched_dep_time"]
WINDOWS = {
    "carrier_delay_7d": (["carrier"], 7),
    "carrier_delay_30d": (["carrier"], 30),
    "route_delay_7d": (["origin", "dest"], 7),
    "route_delay_30d": (["origin", "dest"], 30),
}
FEATURE_COLUMNS = [*KEY, "late", *(name for name in FEATURES if name not in KEY), *WINDOWS]
"""Columns of the feature rows."""


def run(work: Callable[[Path, Path], None]) -> None:
    """Does the job from the folder with the CSV files into a new folder; starting the engine is not counted."""
    source, target = (Path(argument) for argument in sys.argv[1:3])
    target.mkdir(parents=True)
    began = time.perf_counter()
    work(source, target)
    _write_hashes(source, target)
    print(json.dumps({"seconds": time.perf_counter() - began}))  # noqa: T201


def csv_files(source: Path) -> list[Path]:
    return sorted(source.glob("*.csv"))


def _write_hashes(source: Path, target: Path) -> None:
    files = [*csv_files(source), *sorted(target.rglob("*.parquet"))]
    with ThreadPoolExecutor(2) as pool:
        lines = [f"{digest}  {path}\n" for digest, path in zip(pool.map(_sha256, files), files, strict=True)]
    (target / "SHA256SUMS").write_text("".join(lines))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
