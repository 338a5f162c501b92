"""Which round was best, and whether to go on. Travels in every checkpoint."""

from dataclasses import asdict, dataclass
from typing import Any

from millrace_trainer.job import Metric


@dataclass(frozen=True)
class EarlyStopping:
    best_round: int | None = None
    """Counted from 0."""
    best_value: float | None = None
    stopped: bool = False

    def after(self, round_: int, value: float, metric: Metric, patience: int | None) -> "EarlyStopping":
        if self.best_round is None or self.best_value is None or metric.better(value, self.best_value):
            return EarlyStopping(round_, value)
        return EarlyStopping(
            self.best_round, self.best_value, patience is not None and round_ - self.best_round >= patience
        )

    def to_json(self) -> dict[str, Any]:
        state = asdict(self)
        return {"bestRound": state["best_round"], "bestValue": state["best_value"], "stopped": state["stopped"]}

    @staticmethod
    def from_json(state: dict[str, Any]) -> "EarlyStopping":
        return EarlyStopping(state["bestRound"], state["bestValue"], state["stopped"])
