"""Lives: processes that are forked from one that has everything loaded already, and that may be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from trend_agent.observability.log import configure

FINE, STRUCK = 0, 7


def begin(life: Callable[[], Coroutine[Any, Any, Any]]) -> int:
    """Fork a process that lives this life; returns its id. An error that was planted ends it with STRUCK."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        configure("error", form="json")
        asyncio.run(life())
        code = FINE
    except BaseException as fault:  # noqa: BLE001  the end of a process: nothing must come back out of it
        code = STRUCK if "struck at" in str(fault) else 1
        if code == 1:
            traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def end(process: int) -> int:
    """Wait for its end: its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def live(life: Callable[[], Coroutine[Any, Any, Any]]) -> int:
    return end(begin(life))
