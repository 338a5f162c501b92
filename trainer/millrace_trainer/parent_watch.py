"""The trainer must not outlive the process that started it: an orphan would write beside its own replacement."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping

from millrace_trainer.errors import DoNotRetryError, RetryError, explain

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.5


def die_with_parent(environment: Mapping[str, str]) -> None:
    """Do nothing unless MILLRACE_PARENT_PID is set.

    Two ways, since each has a gap: the kernel's signal exists on Linux only, and it follows the *thread* that started
    us; polling works everywhere, but late.
    """
    value = environment.get("MILLRACE_PARENT_PID")
    if not value:
        return
    if not value.isdigit():
        raise DoNotRetryError(explain("MILLRACE_PARENT_PID is wrong", expected="a process id", got=repr(value)))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = int(value)
    if os.getppid() != parent:
        fix = "Start the trainer directly, without a shell between."
        raise RetryError(explain("The parent process is gone", expected=parent, got=os.getppid(), fix=fix))
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
