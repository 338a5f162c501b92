"""Reads every version of a Delta table with three engines and prints what each of them sees, as one JSON document.

Usage: read_every_version.py TABLE_FOLDER JARS_FOLDER CONDITIONS_JSON
"""

import datetime
import glob
import json
import math
import sys

import duckdb
import duckdb_extension_delta
from deltalake import DeltaTable
from pyspark.sql import SparkSession


def plain(value):
    """The same text for the same value, whichever engine gave it."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc) if value.tzinfo else value
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return value


def rows(names, found):
    named = [dict(zip(names, [plain(value) for value in row])) for row in found]
    return sorted(named, key=lambda row: row["id"])


def with_sql(connection, relation, conditions):
    result = connection.execute(f"SELECT * FROM {relation}")
    names = [column[0] for column in result.description]
    seen = rows(names, result.fetchall())
    columns = set(names)
    count = lambda where: connection.execute(f"SELECT count(*) FROM {relation} WHERE {where}").fetchone()[0]
    return {"rows": seen, "counts": [count(where) for column, where in conditions if column in columns]}


def with_deltalake(folder, version, conditions):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("of_version", DeltaTable(folder, version=version).to_pyarrow_dataset())
    return with_sql(connection, "of_version", conditions)


def with_duckdb(folder, version, conditions):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    root = list(duckdb_extension_delta.__path__)[0]
    extension = glob.glob(f"{root}/extensions/*/delta.duckdb_extension")[0]
    connection.execute(f"LOAD '{extension}'")
    return with_sql(connection, f"delta_scan('{folder}', version => {version})", conditions)


def with_spark(spark, folder, version, conditions):
    frame = spark.read.format("delta").option("versionAsOf", version).load(folder)
    counts = [frame.where(where).count() for column, where in conditions if column in frame.columns]
    return {"rows": rows(frame.columns, frame.collect()), "counts": counts}


def open_spark(jars):
    settings = {
        "spark.jars": ",".join(glob.glob(f"{jars}/*.jar")),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main():
    folder, jars, conditions = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    spark = open_spark(jars)
    versions = []
    for version in range(DeltaTable(folder).version() + 1):
        versions.append(
            {
                "deltalake": with_deltalake(folder, version, conditions),
                "duckdb": with_duckdb(folder, version, conditions),
                "spark": with_spark(spark, folder, version, conditions),
            }
        )
    print("RESULT " + json.dumps(versions), flush=True)


if __name__ == "__main__":
    main()
