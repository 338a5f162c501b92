"""Killing the trainer, for real, and starting it again."""

import os
import signal
import subprocess
import sys
import time
from shutil import copytree, rmtree

import pytest
from workplace import COMMAND, SAMPLING, TRAINER, Workplace

from millrace_trainer import exit_codes


def resumed_at(events: list[dict]) -> int | None:
    return next((event["round"] for event in events if event["event"] == "resumed"), None)


@pytest.mark.parametrize(("event", "round_"), [("checkpoint", 10), ("progress", 13), ("progress", 1)])
def test_a_killed_run_resumes_and_ends_with_the_same_bytes(trained, workplace, event, round_):
    workplace.prepare(**SAMPLING)
    assert workplace.run_until(event, signal.SIGKILL, round_=round_) == -signal.SIGKILL
    # More rounds may pass before the signal arrives, but not all: see PIPE_BYTES.
    assert round_ // 10 * 10 <= (resumed_at(workplace.run()) or 0) < SAMPLING["num_round"]
    assert workplace.outputs() == trained.outputs()


def test_early_stopping_goes_on_counting_after_a_kill(workplace, tmp_path_factory):
    chosen = {"early_stopping_rounds": 50, "num_round": 200, "eta": 0.5, "max_depth": 2, "checkpoint_rounds": 10}
    undisturbed = Workplace(tmp_path_factory.mktemp("undisturbed")).prepare(**chosen)
    undisturbed.run()
    assert workplace.prepare(**chosen).run_until("checkpoint", signal.SIGKILL, round_=10) == -signal.SIGKILL
    events = workplace.run()
    rounds = [event["round"] for event in events if event["event"] == "progress"]
    assert 10 <= resumed_at(events) < rounds[-1] < 200
    assert workplace.outputs() == undisturbed.outputs()


def test_a_finished_run_started_again_only_writes_its_outputs(trained, workplace):
    copytree(trained.base, workplace.base, dirs_exist_ok=True)
    rmtree(workplace.base / "model")
    assert [event["event"] for event in workplace.run()] == ["started", "loaded", "resumed", "finished"]
    assert workplace.outputs() == trained.outputs()


def test_a_damaged_checkpoint_is_reported_and_the_one_before_it_used(trained, workplace):
    copytree(trained.base, workplace.base, dirs_exist_ok=True)
    newest = workplace.base / "checkpoints/round-000060.ubj"
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    assert resumed_at(workplace.run()) == 50
    assert "round-000060.json is ignored: its bytes are damaged: expected sha256" in workplace.errors
    assert workplace.outputs() == trained.outputs()


def test_checkpoints_of_other_inputs_are_reported_and_not_used(trained, workplace):
    copytree(trained.base, workplace.base, dirs_exist_ok=True)
    workplace.prepare(**{**SAMPLING, "eta": 0.2, "num_round": 20})
    assert resumed_at(workplace.run()) is None
    assert "round-000060.json is ignored: it was made with another hyperparameters" in workplace.errors
    assert workplace.outputs()["model.ubj"] != trained.outputs()["model.ubj"]
    kept = sorted(path.name for path in (workplace.base / "checkpoints").glob("*.ubj"))
    assert kept == [f"round-{round_:06d}.ubj" for round_ in (10, 20, 50, 60)]


def test_sigterm_ends_with_retry_after_a_checkpoint(trained, workplace):
    workplace.prepare(**SAMPLING)
    assert workplace.run_until("progress", signal.SIGTERM, round_=1) == exit_codes.RETRY
    assert workplace.failure == "Stopped by a signal, after writing a checkpoint\n"
    assert 10 <= resumed_at(workplace.run()) < SAMPLING["num_round"]
    assert workplace.outputs() == trained.outputs()
    assert not (workplace.base / "output/failure").exists()


def test_sigterm_without_time_for_the_chunk_falls_back_on_the_previous_checkpoint(workplace):
    workplace.prepare(num_round=100_000, checkpoint_rounds=50_000)
    status = workplace.run_until("progress", signal.SIGTERM, round_=1, MILLRACE_STOP_GRACE_SECONDS="0.1")
    assert status == exit_codes.RETRY
    assert "too far from the next checkpoint" in workplace.failure


def test_the_trainer_dies_with_its_parent(workplace):
    workplace.prepare(num_round=100_000, checkpoint_rounds=50_000)
    starter = (
        "import os, subprocess, time;"
        "environment = {**os.environ, 'MILLRACE_PARENT_PID': str(os.getpid())};"
        f"child = subprocess.Popen({COMMAND!r}, env=environment);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(TRAINER), "MILLRACE_ML_DIR": str(workplace.base)}
    with subprocess.Popen(
        [sys.executable, "-c", starter], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        while '"progress"' not in parent.stdout.readline():
            pass
        parent.kill()
    deadline = time.monotonic() + 5
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(child)


def runs(pid: int) -> bool:
    """A zombie, which nobody may be there to collect, has ended too."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state) and not state.startswith("Z")


def test_a_parent_that_is_gone_already_is_a_reason_to_retry(workplace):
    workplace.prepare().run(exit_codes.RETRY, MILLRACE_PARENT_PID="1234567")
    assert "The parent process is gone" in workplace.failure
