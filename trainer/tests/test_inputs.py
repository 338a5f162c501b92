from pathlib import Path

from workplace import JOB, make_table

from millrace_trainer.dataset import read_channel
from millrace_trainer.job import parse_job
from millrace_trainer.paths import Paths


def test_several_files_of_a_channel_count_as_one_in_name_order(workplace):
    table = make_table(100, 1)
    workplace.write_channel("train", table.slice(70), "part-1.parquet")
    workplace.write_channel("train", table.slice(0, 70), "part-0.parquet")
    channel = read_channel("train", workplace.base / "input/data/train", parse_job(JOB))
    assert channel.table.equals(table.drop_columns(["key", "late", "minutes"]))
    assert channel.label.tolist() == [float(late) for late in table["late"].to_pylist()]


def test_columns_that_only_stand_in_the_path_are_not_read(workplace):
    directory = workplace.base / "distance=9/train"
    workplace.write_channel("train", make_table(10, 1))
    directory.parent.mkdir()
    (workplace.base / "input/data/train").rename(directory)
    channel = read_channel("train", directory, parse_job(JOB))
    assert channel.table["distance"].to_pylist() == make_table(10, 1)["distance"].to_pylist()


def test_without_variables_everything_lies_where_sagemaker_puts_it():
    assert Paths.from_environment({}) == Paths(
        hyperparameters=Path("/opt/ml/input/config/hyperparameters.json"),
        job=Path("/opt/ml/input/data/job/job.json"),
        train=Path("/opt/ml/input/data/train"),
        validation=Path("/opt/ml/input/data/validation"),
        model=Path("/opt/ml/model"),
        checkpoints=Path("/opt/ml/checkpoints"),
        failure=Path("/opt/ml/output/failure"),
    )


def test_variables_move_every_place():
    paths = Paths.from_environment(
        {
            "SM_INPUT_CONFIG_DIR": "/a",
            "SM_CHANNEL_JOB": "/b",
            "SM_CHANNEL_TRAIN": "/c",
            "SM_CHANNEL_VALIDATION": "/d",
            "SM_MODEL_DIR": "/e",
            "MILLRACE_CHECKPOINT_DIR": "/f",
            "SM_OUTPUT_DIR": "/g",
            "MILLRACE_ML_DIR": "/h",
        }
    )
    assert paths == Paths(
        *(Path(path) for path in ("/a/hyperparameters.json", "/b/job.json", "/c", "/d", "/e", "/f", "/g/failure"))
    )
    assert Paths.from_environment({"MILLRACE_ML_DIR": "/h"}).model == Path("/h/model")
