"""The chain that every system runs: eight stages that do nothing but say that they were visited."""

import os
import time
from pathlib import Path

STAGES = ("ingest", "validate", "transform", "train", "evaluate", "register", "deploy", "backup")
KILLED_STAGE = "evaluate"


def visit(stage: str, folder: str) -> None:
    """Notes the visit in `folder`; with a file `wait` in it, the first visit of the killed stage never ends."""
    if folder == "":
        return
    visits = Path(folder) / "visits"
    with visits.open("a") as file:
        file.write(f"{stage} {time.time()} {os.getpid()}\n")
        file.flush()
    if stage == KILLED_STAGE and (Path(folder) / "wait").exists():
        (Path(folder) / "wait").unlink()
        time.sleep(3600)
