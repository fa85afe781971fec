"""What has to be so when everything has come to rest, whatever died on the way: the invariants."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, select

from harness.effects import COST, made, money, report
from harness.platform import Ground, standing
from trend_agent.storage.sql.deeds import first_broken, written
from trend_agent.storage.sql.schema import arrivals, fates, members


@dataclass(slots=True)
class Findings:
    """What is wrong, by the invariant it breaks, and a hash of what is true, topics compared up to their names."""

    wrong: list[str] = field(default_factory=list)
    hash: str = ""
    items: int = 0
    repeats: int = 0

    def want(self, so: bool, invariant: str) -> None:
        if not so:
            self.wrong.append(invariant)


async def look(ground: Ground) -> Findings:
    found = Findings()
    async with standing(ground) as platform:
        book = platform.book
        held = await book.database.read(lambda c: Counter(c.scalars(select(arrivals.c.id))), patient=True)
        wanted = set(ground.world.ids())
        found.items = len(held)
        found.want(wanted <= set(held), f"I1 {len(wanted - set(held))} items are lost")
        found.want(set(held) <= wanted, "I4 there are items that no source brought")
        balance = await book.balance()
        found.want(balance.holds and not balance.waiting, f"I3 the ledger does not hold: {balance}")
        found.want(not (wrong := await book.check()), f"I11 the records are unsound: {wrong}")
        kept = await book.database.read(_kept, patient=True)
        done = Counter(await book.database.read(made, patient=True))
        found.want(set(done) >= kept, f"I1 {len(kept - set(done))} effects are lost")
        found.want(
            max(done.values(), default=1) == 1, f"I2 {sum(n > 1 for n in done.values())} effects twice"
        )
        found.want(set(done) <= kept, "I4 effects of what was not kept")
        _outside(found, ground, kept)
        billed = COST * len({r["key"] for r in ground.sink.requests()})
        noted = await book.database.read(money)
        found.want(noted >= billed, f"I12 {noted} is noted as spent, {billed} was billed")
        lines = await book.database.read(lambda c: written(c, 1), patient=True)
        broken = await book.database.read(first_broken, patient=True)
        found.want(bool(lines) and broken is None, f"I14 the audit log is broken at {broken}")
        found.wrong += await ahead(ground)
        depth = await platform.queue.depth("kept")
        found.want(not depth.ready and not depth.dead, f"I9 messages are left: {depth}")
        found.hash = await book.database.read(_hash, patient=True)
    return found


async def ahead(ground: Ground) -> list[str]:
    """Sources whose cursor is past an item that is not in the log; so it must be in every moment."""
    async with standing(ground) as platform:
        look = select(arrivals.c.id)
        held = set(await platform.book.database.read(lambda c: c.scalars(look).all(), patient=True))
        found = []
        for feed in ground.world.feeds():
            done = int(dict((await platform.book.cursor(feed.key)).value).get("done", 0))
            past = [n for n in ground.world.of(feed.number)[:done] if ground.world.item(n).id not in held]
            found += (
                [f"I8 the cursor of {feed.key} is past {len(past)} items that are not there"] if past else []
            )
    return found


def _outside(found: Findings, ground: Ground, kept: set[str]) -> None:
    requests = ground.sink.requests()
    bodies: dict[str, set[str]] = defaultdict(set)
    keys: dict[str, set[str]] = defaultdict(set)
    for request in requests:
        bodies[request["key"]].add(request["body"])
        keys[request["body"]].add(request["key"])
    found.repeats = len(requests) - len(bodies)
    found.want({r["body"] for r in requests} >= {f"about {key}" for key in kept}, "I1 requests are lost")
    found.want(all(len(b) == 1 for b in bodies.values()), "I2 one key, several requests")
    found.want(all(len(k) == 1 for k in keys.values()), "I2 one request under several keys")
    lines = report(ground.report)
    found.want(lines is None or lines[-1:] == ["end"], "I9 the report is torn")
    left = [p.name for p in ground.folder.iterdir() if p.name.startswith(f".{ground.report.name}")]
    found.want(len(left) <= 1, f"I9 files are left: {left}")


def torn(ground: Ground) -> bool:
    """Whether a reader who comes now sees half a report."""
    lines = report(ground.report)
    return lines is not None and lines[-1:] != ["end"]


def _kept(connection: Connection) -> set[str]:
    look = select(arrivals.c.id).join(fates, fates.c.seq == arrivals.c.seq).where(fates.c.verdict == "kept")
    return set(connection.scalars(look))


def _hash(connection: Connection) -> str:
    """Of the groups of items that are in a topic together, and of how many of each are copies."""
    rows = connection.execute(
        select(members.c.topic, arrivals.c.id, fates.c.verdict)
        .join(arrivals, arrivals.c.seq == members.c.seq)
        .join(fates, fates.c.seq == members.c.seq)
    )
    groups: dict[str, list[str]] = defaultdict(list)
    copies: Counter[str] = Counter()
    for topic, item, verdict in rows:
        groups[topic].append(item)
        copies[topic] += verdict == "duplicate"
    return _digest(f"{' '.join(sorted(items))} {copies[topic]}" for topic, items in groups.items())


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()
