"""Wrong input ends with exit code 202 and a message that says what to do."""

import subprocess

import pyarrow as pa
import pytest
from workplace import COMMAND, JOB, TRAINER, Workplace, make_table

from millrace_trainer import exit_codes
from millrace_trainer.dataset import read_channel
from millrace_trainer.device import choose_device
from millrace_trainer.errors import DoNotRetryError
from millrace_trainer.hyperparameters import Hyperparameters, parse_hyperparameters
from millrace_trainer.job import parse_job


def test_an_unknown_hyperparameter_ends_with_do_not_retry_and_the_nearest_name(workplace):
    workplace.prepare(max_dept=5).run(exit_codes.DO_NOT_RETRY)
    assert workplace.failure == "Unknown hyperparameter [name=max_dept]. Did you mean 'max_depth'?\n"
    assert workplace.failure.strip() in workplace.errors
    assert not (workplace.base / "model").exists()


def test_a_wrong_command_line_is_a_usage_error():
    done = subprocess.run([*COMMAND[:-1], "serve"], cwd=TRAINER, capture_output=True, text=True, check=False)
    assert done.returncode == exit_codes.USAGE


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"eta": "fast"}, r"Invalid hyperparameter \[name=eta\]: expected a number from 1e-06 to 1, got 'fast'"),
        ({"num_round": "2.5"}, "expected a whole number from 1 to 100000, got '2.5'"),
        ({"subsample": "nan"}, "name=subsample"),
        ({"device": "tpu"}, "expected auto or cpu or cuda, got 'tpu'"),
        ([], "expected an object, got list"),
    ],
)
def test_wrong_hyperparameters_are_named(given, message):
    with pytest.raises(DoNotRetryError, match=message):
        parse_hyperparameters(given)


def test_hyperparameters_come_as_text_from_sagemaker():
    given = {"eta": "0.3", "device": '"cpu"', "early_stopping_rounds": "10", "sagemaker_region": '"eu-west-1"'}
    assert parse_hyperparameters(given) == Hyperparameters(eta=0.3, device="cpu", early_stopping_rounds=10)


def read(workplace: Workplace, table: pa.Table, **job: object) -> None:
    workplace.write_channel("train", table)
    read_channel("train", workplace.base / "input/data/train", parse_job({**JOB, **job}))


def replaced(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def test_wrong_data_is_named(workplace):
    table = make_table(10, 1)
    with pytest.raises(DoNotRetryError, match=r"column=late.*got 2 nulls. Filter rows"):
        read(workplace, replaced(table, "late", pa.array([True, False] * 4 + [None] * 2)))
    with pytest.raises(DoNotRetryError, match=r"not binary.*got 0, 1, 2"):
        read(workplace, replaced(table, "late", pa.array([0, 1] * 4 + [2] * 2)))
    with pytest.raises(DoNotRetryError, match=r"one class.*only 1 in 10 rows"):
        read(workplace, replaced(table, "late", pa.array([True] * 10)))
    with pytest.raises(DoNotRetryError, match=r"column=delay]. Did you mean 'delays'"):
        read(workplace, table.rename_columns({"delay": "delays"}))
    with pytest.raises(DoNotRetryError, match=r"holds no rows"):
        read(workplace, table.slice(0, 0))
    with pytest.raises(DoNotRetryError, match=r"holds no .*parquet file"):
        read_channel("validation", workplace.base / "validation", parse_job(JOB))


def test_files_of_different_types_are_refused(workplace):
    table = make_table(10, 1)
    workplace.write_channel("train", replaced(table, "distance", pa.array([1.5] * 10)), "part-1.parquet")
    with pytest.raises(DoNotRetryError, match=r"differ in their column types"):
        read(workplace, table)


def test_a_file_that_is_not_parquet_is_named(workplace):
    workplace.write_channel("train", make_table(10, 1))
    directory = workplace.base / "input/data/train"
    (directory / "part-1.parquet").write_bytes(b"no")
    with pytest.raises(DoNotRetryError, match=r"not readable Parquet \[channel=train, file=part-1.parquet\]"):
        read_channel("train", directory, parse_job(JOB))


def test_cuda_without_a_gpu_is_refused_and_auto_takes_the_cpu(monkeypatch):
    monkeypatch.setattr("millrace_trainer.device._cuda_devices", lambda: 0)
    assert choose_device("auto") == "cpu"
    with pytest.raises(DoNotRetryError, match=r"No usable GPU"):
        choose_device("cuda")


def test_names_that_a_schema_cannot_check_are_checked():
    twice = [{"name": "distance", "kind": "numeric"}, {"name": "distance", "kind": "categorical"}]
    with pytest.raises(DoNotRetryError, match=r"every name once, got 'distance' 2 times"):
        parse_job({**JOB, "features": twice})
    with pytest.raises(DoNotRetryError, match=r"features without the label 'late'"):
        parse_job({**JOB, "features": [{"name": "late", "kind": "numeric"}]})
