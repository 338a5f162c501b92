"""How the trainer ends, for the parent to decide about another attempt. Part of the public contract (README)."""

OK = 0
"""The model directory is complete."""

USAGE = 2
"""The command line itself is wrong; nothing was read."""

DO_NOT_RETRY = 202
"""The job, its hyperparameters or its data are wrong: the same input will fail the same way."""

RETRY = 203
"""Stopped (SIGTERM) or failed for a passing reason: start again, the newest checkpoint is used."""
