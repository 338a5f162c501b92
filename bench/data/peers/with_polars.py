"""The job in Polars: lazy, streaming where it can be."""

from pathlib import Path

import job
import polars as pl


def work(source: Path, target: Path) -> None:
    checked = read(source)
    checked.filter(pl.col("reasons") != "").select("source", "line", "reasons", *job.COLUMNS).sink_parquet(
        target / "quarantine.parquet"
    )
    accepted = checked.filter(pl.col("reasons") == "").select(pl.col(f"{name}$").alias(name) for name in job.COLUMNS)
    clean = accepted.unique(subset=job.KEY, keep="last", maintain_order=True).sort(job.KEY).collect(engine="streaming")
    write(clean.rename(job.STORED), target / "clean")
    write(features(clean), target / "features")


def read(source: Path) -> pl.LazyFrame:
    raw = pl.concat(
        pl.scan_csv(
            path,
            schema=dict.fromkeys(job.COLUMNS, pl.String),
            null_values=job.NULLS,
            row_index_name="line",
            row_index_offset=2,
        ).with_columns(source=pl.lit(path.name))
        for path in job.csv_files(source)
    )
    typed = [
        *(pl.col(name).cast(pl.Int64, strict=False).alias(f"{name}$") for name in job.INTEGERS),
        *(pl.col(name).alias(f"{name}$") for name in job.TEXT),
        pl.col("time_hour").str.to_datetime(job.TIME_FORMAT, time_zone="UTC", strict=False).alias("time_hour$"),
    ]
    return raw.with_columns(typed).with_columns(reasons=reasons())


def reasons() -> pl.Expr:
    value = {name: pl.col(f"{name}$") for name in job.COLUMNS}
    faults = {
        **{
            f"type({name})": pl.col(name).is_not_null() & value[name].is_null() for name in (*job.INTEGERS, "time_hour")
        },
        **{f"not_null({name})": pl.col(name).is_null() for name in job.REQUIRED},
        "in_set(origin)": ~value["origin"].is_in(job.ORIGINS),
        "between(distance)": ~value["distance"].is_between(*job.DISTANCE),
        "between(arr_delay)": ~value["arr_delay"].is_between(*job.DELAY),
        "matches(carrier)": ~value["carrier"].str.contains(job.CARRIER),
    }
    return pl.concat_str(
        [pl.when(fault).then(pl.lit(f"{name};")).otherwise(pl.lit("")) for name, fault in faults.items()]
    )


def features(clean: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("time_hour").dt.date()
    rows = clean.lazy().with_columns(day=day)
    for over in (["carrier"], ["origin", "dest"]):
        rows = rows.join(rolling(clean, over), on=[*over, "day"], how="left")
    return (
        rows.with_columns(late=(pl.col("arr_delay") > job.LATE_AFTER).cast(pl.Float64))
        .select(job.FEATURE_COLUMNS)
        .collect()
    )


def rolling(clean: pl.DataFrame, over: list[str]) -> pl.LazyFrame:
    """Per key and day: the mean of the days before it, out of daily sums."""
    daily = (
        clean.lazy()
        .group_by(*over, pl.col("time_hour").dt.date().alias("day"))
        .agg(total=pl.col("arr_delay").sum(), count=pl.col("arr_delay").count())
        .sort(*over, "day")
    )
    windows = {name: days for name, (keys, days) in job.WINDOWS.items() if keys == over}
    for name, days in windows.items():
        before = {"window_size": f"{days}d", "closed": "left", "min_samples": 1}
        total, count = (pl.col(part).rolling_sum_by("day", **before).over(over) for part in ("total", "count"))
        daily = daily.with_columns(pl.when(count > 0).then(total / count).alias(name))
    return daily.select(*over, "day", *windows)


def write(frame: pl.DataFrame, folder: Path) -> None:
    time = pl.col("time_hour")
    frame.lazy().with_columns(year=time.dt.year(), month=time.dt.month()).sink_parquet(
        pl.PartitionBy(folder, key=["year", "month"]), mkdir=True
    )


if __name__ == "__main__":
    job.run(work)
