"""Whole runs: what comes out, and that it is the same whenever the same goes in."""

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb
from onnx.reference import ReferenceEvaluator
from workplace import OUTPUTS, REGRESSION, SAMPLING, Workplace, make_table

from millrace_trainer.encoding import EncodedFeature, Encoding


def score_onnx(workplace: Workplace, table: pa.Table) -> np.ndarray:
    """Score raw rows by what the model directory says, as the serving side does."""
    description = workplace.output_json("features.json")
    encoding = Encoding(
        tuple(
            EncodedFeature(feature["name"], tuple(feature["categories"]) if "categories" in feature else None)
            for feature in description["features"]
        )
    )
    model = onnx.load_from_string((workplace.base / "model/model.onnx").read_bytes())
    (scored,) = ReferenceEvaluator(model).run([description["output"]], {description["input"]: encoding.encode(table)})
    return scored[:, description["outputIndex"]]


def test_the_same_input_gives_the_same_bytes_on_any_number_of_threads(trained, workplace):
    workplace.prepare(**SAMPLING, nthread=1).run()
    assert workplace.outputs() == trained.outputs()
    assert trained.outputs().keys() == OUTPUTS


def test_another_seed_gives_another_model(trained, workplace):
    workplace.prepare(**{**SAMPLING, "seed": 12}).run()
    assert workplace.outputs()["model.ubj"] != trained.outputs()["model.ubj"]


def test_onnx_reproduces_the_golden_predictions_from_raw_rows(trained):
    golden = pq.read_table(trained.base / "model/golden.parquet")
    assert golden.num_rows == 64
    assert golden.schema.names == ["distance", "delay", "rain", "carrier", "prediction"]
    assert golden.schema.field("distance").type == pa.int32()
    assert golden.schema.field("prediction").type == pa.float64()
    np.testing.assert_allclose(score_onnx(trained, golden), golden["prediction"].to_numpy(), atol=1e-5)


def test_golden_rows_are_validation_rows_from_first_to_last(trained):
    golden = pq.read_table(trained.base / "model/golden.parquet").drop_columns(["prediction"])
    validation = make_table(666, 2).select(golden.schema.names)
    assert golden.slice(0, 1).to_pylist() == validation.slice(0, 1).to_pylist()
    assert golden.slice(63, 1).to_pylist() == validation.slice(665, 1).to_pylist()


def test_regression_is_exported_and_beats_the_naive_prediction(workplace):
    workplace.prepare(job=REGRESSION).run()
    golden = pq.read_table(workplace.base / "model/golden.parquet")
    np.testing.assert_allclose(score_onnx(workplace, golden), golden["prediction"].to_numpy(), atol=1e-4)
    metric = workplace.output_json("metrics.json")["metric"]
    assert metric["name"] == "rmse"
    assert metric["value"] < metric["baseline"]


def test_metrics_hold_counts_scores_baseline_and_device(trained):
    metrics = trained.output_json("metrics.json")
    assert metrics["rows"] == {"train": 2000, "validation": 666}
    assert metrics["baseline"]["auc"] == 0.5
    assert metrics["validation"]["auc"] > 0.8
    assert metrics["device"] == "cpu"
    assert metrics["versions"]["xgboost"] == "3.2.0"
    assert metrics["bestIteration"] < metrics["rounds"] == 60


def test_early_stopping_cuts_the_model_after_the_best_round(workplace):
    events = workplace.prepare(early_stopping_rounds=3, num_round=60, eta=0.5).run()
    metrics = workplace.output_json("metrics.json")
    assert metrics["rounds"] == metrics["bestIteration"] + 1 < 60
    done = [event["round"] for event in events if event["event"] == "progress"]
    assert done[-1] == metrics["rounds"] + 3
    values = [event["metrics"]["auc"] for event in events if event["event"] == "progress"]
    assert values.index(max(values)) == metrics["bestIteration"]
    assert metrics["validation"]["auc"] == pytest.approx(max(values), abs=1e-9)
    booster = xgb.Booster(model_file=str(workplace.base / "model/model.ubj"))
    assert booster.num_boosted_rounds() == metrics["rounds"]
    golden = pq.read_table(workplace.base / "model/golden.parquet")
    np.testing.assert_allclose(score_onnx(workplace, golden), golden["prediction"].to_numpy(), atol=1e-5)


def test_events_tell_the_parent_how_far_it_is(workplace):
    events = workplace.prepare(num_round=10).run()
    names = [event["event"] for event in events]
    assert names == ["started", "loaded", *["progress"] * 5, "checkpoint", *["progress"] * 5, "checkpoint", "finished"]
    assert events[-2] == {"event": "checkpoint", "round": 10, "rounds": 10, "file": "round-000010.ubj"}
    assert {file["name"] for file in events[-1]["files"]} == OUTPUTS
