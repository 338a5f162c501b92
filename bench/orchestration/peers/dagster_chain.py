"""The chain as Dagster loads it."""

from dagster import Config, Definitions, In, Nothing, OpExecutionContext, RetryPolicy, job, op

from stages import STAGES, visit


class Folder(Config):
    folder: str = ""


def make(name: str, is_first: bool):
    @op(
        name=name,
        ins={} if is_first else {"before": In(Nothing)},
        retry_policy=RetryPolicy(max_retries=3, delay=1),
    )
    def stage(context: OpExecutionContext, config: Folder) -> None:
        visit(name, config.folder)

    return stage


OPS = [make(name, name == STAGES[0]) for name in STAGES]


@job
def chain() -> None:
    before = None
    for stage in OPS:
        before = stage() if before is None else stage(before)


definitions = Definitions(jobs=[chain])
