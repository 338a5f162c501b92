"""The job in plain DuckDB SQL from Python: one table per step, PARTITION_BY for the files."""

from pathlib import Path

import duckdb
import job

RULES = {
    **{f"type({name})": f"{name} IS NOT NULL AND {name}_v IS NULL" for name in (*job.INTEGERS, "time_hour")},
    **{f"not_null({name})": f"{name} IS NULL" for name in job.REQUIRED},
    "in_set(origin)": f"origin NOT IN {tuple(job.ORIGINS)}",
    "between(distance)": "distance_v NOT BETWEEN {} AND {}".format(*job.DISTANCE),
    "between(arr_delay)": "arr_delay_v NOT BETWEEN {} AND {}".format(*job.DELAY),
    "matches(carrier)": f"NOT regexp_matches(carrier, '{job.CARRIER}')",
}


def work(source: Path, target: Path) -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in job.COLUMNS)
    typed = ", ".join(f"{value(name)} AS {name}_v" for name in job.COLUMNS)
    any_fault = " OR ".join(f"coalesce({rule}, false)" for rule in RULES.values())
    con.execute(f"""CREATE TABLE checked AS
        SELECT *, {any_fault} AS is_bad FROM (
          SELECT *, {typed} FROM read_csv('{source}/*.csv', header = true, auto_detect = false, delim = ',', quote = '"',
            null_padding = true, nullstr = {job.NULLS}, columns = {{{columns}}}, filename = 'source'))""")
    reasons = " || ".join(f"CASE WHEN {rule} THEN '{name};' ELSE '' END" for name, rule in RULES.items())
    con.execute(f"""COPY (SELECT source, {", ".join(job.COLUMNS)}, {reasons} AS reasons FROM checked WHERE is_bad)
        TO '{target}/quarantine.parquet' (FORMAT parquet)""")
    names = ", ".join(f"{name}_v AS {name}" for name in job.COLUMNS)
    con.execute(f"""CREATE TABLE clean AS
        SELECT {names}, CAST(time_hour_v AS DATE) AS event_day FROM checked WHERE NOT is_bad
        QUALIFY row_number() OVER (PARTITION BY time_hour_v, carrier_v, flight_v ORDER BY checked.rowid DESC) = 1
        ORDER BY time_hour, carrier, flight""")
    con.execute("DROP TABLE checked")
    for number, over in enumerate(("carrier", "origin, dest")):
        rolling(con, number, over)
    write(con, ", ".join(f"{name} AS {job.STORED.get(name, name)}" for name in job.COLUMNS), "clean", target / "clean")
    con.execute(f"""CREATE TABLE features AS
        SELECT event_day, {", ".join(job.KEY)}, CAST(arr_delay > {job.LATE_AFTER} AS DOUBLE) AS late,
          {", ".join(name for name in job.FEATURE_COLUMNS if name not in (*job.KEY, "late"))}
        FROM clean LEFT JOIN rolling_0 USING (carrier, event_day) LEFT JOIN rolling_1 USING (origin, dest, event_day)""")
    write(con, ", ".join(job.FEATURE_COLUMNS), "features", target / "features")


def value(name: str) -> str:
    if name in job.TEXT:
        return name
    if name == "time_hour":
        return f"try_strptime(time_hour, '{job.TIME_FORMAT}')"
    return f"TRY_CAST({name} AS BIGINT)"


def rolling(con: duckdb.DuckDBPyConnection, number: int, over: str) -> None:
    """Per key and day: the mean of the days before it, out of daily sums."""
    windows = {name: days for name, (keys, days) in job.WINDOWS.items() if ", ".join(keys) == over}
    means = ", ".join(
        f"sum(total) OVER last_{days} / sum(count) OVER last_{days} AS {name}" for name, days in windows.items()
    )
    frames = ", ".join(
        f"last_{days} AS (PARTITION BY {over} ORDER BY event_day RANGE BETWEEN INTERVAL {days} DAY PRECEDING AND INTERVAL 1 DAY PRECEDING)"
        for days in windows.values()
    )
    con.execute(f"""CREATE TABLE rolling_{number} AS SELECT {over}, event_day, {means} FROM (
        SELECT {over}, event_day, sum(arr_delay) AS total, nullif(count(arr_delay), 0) AS count FROM clean GROUP BY ALL
      ) WINDOW {frames}""")


def write(con: duckdb.DuckDBPyConnection, columns: str, table: str, folder: Path) -> None:
    con.execute(f"""COPY (SELECT {columns}, year(event_day) AS year, month(event_day) AS month
        FROM {table}) TO '{folder}' (FORMAT parquet, PARTITION_BY (year, month))""")


if __name__ == "__main__":
    job.run(work)
