"""The first key, shown once to who started us."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from trend_agent.cli.lines import complain
from trend_agent.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from trend_agent.settings import Settings


def welcome(settings: Settings, file: str = ".first-key") -> Callable[[str], None]:
    """Shows a key on the terminal or, where there is none and our output is somebody's log, puts it into a file
    beside the records."""

    def show(text: str) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        site = settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"
        if sys.stdout.isatty():
            print(  # noqa: T201
                f"\nThe administrator's key, shown this once: keep it.\n\n    {text}\n\n"
                f"Log in with it at {site}/settings; `trend key --help` makes others.\n"
            )
            return
        path = settings.beside_records(file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(f"{text}\n")
        except OSError as fault:
            raise Misconfigured(
                f"the administrator's key has nowhere to go: {str(path)!r}: {fault.strerror}; "
                "`trend key create admin --scope admin` makes another one"
            ) from fault
        complain(f"the administrator's key is in {path}; log in with it at {site}/settings")

    return show
