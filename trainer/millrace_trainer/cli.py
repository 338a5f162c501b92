"""`millrace_trainer train`: set the process up, run, and turn every ending into an exit code."""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence

from millrace_trainer import exit_codes
from millrace_trainer.errors import DoNotRetryError, RetryError
from millrace_trainer.events import log, log_to_standard_error, take_standard_output
from millrace_trainer.files import write_bytes
from millrace_trainer.parent_watch import die_with_parent
from millrace_trainer.paths import Paths
from millrace_trainer.preemption import Preemption

EPILOG = "Exit status: 0 done, 2 wrong command line, 202 do not retry (see output/failure), 203 retry."


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="millrace_trainer", description=__doc__, epilog=EPILOG)
    parser.add_argument("command", choices=["train"], help="train a model; all settings come from files and variables")
    parser.parse_args(arguments)
    log_to_standard_error()
    paths = Paths.from_environment(os.environ)
    try:
        _train(paths, os.environ)
    except DoNotRetryError as error:
        return _fail(paths, exit_codes.DO_NOT_RETRY, str(error))
    except RetryError as error:
        return _fail(paths, exit_codes.RETRY, str(error))
    except Exception as error:
        traceback.print_exc()
        return _fail(paths, exit_codes.RETRY, f"Unexpected {type(error).__name__}: {error}")
    return exit_codes.OK


def _train(paths: Paths, environment: Mapping[str, str]) -> None:
    die_with_parent(environment)
    preemption = Preemption.from_environment(environment)
    preemption.install()
    events = take_standard_output()
    paths.failure.unlink(missing_ok=True)
    # Threads that spin while they wait make a busy machine 40 times slower; read when XGBoost is loaded, so not above.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from millrace_trainer.train import train  # noqa: PLC0415

    train(paths, events, preemption)


def _fail(paths: Paths, code: int, message: str) -> int:
    """SageMaker shows the beginning of output/failure as the reason why a job failed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # decided: a late signal must not change the code
    log.error("%s", message)
    try:
        write_bytes(paths.failure, (message + "\n").encode())
    except OSError as error:
        print(f"{paths.failure} cannot be written: {error}", file=sys.stderr)  # noqa: T201
    return code
