"""Reads every version of a Delta table with deltalake and with DuckDB; prints rows and distinct keys of each.

Usage: read_delta.py s3://bucket/table KEY[,KEY…]   (store access from AWS_* variables)
"""

import json
import sys

import duckdb
from deltalake import DeltaTable


def main() -> None:
    uri, keys = sys.argv[1], sys.argv[2]
    newest = DeltaTable(uri).version()
    versions = []
    for version in range(newest + 1):
        table = DeltaTable(uri, version=version)
        arrow = table.to_pyarrow_table()
        connection = duckdb.connect()
        connection.register("rows_of_version", arrow)
        rows, distinct = connection.execute(
            f"SELECT count(*), count(DISTINCT ({keys})) FROM rows_of_version"
        ).fetchone()
        versions.append({"version": version, "rows": rows, "distinctKeys": distinct})
    print(json.dumps(versions))


if __name__ == "__main__":
    main()
