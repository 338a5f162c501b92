"""Metrics of predictions against labels, and of the naive prediction that a model has to beat.

Computed in doubles and rounded, so that the last bits of a math library do not reach metrics.json.
"""

import math
from typing import Any

import numpy as np

from millrace_trainer.job import Task

DECIMALS = 9
SMALLEST_PROBABILITY = 1e-15


def score(task: Task, label: np.ndarray, prediction: np.ndarray) -> dict[str, float | None]:
    y, p = label.astype(np.float64), prediction.astype(np.float64)
    if task == "binary_classification":
        return {"auc": auc(y, p), "logloss": logloss(y, p)}
    error = p - y
    return {"rmse": _round(math.sqrt(np.mean(error * error))), "mae": _round(np.mean(np.abs(error)))}


def score_naive(task: Task, train_label: np.ndarray, label: np.ndarray) -> dict[str, float | None]:
    """Predict the train channel's mean (for classes: its share of ones) for every row."""
    return score(task, label, np.full(len(label), train_label.mean(dtype=np.float64)))


def mean(label: np.ndarray) -> float:
    return _round(label.mean(dtype=np.float64))


def auc(label: np.ndarray, prediction: np.ndarray) -> float | None:
    """Chance that a one ranks above a zero, ties counting half. None where a class is missing."""
    ones = int(label.sum())
    zeros = len(label) - ones
    if not ones or not zeros:
        return None
    _, group, sizes = np.unique(prediction, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(sizes) - (sizes - 1) / 2
    return _round((mean_rank[group][label == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def logloss(label: np.ndarray, prediction: np.ndarray) -> float:
    p = np.clip(prediction, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return _round(-np.mean(np.where(label == 1, np.log(p), np.log1p(-p))))


def _round(value: float | np.floating[Any]) -> float:
    return round(float(value), DECIMALS)
