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


def kill_tree(pid: int) -> None:
    """`kill -9` of the process that works on the stage and of its ancestors up to the worker, as a lost machine would."""
    for victim in ancestors(pid):
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass


WORKERS: set[int] = set()


def ancestors(pid: int) -> list[int]:
    chain = [pid]
    while chain[-1] not in WORKERS:
        parent = int(Path(f"/proc/{chain[-1]}/stat").read_text().rsplit(")", 1)[1].split()[1])
        if parent <= 1 or parent == os.getpid():
            break
        chain.append(parent)
    return chain


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
    kill_tree(victim.pid)
    killed_at = time.time()
    system.restart_worker()
    wait(lambda: len(visits_in(folder)) > before or system.state(run) == "failed", WAIT_FOR_RESUME_S)
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
    with_kill = "--no-kill" not in sys.argv
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
