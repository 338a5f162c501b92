"""Whether results hold the same rows.

    compare.py REFERENCE OTHER…

Each is a folder with clean/, features/ and quarantine*. Rows are found by their key; texts and integers must be equal,
means may differ by 1e-9 of their size. Prints one JSON document per folder.
"""

import json
import sys
from pathlib import Path

import duckdb
import job

TOLERANCE = 1e-9


def main() -> None:
    reference, *others = (Path(argument) for argument in sys.argv[1:])
    con = duckdb.connect(config={"memory_limit": "4GB"})
    con.execute("SET TimeZone = 'UTC'")
    for folder in (reference, *others):
        print(json.dumps(describe(con, reference, folder)))  # noqa: T201


def describe(con: duckdb.DuckDBPyConnection, reference: Path, folder: Path) -> dict[str, object]:
    clean = f"SELECT {', '.join(clean_values())} FROM {files(folder, 'clean')}"
    wanted = f"SELECT {', '.join(clean_values())} FROM {files(reference, 'clean')}"
    return {
        "folder": folder.name,
        "quarantined": count(con, files(folder, "quarantine")),
        "clean": count(con, files(folder, "clean")),
        "features": count(con, files(folder, "features")),
        "files": len(list(folder.glob("clean/year=*/*/*.parquet")))
        + len(list(folder.glob("features/year=*/*/*.parquet"))),
        "cleanHash": digest(con, clean),
        "cleanDifferent": 0
        if folder == reference
        else different(con, wanted, clean, [f"c{n}" for n in range(len(job.COLUMNS))]),
        "featuresDifferent": 0 if folder == reference else feature_differences(con, reference, folder),
    }


def files(folder: Path, name: str) -> str:
    pattern = f"{folder}/quarantine*/*.parquet" if name == "quarantine" else f"{folder}/{name}/year=*/*/*.parquet"
    if name == "quarantine" and (folder / "quarantine.parquet").exists():
        pattern = f"{folder}/quarantine.parquet"
    return f"read_parquet('{pattern}', hive_partitioning = false)"


def count(con: duckdb.DuckDBPyConnection, source: str) -> int:
    return con.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]


def clean_values() -> list[str]:
    """In the job's order and types, under neutral names."""
    return [f"{canonical(name, job.STORED.get(name, name))} AS c{index}" for index, name in enumerate(job.COLUMNS)]


def canonical(name: str, column: str) -> str:
    if name in job.TEXT:
        return column
    return f"epoch({column})::BIGINT" if name == "time_hour" else f"CAST({column} AS BIGINT)"


def digest(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """Of the set of rows, in whatever order they come."""
    return str(con.execute(f"SELECT sum(hash(r)::HUGEINT) FROM ({query}) AS r").fetchall()[0][0])


def different(con: duckdb.DuckDBPyConnection, left: str, right: str, columns: list[str]) -> int:
    if digest(con, left) == digest(con, right):
        return 0
    names = ", ".join(columns)
    return con.execute(
        f"SELECT count(*) FROM ((SELECT {names} FROM ({left})) EXCEPT ALL (SELECT {names} FROM ({right})))"
    ).fetchall()[0][0]


def feature_differences(con: duckdb.DuckDBPyConnection, reference: Path, folder: Path) -> int:
    key = ["k0", "k1", "k2"]
    exact = [name for name in job.FEATURES if name not in job.KEY]
    same = [f"l.{name} IS NOT DISTINCT FROM r.{name}" for name in exact]
    near = [
        f"(l.{name} IS NULL AND r.{name} IS NULL OR abs(l.{name} - r.{name}) <= {TOLERANCE} * greatest(1, abs(l.{name})))"
        for name in ("late", *job.WINDOWS)
    ]
    return con.execute(
        f"""SELECT count(*) FROM ({feature_rows(con, reference)}) AS l FULL JOIN ({feature_rows(con, folder)}) AS r USING ({", ".join(key)})
        WHERE NOT coalesce({" AND ".join([*same, *near])}, false)"""
    ).fetchall()[0][0]


def feature_rows(con: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Millrace keeps the key beside the features, under names of its own."""
    source = files(folder, "features")
    names = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    own = "_key_time_hour" in names
    key = [canonical(name, f"_key_{name}" if own else name) + f" AS k{index}" for index, name in enumerate(job.KEY)]
    exact = [
        f"{name} AS {name}" if name in job.TEXT else f"CAST({name} AS BIGINT) AS {name}"
        for name in job.FEATURES
        if name not in job.KEY
    ]
    means = [f"CASE WHEN isfinite({name}) THEN {name} END AS {name}" for name in ("late", *job.WINDOWS)]
    return f"SELECT {', '.join([*key, *exact, *means])} FROM {source}"


if __name__ == "__main__":
    main()
