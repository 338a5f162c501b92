"""Boosting in chunks of `checkpoint_rounds`, so that a run resumed at any checkpoint ends with the same bytes.

XGBoost's random state (rows and columns to sample) is not part of a saved model. Each chunk therefore begins with a
booster made anew from the previous chunk's bytes and with its own seed, whether the process died in between or not.
The price is that the margins of all earlier trees are computed again once per chunk.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from millrace_trainer.checkpoints import Checkpoint, CheckpointStore
from millrace_trainer.device import check_device
from millrace_trainer.early_stopping import EarlyStopping
from millrace_trainer.events import Events, log
from millrace_trainer.hyperparameters import Hyperparameters
from millrace_trainer.job import TASK_METRICS, Job
from millrace_trainer.preemption import Preemption

OBJECTIVES = {"binary_classification": "binary:logistic", "regression": "reg:squarederror"}


@dataclass(frozen=True)
class Split:
    features: np.ndarray
    label: np.ndarray


@dataclass(frozen=True)
class Trained:
    booster: xgb.Booster
    """Cut after the best round when stopping early was asked for."""
    rounds: int
    best_round: int
    """By the job's metric on the validation channel, counted from 0."""


@dataclass(frozen=True)
class Boosting:
    job: Job
    hyperparameters: Hyperparameters
    device: str
    store: CheckpointStore
    events: Events
    preemption: Preemption

    def run(self, train: Split, validation: Split) -> Trained:
        threads = self.hyperparameters.nthread
        matrix = xgb.QuantileDMatrix(train.features, train.label, nthread=threads)
        held_out = xgb.DMatrix(validation.features, validation.label, nthread=threads)
        state = self.store.newest()
        if state is not None:
            self.events.emit("resumed", round=state.round, rounds=self.hyperparameters.num_round)
        while state is None or not self._is_done(state):
            with self.preemption.chunk():
                state = self._chunk(state, matrix, held_out)
                name = self.store.save(state)
                self.events.emit("checkpoint", round=state.round, rounds=self.hyperparameters.num_round, file=name)
        return self._finish(state)

    def _is_done(self, state: Checkpoint) -> bool:
        return state.stopping.stopped or state.round >= self.hyperparameters.num_round

    def _chunk(self, state: Checkpoint | None, matrix: xgb.DMatrix, held_out: xgb.DMatrix) -> Checkpoint:
        start = state.round if state else 0
        end = min(start + self.hyperparameters.checkpoint_rounds, self.hyperparameters.num_round)
        stopping = state.stopping if state else EarlyStopping()
        booster = xgb.Booster(
            self._parameters(start), cache=[matrix, held_out], model_file=bytearray(state.model) if state else None
        )
        for round_, seconds in _timed(range(start, end)):
            self.preemption.check(seconds * (end - round_))
            booster.update(matrix, round_)
            if round_ == start:
                check_device(booster, self.device)
            metrics = _read_metrics(booster.eval_set([(held_out, "validation")], round_))
            self.events.emit("progress", round=round_ + 1, rounds=self.hyperparameters.num_round, metrics=metrics)
            patience = self.hyperparameters.early_stopping_rounds
            stopping = stopping.after(round_, metrics[self.job.metric.name], self.job.metric, patience)
            if stopping.stopped:
                log.info(
                    "No better %s for %s rounds: stopped after round %d", self.job.metric.name, patience, round_ + 1
                )
                break
        return Checkpoint(booster.num_boosted_rounds(), bytes(booster.save_raw("ubj")), stopping)

    def _finish(self, state: Checkpoint) -> Trained:
        booster = xgb.Booster(
            {"nthread": self.hyperparameters.nthread, "device": "cpu"}, model_file=bytearray(state.model)
        )
        best = state.stopping.best_round
        assert best is not None, "every checkpoint comes after at least one evaluated round"
        rounds = best + 1 if self.hyperparameters.early_stopping_rounds else state.round
        return Trained(booster[:rounds], rounds, best)

    def _parameters(self, start: int) -> dict[str, object]:
        chosen = self.hyperparameters
        return {
            "objective": OBJECTIVES[self.job.task],
            "eval_metric": list(TASK_METRICS[self.job.task]),
            "tree_method": "hist",
            "device": self.device,
            "nthread": self.hyperparameters.nthread,
            "seed": chosen.seed + start,
            "max_depth": chosen.max_depth,
            "eta": chosen.eta,
            "subsample": chosen.subsample,
            "colsample_bytree": chosen.colsample_bytree,
            "min_child_weight": chosen.min_child_weight,
        }


def _timed(rounds: range) -> Iterator[tuple[int, float]]:
    """Each round with the mean seconds of those before it in the chunk."""
    began = time.monotonic()
    for done, round_ in enumerate(rounds):
        yield round_, (time.monotonic() - began) / done if done else 0.0


def _read_metrics(line: str) -> dict[str, float]:
    """`[12]\\tvalidation-auc:0.71\\tvalidation-logloss:0.48` → `{"auc": 0.71, "logloss": 0.48}`."""
    parts = (part.removeprefix("validation-").split(":") for part in line.split("\t")[1:])
    return {name: float(value) for name, value in parts}
