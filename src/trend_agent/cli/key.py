"""`trend key`: who may do what by program."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from trend_agent.api.access.knowing import Known
    from trend_agent.settings import Settings
    from trend_agent.storage.access import Key, Scope

    T = TypeVar("T")

group = typer.Typer(help="Keys: who may do what by program.", no_args_is_help=True)

KeyId = Annotated[str, typer.Argument(help="A key's id, as `trend key list` shows it.")]


@group.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, in your words.")],
    scope: Annotated[
        str, typer.Option("--scope", help="read, write or admin; each contains those before it.")
    ] = "read",
    expires_days: Annotated[
        float | None,
        typer.Option("--expires-days", min=0.01, max=36_500, help="Days until it stops working."),
    ] = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Make a key and print it, this once."""
    allowed = _scope(scope)
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise Rejected("a name should have 1 to 100 printable characters")
    until = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    settings = settings_for(records)
    key, text = asyncio.run(
        _asked(settings, "create", lambda known: known.make(name, allowed, expires_at=until), make=True)
    )
    _tell(key, text, json=json)


@group.command("list")
def list_(json: AsJson = False, records: RecordsFile = None) -> None:
    """List all keys there ever were; no secret can be shown again."""
    from trend_agent.cli.tables import print_json

    keys = asyncio.run(_asked(settings_for(records), "", lambda known: known.store.keys()))
    if json:
        print_json(keys)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for title in ("id", "name", "scope", "made", "last used", ""):
        table.add_column(title)
    for key in keys:
        table.add_row(
            key.id, escape(key.name), key.scope, _day(key.created_at), _day(key.used_at), _state(key)
        )
    Console().print(table)


@group.command()
def rotate(
    id: KeyId,  # noqa: A002  # it is called so everywhere
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0, max=720, help="Hours the secret it had stays good.")
    ] = 24,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Give a key another secret and print it, this once."""
    grace = timedelta(hours=grace_hours)
    key, text = asyncio.run(
        _asked(settings_for(records), "rotate", lambda known: known.rotate(id, grace=grace))
    )
    _tell(key, text, json=json)


@group.command()
def revoke(id: KeyId, json: AsJson = False, records: RecordsFile = None) -> None:  # noqa: A002
    """Let a key be good for nothing any more, within a second and everywhere."""
    key = asyncio.run(_asked(settings_for(records), "revoke", lambda known: known.revoke(id)))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(key)
    else:
        print(f"{key.id} is revoked")  # noqa: T201


async def _asked(
    settings: Settings, deed: str, ask: Callable[[Known], Awaitable[T]], *, make: bool = False
) -> T:
    """What is asked of the keys, written into the audit log where it changes them."""
    from trend_agent.api.access.knowing import Known
    from trend_agent.app import open_shared
    from trend_agent.storage.access import Deed
    from trend_agent.storage.sql.access import SqlAccess

    async with open_shared(settings, make=make) as database:
        known = Known(SqlAccess(database))
        found = await ask(known)
        if deed:
            key: Any = found[0] if isinstance(found, tuple) else found
            details = {"key": key.id, "scope": key.scope, "name": key.name}
            at, action = datetime.now(UTC), f"trend key {deed}"
            await known.store.done(Deed(0, at, "command line", getpass.getuser(), action, 0, "", "", details))
        return found


def _tell(key: Key, text: str, *, json: bool) -> None:
    if json:
        from trend_agent.cli.tables import print_json

        print_json({"key": key, "text": text})
    else:
        print(text)  # noqa: T201


def _scope(text: str) -> Scope:
    from trend_agent.storage.access import SCOPES

    for scope in SCOPES:
        if text == scope:
            return scope
    raise Rejected(f"--scope should be {', '.join(SCOPES)}, found {text!r}")


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _state(key: Key) -> str:
    if key.revoked_at:
        return f"revoked {_day(key.revoked_at)}"
    if key.expires_at and key.expires_at <= datetime.now(UTC):
        return f"expired {_day(key.expires_at)}"
    if key.former_until and key.former_until > datetime.now(UTC):
        return f"rotated; its former secret is good until {_day(key.former_until)}"
    return f"until {_day(key.expires_at)}" if key.expires_at else ""


@group.callback()
def about() -> None:
    """Keys: who may do what by program."""
