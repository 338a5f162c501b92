"""The two ways a training run fails, and how their messages are built."""

from collections.abc import Iterable
from difflib import get_close_matches


class TrainerError(Exception):
    """Base of the errors that carry a message for the user instead of a traceback."""


class DoNotRetryError(TrainerError):
    """Wrong job, hyperparameters or data: the same input fails the same way again."""


class RetryError(TrainerError):
    """Stopped or failed for a passing reason: a new attempt resumes from the newest checkpoint."""


def explain(what: str, *, expected: object = None, got: object = None, fix: str = "", **where: object) -> str:
    """Build `what [key=value]: expected …, got …. fix`."""
    message = what
    if where:
        message += " [" + ", ".join(f"{key}={value}" for key, value in where.items()) + "]"
    facts = [f"{word} {value}" for word, value in (("expected", expected), ("got", got)) if value is not None]
    if facts:
        message += ": " + ", ".join(facts)
    return f"{message}. {fix}" if fix else message


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant, or list them all."""
    names = sorted(valid)
    close = get_close_matches(name, names, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Valid names: {', '.join(names)}."
