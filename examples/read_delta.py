"""Reads every version of a Delta table with two engines that know nothing of Millrace: deltalake and DuckDB.

Usage: read_delta.py s3://bucket/table KEY[,KEY…]   (store access from AWS_* variables)

Prints one JSON array: for each version its number, its rows and its distinct keys.
"""

import json
import os
import sys

import duckdb
from deltalake import DeltaTable


def main() -> None:
    uri, keys = sys.argv[1], sys.argv[2]
    columns = ", ".join(f'"{key}"' for key in keys.split(","))
    versions = []
    for version in range(DeltaTable(uri).version() + 1):
        dataset = DeltaTable(uri, version=version).to_pyarrow_dataset()
        connection = duckdb.connect()
        connection.register("rows_of_version", dataset)
        rows, distinct = connection.execute(
            f"SELECT count(*), count(DISTINCT ({columns})) FROM rows_of_version"
        ).fetchone()
        versions.append({"version": version, "rows": rows, "distinctKeys": distinct})
    print(json.dumps(versions), flush=True)
    # Without the interpreter's clean-up, in which the threads of deltalake sometimes abort.
    os._exit(0)


if __name__ == "__main__":
    main()
