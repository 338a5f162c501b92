"""The booster as ONNX: one float tensor in, plain tensors out, checked against the booster before it is written."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import onnx
import xgboost as xgb
from onnx.reference import ReferenceEvaluator
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from millrace_trainer.errors import DoNotRetryError, explain
from millrace_trainer.job import Task

INPUT = "input"
OPSET = 15
TOLERANCE = 1e-5
"""Relative to the largest prediction, at least 1: 32-bit floats are summed in another order than XGBoost's."""


@dataclass(frozen=True)
class Output:
    """Where in the ONNX model's outputs the prediction stands: column `index` of the tensor `name`."""

    name: str
    index: int


OUTPUTS: dict[Task, Output] = {
    "binary_classification": Output("probabilities", 1),
    "regression": Output("variable", 0),
}


def export_onnx(booster: xgb.Booster, task: Task) -> onnx.ModelProto:
    features = booster.num_features()
    copy = booster.copy()
    copy.feature_names = [f"f{position}" for position in range(features)]  # the converter knows no other names
    initial_types = [(INPUT, FloatTensorType([None, features]))]
    model: onnx.ModelProto = convert_xgboost(copy, name="millrace", initial_types=initial_types, target_opset=OPSET)
    onnx.checker.check_model(model)
    names = [output.name for output in model.graph.output]
    if OUTPUTS[task].name not in names:
        raise DoNotRetryError(explain("The ONNX export lacks an output", expected=OUTPUTS[task].name, got=names))
    return model


def check_parity(model: onnx.ModelProto, task: Task, features: np.ndarray, prediction: np.ndarray) -> None:
    """`prediction`: the native booster's, for the same rows."""
    output = OUTPUTS[task]
    (scored,) = cast("list[np.ndarray]", ReferenceEvaluator(model).run([output.name], {INPUT: features}))
    difference = np.abs(scored[:, output.index] - prediction)
    if difference.max() > TOLERANCE * max(1, np.abs(prediction).max()):
        row = int(difference.argmax())
        raise DoNotRetryError(
            explain(
                "The ONNX export predicts otherwise than the booster",
                golden_row=row,
                expected=prediction[row],
                got=scored[row, output.index],
            )
        )
