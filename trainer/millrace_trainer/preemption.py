"""SIGTERM and SIGINT: stop soon, but keep the chunk that is almost done."""

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from millrace_trainer.errors import DoNotRetryError, RetryError, explain

DEFAULT_GRACE_SECONDS = 20.0
"""Kubernetes kills 30 s after SIGTERM: 10 s are left for writing the checkpoint and for the container's end."""


class Preemption:
    def __init__(self, grace_seconds: float = DEFAULT_GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._deadline: float | None = None
        self._in_chunk = False

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> "Preemption":
        value = environment.get("MILLRACE_STOP_GRACE_SECONDS", str(DEFAULT_GRACE_SECONDS))
        try:
            return Preemption(float(value))
        except ValueError as error:
            message = explain("MILLRACE_STOP_GRACE_SECONDS is wrong", expected="seconds", got=repr(value))
            raise DoNotRetryError(message) from error

    def install(self) -> None:
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    @contextmanager
    def chunk(self) -> Iterator[None]:
        """Hold a signal back until the block, which ends with a checkpoint, is through."""
        self._in_chunk = True
        try:
            yield
        finally:
            self._in_chunk = False
        if self._deadline is not None:
            raise RetryError("Stopped by a signal, after writing a checkpoint")

    def check(self, seconds_to_checkpoint: float) -> None:
        """Inside a chunk: give up at once when the next checkpoint cannot be reached in time."""
        if self._deadline is not None and time.monotonic() + seconds_to_checkpoint > self._deadline:
            raise RetryError("Stopped by a signal, too far from the next checkpoint: the previous one counts")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._in_chunk:
            raise RetryError("Stopped by a signal")
        if self._deadline is None:
            self._deadline = time.monotonic() + self._grace_seconds
