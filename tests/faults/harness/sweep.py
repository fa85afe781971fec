"""A death at every point in turn: strike at the first point, let another process finish, look; then at the second,
until a whole life comes by no more points."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harness.checks import Findings, ahead, look, torn
from harness.lives import FINE, STRUCK, live
from harness.plants import PLANTS, NoFencing
from harness.platform import Ground, Platform, prepared, standing
from harness.points import Points
from harness.workflows import process_by_workflow
from harness.world import World

How = Literal["kill", "raise"]
HOW: tuple[How, ...] = ("kill", "raise")
SMALL = World(items=40, sources=2, page=10)


@dataclass(slots=True)
class Swept:
    """What a sweep found: the points it struck at, deaths, and what was wrong afterwards."""

    points: int = 0
    deaths: int = 0
    wrong: list[str] = field(default_factory=list)


class Grounds:
    """Fresh places, each a copy of one that was made once: committing to disk is what takes time."""

    def __init__(self, folder: Path, world: World = SMALL) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.number = 0
        self.made = Ground(f"sqlite:///{folder / 'made.sqlite3'}", folder, world)
        assert live(lambda: prepared(self.made)) == FINE

    @contextmanager
    def fresh(self) -> Iterator[Ground]:
        self.number += 1
        folder = self.folder / str(self.number)
        folder.mkdir()
        shutil.copyfile(self.folder / "made.sqlite3", folder / "records.sqlite3")
        try:
            yield replace(self.made, records=f"sqlite:///{folder / 'records.sqlite3'}", folder=folder)
        finally:
            shutil.rmtree(folder)


async def whole(ground: Ground, points: Points, kind: type[Platform]) -> None:
    async with standing(ground, points, kind) as platform:
        await platform.whole()


Life = Callable[[Ground, Points], Coroutine[Any, Any, None]]


def sweep(grounds: Grounds, kind: type[Platform], *, until_wrong: bool, every: int = 1) -> Swept:
    """Strike at every point (or each `every`th), by a kill and by an error of the database."""
    swept = Swept()
    clean = clean_hash(grounds)
    for how in HOW:
        strike_everywhere(
            grounds, lambda g, p: whole(g, p, kind), how, swept, clean, until_wrong=until_wrong, every=every
        )
        if swept.wrong and until_wrong:
            break
    return swept


def sweep_workflow(grounds: Grounds, *, every: int = 1) -> Swept:
    """The same where a workflow does the processing: before and after each of its steps' work and memory as well."""
    swept = Swept()
    strike_everywhere(
        grounds,
        lambda g, p: process_by_workflow(g, p, key="run", most=25),
        "kill",
        swept,
        clean_hash(grounds),
        until_wrong=False,
        every=every,
    )
    return swept


def strike_everywhere(
    grounds: Grounds, life: Life, how: How, swept: Swept, clean: str, *, until_wrong: bool, every: int
) -> None:
    at = 1
    while True:
        with grounds.fresh() as ground:
            code = live(lambda: life(ground, Points(at, how)))  # noqa: B023  it is lived before the next
            wrong = [f"I9 a torn report at point {at}"] if torn(ground) else []
            wrong += asyncio.run(ahead(ground))
            wrong += finish(ground, life, clean)
        swept.deaths += code == -signal.SIGKILL
        swept.points += 1
        swept.wrong += [f"{w} ({how} at point {at})" for w in wrong]
        if code == FINE or (wrong and until_wrong):
            return
        if code not in (-signal.SIGKILL, STRUCK):
            swept.wrong.append(f"a life ended with {code} ({how} at point {at})")
            return
        at += every


def finish(ground: Ground, life: Life, clean: str) -> list[str]:
    """Let processes come until one finishes, as a supervisor would, and say what is wrong then."""
    release_leases(ground)
    code = live(lambda: life(ground, Points()))
    if code != FINE:
        return [f"the next process ended with {code}"]
    found = looked(ground)
    return found.wrong + ([] if found.hash == clean else ["I5 the end is another than that of a clean run"])


def release_leases(ground: Ground) -> None:
    """Time passes: leases on messages run out."""
    import sqlite3

    with sqlite3.connect(ground.records.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE messages SET due_at = 0")
    connection.close()


def looked(ground: Ground) -> Findings:
    return asyncio.run(look(ground))


def clean_hash(grounds: Grounds) -> str:
    with grounds.fresh() as ground:
        assert live(lambda: whole(ground, Points(), Platform)) == FINE
        found = looked(ground)
    assert found.wrong == [], found.wrong
    return found.hash


def caught(grounds: Grounds, name: str) -> list[str]:
    """What the harness finds wrong with a planted bug."""
    kind, _ = PLANTS[name]
    return slept(grounds, kind) if kind is NoFencing else sweep(grounds, kind, until_wrong=True).wrong


def slept(grounds: Grounds, kind: type[Platform]) -> list[str]:
    """One takes messages and falls asleep; its lease runs out, another does the work; the first wakes and goes on."""

    async def life(ground: Ground) -> None:
        async with standing(ground, kind=kind) as platform:

            async def nap(where: str) -> None:
                if where != ("looked" if kind is NoFencing else "taken"):
                    return
                platform.sender.nap = other.nap
                release_leases(ground)
                while await other.some():
                    pass

            other = platform.make_sender()
            while await platform.collect():
                pass
            while await platform.process():
                pass
            platform.sender.nap = nap
            await platform.whole()

    with grounds.fresh() as ground:
        assert live(lambda: life(ground)) == FINE
        return looked(ground).wrong


def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="trend-harness-"))
