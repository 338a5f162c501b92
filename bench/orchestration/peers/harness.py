"""What the drivers of all peers share: runs measured from trigger to end, and one run whose worker is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

from stages import KILLED_STAGE, STAGES

WAIT_FOR_RESUME_S = 600
POLL_S = 0.05


class System(Protocol):
    """One orchestrator, started with its recommended local settings."""

    settings: dict

    def trigger(self, folder: str) -> str:
        """Starts a run and returns its name."""

    def state(self, run: str) -> str:
        """`running`, `done` or `failed`."""

    def worker_of(self, pid: int) -> list[int]:
        """The processes that are lost with the worker which executes a stage in process `pid`, itself the first."""

    def restart_worker(self) -> None:
        """What a process supervisor does after the worker was killed."""


@dataclass(frozen=True)
class Visit:
    stage: str
    at: float
    pid: int


def visits_in(folder: str) -> list[Visit]:
    file = Path(folder) / "visits"
    if not file.exists():
        return []
    return [Visit(stage, float(at), int(pid)) for stage, at, pid in map(str.split, file.read_text().splitlines())]


def wait(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.time() + timeout_s
    while not condition():
        if time.time() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def measure_runs(system: System, runs: int) -> list[float]:
    """Seconds from trigger to end of each run, one after the other; the first one, which warms up, is left out."""
    seconds = []
    for number in range(runs + 1):
        started = time.time()
        run = system.trigger("")
        if not wait(lambda: system.state(run) != "running", 300) or system.state(run) != "done":
            raise RuntimeError(f"Run {run} did not end well: {system.state(run)}")
        if number > 0:
            seconds.append(time.time() - started)
    return seconds


def kill(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def up_to(worker: int, pid: int) -> list[int]:
    """`pid` and its ancestors, the last of which is `worker`."""
    return [pid] if pid == worker else [pid, *up_to(worker, parent_of(pid))]


def measure_kill(system: System) -> dict:
    folder = tempfile.mkdtemp(prefix="chain-")
    (Path(folder) / "wait").touch()
    run = system.trigger(folder)
    reached = wait(lambda: any(v.stage == KILLED_STAGE for v in visits_in(folder)), 300)
    if not reached:
        raise RuntimeError("The run did not reach the stage in which its worker is killed")
    time.sleep(1)
    victim = next(v for v in visits_in(folder) if v.stage == KILLED_STAGE)
    before = len(visits_in(folder))
    kill(system.worker_of(victim.pid))
    killed_at = time.time()
    system.restart_worker()
    # Not until it failed: who retries runs begins after that.
    wait(lambda: len(visits_in(folder)) > before, WAIT_FOR_RESUME_S)
    resumed = visits_in(folder)[before:]
    if resumed:
        wait(lambda: system.state(run) != "running", 300)
    counts = Counter(v.stage for v in visits_in(folder))
    outcome = {
        "resumedByItself": bool(resumed),
        "secondsToResume": round(resumed[0].at - killed_at, 2) if resumed else None,
        "stagesDoneAgain": [s for s in STAGES if counts[s] > 1 and s != KILLED_STAGE],
        "endedAs": system.state(run),
        "secondsWaited": round(time.time() - killed_at, 1),
    }
    shutil.rmtree(folder)
    return outcome


def main(name: str, open_system: Callable[[Path], System], stop: Callable[[], None]) -> None:
    runs = int(sys.argv[1])
    with_kill = "--kill" in sys.argv
    state = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        system = open_system(state)
        seconds = measure_runs(system, runs)
        kill = measure_kill(system) if with_kill else None
        print(json.dumps({"system": name, "settings": system.settings, "runSeconds": seconds, "kill": kill}))
    finally:
        stop()
        shutil.rmtree(state, ignore_errors=True)


PROCESSES: list[subprocess.Popen] = []


def start(command: list[str], log: Path, **variables: str) -> subprocess.Popen:
    """A server or worker of the system, ended with its whole group by {@link stop_all}."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **variables}, start_new_session=True
        )
    PROCESSES.append(process)
    return process


def stop_all() -> None:
    for process in PROCESSES:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
