"""Standard output for the parent (one JSON document per line), standard error for people.

XGBoost prints its warnings to standard output: that descriptor is given to standard error, and events get their own.
"""

import json
import logging
import os
import sys
from typing import Any, TextIO

log = logging.getLogger("millrace_trainer")


class Events:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def emit(self, event: str, **fields: Any) -> None:
        line = json.dumps({"event": event, **fields}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._stream.write(line + "\n")
        self._stream.flush()


def take_standard_output() -> Events:
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return Events(stream)


def log_to_standard_error() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger("skl2onnx").setLevel(logging.WARNING)
