import numpy as np
import pytest

from millrace_trainer.metrics import auc, logloss, score, score_naive


def test_auc_counts_pairs_and_ties_as_half():
    label, prediction = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])
    pairs = [1.0 if b > a else 0.5 if b == a else 0.0 for a in (0.1, 0.4) for b in (0.4, 0.8)]
    assert auc(label, prediction) == np.mean(pairs)


def test_auc_of_one_class_is_unknown():
    assert auc(np.ones(3), np.ones(3)) is None


def test_a_certain_wrong_prediction_costs_much_but_not_infinitely():
    assert 30 < logloss(np.array([1.0]), np.array([0.0])) < 40


def test_regression_scores():
    assert score("regression", np.array([1.0, 3.0]), np.array([2.0, 6.0])) == {
        "rmse": pytest.approx(np.sqrt(5), abs=1e-9),
        "mae": 2.0,
    }


def test_the_naive_prediction_is_the_mean_of_the_train_channel():
    train, validation = np.array([0.0, 2.0], np.float32), np.array([1.0, 5.0], np.float32)
    assert score_naive("regression", train, validation)["mae"] == 2.0
