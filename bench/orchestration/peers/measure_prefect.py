"""Prefect 3: a server on SQLite, and a flow served by a process that runs each flow run in a child process."""

import sys
import time
import urllib.request
from pathlib import Path

import harness
from stages import STAGES, visit

PORT = "14200"
API = f"http://127.0.0.1:{PORT}/api"

if __name__ == "__main__" and sys.argv[1] == "serve":
    from prefect import flow, task

    @task(retries=3, retry_delay_seconds=1, persist_result=True)
    def stage(name: str, folder: str) -> str:
        visit(name, folder)
        return name

    @flow(retries=3, retry_delay_seconds=1, persist_result=True)
    def chain(folder: str = "") -> None:
        for name in STAGES:
            stage(name, folder)

    chain.serve(name="chain", pause_on_shutdown=False)


class Prefect:
    settings = {
        "database": "SQLite",
        "execution": "flow.serve: one child process for each run",
        "retries": "3 for each task and flow, 1 s apart, results persisted",
    }

    def __init__(self, state: Path) -> None:
        self.log = state / "log"
        self.variables = {"PREFECT_HOME": str(state), "PREFECT_API_URL": API, "PREFECT_LOGGING_LEVEL": "WARNING",
                          "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        harness.start([str(Path(sys.executable).parent / "prefect"), "server", "start", "--port", PORT], self.log, **self.variables)
        if not harness.wait(self._healthy, 120):
            raise RuntimeError(self.log.read_text()[-2000:])
        import os
        os.environ.update(self.variables)
        self.restart_worker()
        from prefect.client.orchestration import get_client
        self.client = get_client(sync_client=True)
        harness.wait(self._deployed, 120)
        self.deployment = self.client.read_deployment_by_name("chain/chain").id

    def _healthy(self) -> bool:
        try:
            return urllib.request.urlopen(f"{API}/health", timeout=1).status == 200
        except OSError:
            return False

    def _deployed(self) -> bool:
        try:
            self.client.read_deployment_by_name("chain/chain")
            return True
        except Exception:
            return False

    def worker_of(self, pid: int) -> list[int]:
        return harness.up_to(self.worker, pid)

    def restart_worker(self) -> None:
        self.worker = harness.start([sys.executable, __file__, "serve"], self.log, **self.variables).pid

    def trigger(self, folder: str) -> str:
        return str(self.client.create_flow_run_from_deployment(self.deployment, parameters={"folder": folder}).id)

    def state(self, run: str) -> str:
        from uuid import UUID
        state = self.client.read_flow_run(UUID(run)).state
        if not state.is_final():
            return "running"
        return "done" if state.is_completed() else "failed"


if __name__ == "__main__" and sys.argv[1] != "serve":
    harness.main("prefect", Prefect, harness.stop_all)
