"""Airflow 3: API server, scheduler and DAG processor on SQLite with LocalExecutor, as `airflow standalone` starts them."""

import json
import secrets
import shutil
import subprocess
import sys
import os
import urllib.request
from pathlib import Path

import harness

PORT = "14400"
SERVER = f"http://127.0.0.1:{PORT}"
AIRFLOW = str(Path(sys.executable).parent / "airflow")
HERE = Path(__file__).parent


class Airflow:
    settings = {
        "database": "SQLite",
        "execution": "LocalExecutor: one process for each task",
        "retries": "3 for each task, 1 s apart; all other settings as they come",
    }

    def __init__(self, state: Path) -> None:
        self.log = state / "log"
        dags = state / "dags"
        dags.mkdir()
        for file in ("airflow_chain.py", "stages.py"):
            shutil.copy(HERE / file, dags)
        self.variables = {
            "AIRFLOW_HOME": str(state),
            "AIRFLOW__API__PORT": PORT,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{SERVER}/execution/",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "PYTHONPATH": str(dags),
        }
        subprocess.run([AIRFLOW, "db", "migrate"], check=True, capture_output=True, env={**os.environ, **self.variables})
        for part in ("api-server", "dag-processor"):
            harness.start([AIRFLOW, part], self.log, **self.variables)
        self.restart_worker()
        self.token = ""
        if not harness.wait(self._ready, 240):
            raise RuntimeError(self.log.read_text()[-2000:])

    def worker_of(self, pid: int) -> list[int]:
        return harness.up_to(self.worker, pid)

    def restart_worker(self) -> None:
        self.worker = harness.start([AIRFLOW, "scheduler"], self.log, **self.variables).pid

    def _ready(self) -> bool:
        try:
            self.token = self._ask("/auth/token")["access_token"]
            return self._ask("/api/v2/dags/chain")["dag_id"] == "chain"
        except (OSError, KeyError):
            return False

    def _ask(self, path: str, body: dict | None = None) -> dict:
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        return json.load(urllib.request.urlopen(urllib.request.Request(SERVER + path, data, headers), timeout=30))

    def trigger(self, folder: str) -> str:
        return self._ask("/api/v2/dags/chain/dagRuns", {"logical_date": None, "conf": {"folder": folder}})["dag_run_id"]

    def state(self, run: str) -> str:
        state = self._ask(f"/api/v2/dags/chain/dagRuns/{run}")["state"]
        return {"success": "done", "failed": "failed"}.get(state, "running")


if __name__ == "__main__":
    harness.main("airflow", Airflow, harness.stop_all)
