"""The job in PySpark, local mode on all cores."""

from pathlib import Path

import job
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def work(source: Path, target: Path) -> None:
    checked = read(source).persist()
    checked.where("reasons != ''").select("source", "reasons", *job.COLUMNS).coalesce(1).write.parquet(
        f"{target}/quarantine"
    )
    newest = Window.partitionBy(*job.KEY).orderBy(f.desc("source"), f.desc("position"))
    clean = (
        checked.where("reasons = ''")
        .select("source", "position", *(f.col(f"{name}_v").alias(name) for name in job.COLUMNS))
        .withColumn("number", f.row_number().over(newest))
        .where("number = 1")
        .drop("number", "source", "position")
        .withColumn("event_day", f.to_date("time_hour"))
        .persist()
    )
    write(clean.withColumnsRenamed(job.STORED), target / "clean")
    rows = clean
    for over in (["carrier"], ["origin", "dest"]):
        rows = rows.join(f.broadcast(rolling(clean, over)), [*over, "event_day"], "left")
    rows = rows.withColumn("late", (f.col("arr_delay") > job.LATE_AFTER).cast("double"))
    write(rows.select("event_day", *job.FEATURE_COLUMNS), target / "features")


def read(source: Path) -> DataFrame:
    schema = ", ".join(f"{name} STRING" for name in job.COLUMNS)
    raw = spark.read.csv(str(source), schema=schema, header=True, nullValue="NA", mode="PERMISSIVE")
    typed = {f"{name}_v": value(name) for name in job.COLUMNS}
    position = {"source": f.col("_metadata.file_name"), "position": f.monotonically_increasing_id()}
    return raw.withColumns({**typed, **position}).withColumn("reasons", f.concat(*reasons()))


def value(name: str) -> Column:
    if name in job.TEXT:
        return f.col(name)
    if name == "time_hour":
        return f.try_to_timestamp(f.col(name), f.lit("yyyy-MM-dd'T'HH:mm:ssX"))
    return f.expr(f"try_cast({name} AS BIGINT)")


def reasons() -> list[Column]:
    faults = {
        **{
            f"type({name})": f.expr(f"{name} IS NOT NULL AND {name}_v IS NULL") for name in (*job.INTEGERS, "time_hour")
        },
        **{f"not_null({name})": f.col(name).isNull() for name in job.REQUIRED},
        "in_set(origin)": ~f.col("origin").isin(job.ORIGINS),
        "between(distance)": ~f.col("distance_v").between(*job.DISTANCE),
        "between(arr_delay)": ~f.col("arr_delay_v").between(*job.DELAY),
        "matches(carrier)": ~f.col("carrier").rlike(job.CARRIER),
    }
    return [f.when(fault, f"{name};").otherwise("") for name, fault in faults.items()]


def rolling(clean: DataFrame, over: list[str]) -> DataFrame:
    """Per key and day: the mean of the days before it, out of daily sums."""
    daily = clean.groupBy(*over, "event_day").agg(
        f.sum("arr_delay").alias("total"), f.count("arr_delay").alias("count")
    )
    number = f.unix_date("event_day")
    windows = {name: days for name, (keys, days) in job.WINDOWS.items() if keys == over}
    for name, days in windows.items():
        before = Window.partitionBy(*over).orderBy(number).rangeBetween(-days, -1)
        total, count = f.sum("total").over(before), f.sum("count").over(before)
        daily = daily.withColumn(name, f.when(count > 0, total / count))
    return daily.select(*over, "event_day", *windows)


def write(frame: DataFrame, folder: Path) -> None:
    day = f.col("event_day")
    frame.withColumns({"year": f.year(day), "month": f.month(day)}).drop("event_day").repartition(
        8, "year", "month"
    ).sortWithinPartitions("year", "month", *job.KEY).write.partitionBy("year", "month").parquet(
        str(folder)
    )


if __name__ == "__main__":
    spark = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    job.run(work)
    spark.stop()
