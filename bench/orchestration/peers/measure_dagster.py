"""Dagster: webserver and daemon on SQLite, the default run launcher, one process for each step (its default)."""

import json
import sys
import urllib.request
from pathlib import Path

import harness
from stages import STAGES

PORT = "14300"
SETTINGS = """
telemetry: { enabled: false }
run_monitoring: { enabled: true, poll_interval_seconds: 5, start_timeout_seconds: 120 }
run_retries: { enabled: true, max_retries: 3 }
"""

class Dagster:
    settings = {
        "database": "SQLite",
        "execution": "default run launcher, multiprocess executor: one process for each step",
        "retries": "3 for each op; run monitoring every 5 s and run retries from failure switched on",
    }

    def __init__(self, state: Path) -> None:
        (state / "dagster.yaml").write_text(SETTINGS)
        self.log = state / "log"
        self.variables = {"DAGSTER_HOME": str(state), "DAGSTER_DISABLE_TELEMETRY": "1"}
        command = [str(Path(sys.executable).parent / "dagster"), "dev", "-f", str(Path(__file__).with_name("dagster_chain.py")), "-d", str(Path(__file__).parent), "--port", PORT, "--log-level", "warning"]
        harness.start(command, self.log, **self.variables)
        if not harness.wait(self._healthy, 180):
            raise RuntimeError(self.log.read_text()[-2000:])
        query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
        node = self._ask(query)["repositoriesOrError"]["nodes"][0]
        self.selector = {"repositoryName": node["name"], "repositoryLocationName": node["location"]["name"], "jobName": "chain"}

    def worker_of(self, pid: int) -> list[int]:
        # The step's process and the run worker; each run has a run worker of its own, which code server and daemon survive.
        return [pid, harness.parent_of(pid)]

    def restart_worker(self) -> None:
        """Run workers are started by the code server, for the daemon."""

    def _healthy(self) -> bool:
        try:
            return bool(self._ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
                        ["repositoriesOrError"]["nodes"])
        except (OSError, KeyError, IndexError):
            return False

    def _ask(self, query: str, **variables: object) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"content-type": "application/json"},
        )
        return json.load(urllib.request.urlopen(request, timeout=30))["data"]

    def trigger(self, folder: str) -> str:
        mutation = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
            ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
        config = {"ops": {name: {"config": {"folder": folder}} for name in STAGES}}
        answer = self._ask(mutation, p={"selector": self.selector, "runConfigData": config})
        return answer["launchRun"]["run"]["runId"]

    def state(self, run: str) -> str:
        query = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"""
        status = self._ask(query, id=run)["runOrError"]["status"]
        if status == "SUCCESS":
            return "done"
        if status not in ("FAILURE", "CANCELED"):
            return "running"
        # A retry of the daemon is a run of its own.
        children = self._ask(
            """query($t: [ExecutionTag!]) { runsOrError(filter: {tags: $t}) {
                ... on Runs { results { runId status } } } }""",
            t=[{"key": "dagster/parent_run_id", "value": run}],
        )["runsOrError"]["results"]
        return self.state(children[0]["runId"]) if children else "failed"


if __name__ == "__main__":
    harness.main("dagster", Dagster, harness.stop_all)
