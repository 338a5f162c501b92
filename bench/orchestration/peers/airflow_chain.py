"""The chain as Airflow loads it from its folder of DAGs."""

from datetime import timedelta

from airflow.sdk import dag, get_current_context, task

from stages import STAGES, visit


@dag(dag_id="chain", schedule=None, catchup=False, default_args={"retries": 3, "retry_delay": timedelta(seconds=1)})
def chain() -> None:
    before = None
    for name in STAGES:

        @task(task_id=name)
        def stage(name: str = name) -> None:
            visit(name, get_current_context()["dag_run"].conf.get("folder", ""))

        now = stage()
        if before is not None:
            before >> now
        before = now


chain()
