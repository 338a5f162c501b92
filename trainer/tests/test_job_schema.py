"""The JSON Schema and the trainer give the same verdict on every fixture; TypeScript reads the same files."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from workplace import ROOT

from millrace_trainer.errors import DoNotRetryError
from millrace_trainer.job import read_job

SCHEMA = json.loads((ROOT / "schemas/train-job.schema.json").read_text("utf-8"))
FIXTURES = ROOT / "schemas/fixtures/train-job"
VALID = sorted((FIXTURES / "valid").glob("*.json"))
INVALID = sorted((FIXTURES / "invalid").glob("*.json"))


def accepted_by_schema(path: Path) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(json.loads(path.read_text("utf-8")))


def test_there_are_fixtures_and_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)
    assert VALID
    assert INVALID


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_jobs_are_accepted(path):
    assert accepted_by_schema(path)
    assert read_job(path).features


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_jobs_are_refused(path):
    assert not accepted_by_schema(path)
    with pytest.raises(DoNotRetryError):
        read_job(path)
