"""The job in pandas: pyarrow reads and writes, daily sums make the windows."""

from functools import reduce
from pathlib import Path

import job
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Frame = pd.DataFrame


def work(source: Path, target: Path) -> None:
    accepted, rejected = zip(*(read(path) for path in job.csv_files(source)), strict=True)
    pd.concat(rejected).to_parquet(target / "quarantine.parquet", index=False)
    clean = pd.concat(accepted, ignore_index=True)
    del accepted
    clean = clean.drop_duplicates(job.KEY, keep="last").sort_values(job.KEY, ignore_index=True)
    clean["$day"] = clean["time_hour"].dt.floor("D")
    write(clean.rename(columns=job.STORED), target / "clean")
    write(features(clean), target / "features")


def read(path: Path) -> tuple[Frame, Frame]:
    """Good rows with their types, and bad rows as they came, with reasons and line."""
    raw = pd.read_csv(path, dtype="string[pyarrow]", na_values=job.NULLS, keep_default_na=False)
    typed = pd.DataFrame({name: pd.to_numeric(raw[name], errors="coerce") for name in job.INTEGERS})
    typed[job.TEXT] = raw[job.TEXT]
    typed["time_hour"] = pd.to_datetime(raw["time_hour"], format=job.TIME_FORMAT, errors="coerce", utc=True)
    faults = {
        **{f"type({name})": raw[name].notna() & typed[name].isna() for name in (*job.INTEGERS, "time_hour")},
        **{f"not_null({name})": raw[name].isna() for name in job.REQUIRED},
        "in_set(origin)": typed["origin"].notna() & ~typed["origin"].isin(job.ORIGINS),
        "between(distance)": typed["distance"].notna() & ~typed["distance"].between(*job.DISTANCE),
        "between(arr_delay)": typed["arr_delay"].notna() & ~typed["arr_delay"].between(*job.DELAY),
        "matches(carrier)": ~typed["carrier"].str.match(job.CARRIER).fillna(True).astype(bool),
    }
    is_bad = np.logical_or.reduce([fault.to_numpy(dtype=bool) for fault in faults.values()])
    rejected = raw[is_bad].assign(
        source=path.name,
        line=np.flatnonzero(is_bad) + 2,
        reasons=reduce(
            np.add, (np.where(fault[is_bad], f"{name};", "").astype(object) for name, fault in faults.items())
        ),
    )
    return typed[~is_bad], rejected


def features(clean: Frame) -> Frame:
    rows = clean
    for over in (["carrier"], ["origin", "dest"]):
        rows = rows.merge(rolling(clean, over), on=[*over, "$day"], how="left")
    delay = rows["arr_delay"]
    rows["late"] = (delay > job.LATE_AFTER).astype("float64").where(delay.notna())
    return rows[["$day", *job.FEATURE_COLUMNS]]


def rolling(clean: Frame, over: list[str]) -> Frame:
    """Per key and day: the mean of the days before it, out of daily sums."""
    daily = clean.groupby([*over, "$day"], sort=True)["arr_delay"].agg(["sum", "count"]).reset_index()
    groups = daily.set_index("$day").groupby(over, sort=True)[["sum", "count"]]
    for name, (keys, days) in job.WINDOWS.items():
        if keys == over:
            before = groups.rolling(f"{days}D", closed="left").sum()
            daily[name] = (before["sum"] / before["count"].where(before["count"] > 0)).to_numpy()
    return daily.drop(columns=["sum", "count"])


def write(frame: Frame, folder: Path) -> None:
    day = frame.pop("$day")
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for name, values in (("year", day.dt.year), ("month", day.dt.month)):
        table = table.append_column(name, pa.array(values, pa.int32()))
    frame["$day"] = day
    pq.write_to_dataset(
        table,
        folder,
        partition_cols=["year", "month"],
        max_partitions=100_000,
        max_open_files=1024,
        use_threads=True,
    )


if __name__ == "__main__":
    job.run(work)
