"""The rule book, and a clusterer that obeys it."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from trend_agent.errors import Conflict
from trend_agent.items import Correction, CorrectionKind, Item, Lineage, Membership, topic_id
from trend_agent.processing.cluster import Clustered, Clusterer, ClusterSettings
from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.cluster.identity import named
from trend_agent.processing.cluster.live import Entry, Group, Past
from trend_agent.processing.cluster.regroup import Part

START = datetime(2025, 3, 1, tzinfo=UTC)
HEADS, TAILS = "ba do fe gi ka lu me no pi ra su ti", "lan ger mos rik tan vel nor dus"
WORDS = [head + tail for head in HEADS.split() for tail in TAILS.split()]


def said(
    number: int, together: str, apart: str = "", kind: CorrectionKind = "merge", undoes: int | None = None
) -> Correction:
    return Correction(
        kind,
        "ann",
        START,
        START,
        f"t{number}",
        ["x"],
        together.split(),
        apart.split(),
        undoes=undoes,
        id=number,
    )


def test_what_is_together_is_so_by_way_of_others() -> None:
    rules = Constraints([said(1, "a b"), said(2, "c d"), said(3, "b c")])
    assert set(rules.mates("a")) == {"a", "b", "c", "d"}
    assert [set(group) for group in rules.groups()] == [{"a", "b", "c", "d"}]
    assert rules.mates("nobody") == ["nobody"]


def test_a_wall_stands_between_all_of_two_groups() -> None:
    rules = Constraints([said(1, "a b"), said(2, "c d"), said(3, "a", "c", kind="split"), said(4, "d e")])
    assert set(rules.strangers("b")) == {"c", "d", "e"}
    assert set(rules.strangers("e")) == {"a", "b"}
    assert len(list(rules.walls())) == 1


def test_a_contradiction_names_the_items_and_who_said_so_and_changes_nothing() -> None:
    rules = Constraints([said(1, "a b"), said(2, "b", "c", kind="split")])
    with pytest.raises(Conflict, match="'b' and 'c' are held apart by correction 2; undo it first"):
        rules.add(said(3, "c d a"))
    assert "d" not in rules
    with pytest.raises(Conflict, match="'a' and 'b' are held together by correction 1; undo it first"):
        rules.add(said(3, "a", "x b", kind="split"))
    assert "x" not in rules
    with pytest.raises(Conflict, match="'a' cannot be both"):
        rules.add(said(3, "a q", "a", kind="split"))
    assert list(rules.standing) == [1, 2]


def test_what_was_taken_back_holds_no_more() -> None:
    rules = Constraints([said(1, "a b"), said(2, "b c"), said(3, "", kind="undo", undoes=1)])
    assert set(rules.mates("b")) == {"b", "c"}
    assert "a" not in rules
    rules.add(said(4, "a", "b", kind="split"))
    assert rules.strangers("c") == ["a"]
    assert rules.without(4).strangers("c") == []


def stream(count: int, *, seed: int = 1, hours: float = 0.2) -> list[Item]:
    dice = random.Random(seed)
    subjects = [dice.sample(WORDS, 3) for _ in range(count // 6 + 1)]
    return [
        Item(
            f"i{n}",
            "made",
            " ".join(dice.sample(subjects[(n // 40 + dice.randrange(6)) % len(subjects)], 3))
            + f" {WORDS[n % 7]}",
            START + timedelta(hours=hours * n),
            url=f"https://a.example/story/{n // 3}" if n % 5 == 0 else "",
            lang="en",
        )
        for n in range(count)
    ]


class Told:
    """Where each item is by what a clusterer told; a merged topic's items are where it went."""

    def __init__(self) -> None:
        self.topic: dict[str, str] = {}

    def take(self, made: Clustered) -> None:
        self.topic.update({fact.item: fact.topic for fact in made.memberships})
        for change in made.lineage:
            if change.change == "merged" and change.other:
                self.topic.update({i: change.other for i, t in self.topic.items() if t == change.topic})

    def violations(self, rules: Constraints) -> list[str]:
        found = []
        for item in self.topic:
            place = self.topic[item]
            found += [f"{item} {m}" for m in rules.mates(item) if self.topic.get(m, place) != place]
            found += [f"{item} | {s}" for s in rules.strangers(item) if self.topic.get(s) == place]
        return found


def random_rules(ids: Sequence[str], number: int, seed: int) -> list[Correction]:
    dice, rules = random.Random(seed), Constraints()
    while len(rules.standing) < number:
        together, apart = dice.sample(ids, dice.randrange(1, 4)), dice.sample(ids, dice.randrange(3))
        try:
            rules.add(said(len(rules.standing) + 1, " ".join(together), " ".join(apart)))
        except Conflict:
            continue
    return list(rules.standing.values())


@pytest.mark.parametrize("hours", [0.2, 0.0], ids=["with times", "without times"])
@pytest.mark.parametrize("seed", [1, 2])
def test_rules_known_from_the_start_are_obeyed_at_every_moment(seed: int, hours: float) -> None:
    items = stream(480, seed=seed, hours=hours)
    settings = ClusterSettings(step_items=90, live_hours=20, live_steps=1, kept_items=4)
    corrections = random_rules([item.id for item in items], 60, seed)
    clusterer, told = Clusterer(settings, corrections=corrections), Told()
    for item in items:
        told.take(clusterer.add([item]))
        assert told.violations(clusterer.anchors.rules) == [], item.id
    told.take(clusterer.close())
    assert told.violations(clusterer.anchors.rules) == []
    free = Told()
    other = Clusterer(settings)
    free.take(other.add(items))
    assert len(free.violations(clusterer.anchors.rules)) > 50


def test_batches_and_restarts_do_not_matter_to_what_is_obeyed() -> None:
    items = stream(500)
    settings = ClusterSettings(step_items=90, live_hours=20, kept_items=4)
    corrections = random_rules([item.id for item in items], 40, 3)
    whole, single = Clusterer(settings, corrections=corrections), Clusterer(settings, corrections=corrections)
    expected, found = whole.add(items), Clustered()
    for n, item in enumerate(items):
        if n % 83 == 0:
            single = Clusterer.load(single.dump(), settings)
        made = single.add([item])
        found.memberships.extend(made.memberships)
        found.lineage.extend(made.lineage)
    assert found == expected
    assert single.dump() == whole.dump()


@pytest.mark.parametrize(("seed", "hours"), [(4, 0.2), (5, 0.2), (27, 0.0)])
def test_rules_made_on_the_way_are_obeyed_from_then_on(seed: int, hours: float) -> None:
    items = stream(480, seed=seed, hours=hours)
    settings = ClusterSettings(step_hours=12, step_items=90, live_hours=40, live_steps=1, kept_items=8)
    clusterer, told, settled = Clusterer(settings), Told(), set[str]()
    corrections = iter(random_rules([item.id for item in items], 80, seed))
    for n, item in enumerate(items):
        told.take(clusterer.add([item]))
        if n % 12 == 11 and (new := next(corrections, None)):
            places = {i: told.topic[i] for i in (*new.together, *new.apart) if i in told.topic}
            if set(places.values()) <= {group.id for group in clusterer.groups.values()}:
                # where others are at rest, a correction tells how it moved them
                told.take(clusterer.correct(replace(new, places=places)))
                settled.update(places.keys() - {entry.id for entry in clusterer.live})
        assert told.violations(clusterer.anchors.rules) == [], item.id
    assert len(clusterer.anchors.rules.standing) > 10
    assert len(settled) > 5


def test_settled_items_go_where_their_past_goes() -> None:
    old = {n: Group(f"t{n}", n) for n in (0, 1)}
    for group, size in ((old[0], 5.0), (old[1], 1.0)):
        group.past = Past(np.zeros(0, np.int32), np.zeros(0, np.float32), size, 0.0, 0.0)
    moved = [Entry(f"i{n}", 1.0, 1, 1) for n in range(4)]
    made = Clustered()
    named([Part([], [0, 1]), Part(moved, [])], old, first=2, at=START, made=made)
    assert Lineage("t1", "merged", START, "t0") in made.lineage
    assert len({move.topic for move in made.memberships}) == 1
    assert {move.topic for move in made.memberships}.isdisjoint({"t0", "t1"})


def rested(*live: str) -> tuple[Clusterer, Told, datetime]:
    """A clusterer for which `old` is at rest, and items of these titles, named n0, n1 …, live."""
    later = START + timedelta(days=9)
    clusterer, told = Clusterer(), Told()
    told.take(clusterer.add([Item("older", "made", "sutan tidus rador", START, lang="en")]))
    at = START + timedelta(hours=1)
    told.take(clusterer.add([Item("old", "made", "balan dorik felan", at, lang="en")]))
    told.take(clusterer.add([Item(f"n{n}", "made", title, later, lang="en") for n, title in enumerate(live)]))
    assert {entry.id for entry in clusterer.live} == {f"n{n}" for n in range(len(live))}
    return clusterer, told, later


def pinned(item: str, told: Told, mate: str, at: datetime) -> Correction:
    left, came = told.topic[item], told.topic[mate]
    return Correction(
        "pin", "ann", at, at, came, [came], [item, mate],
        moved=[(item, left, came)], places={item: came, mate: came}, id=7,
    )  # fmt: skip


def test_an_item_at_rest_goes_where_the_one_it_is_pinned_to_is_put() -> None:
    clusterer, told, later = rested(*["gimos kavel lunor"] * 4)
    topic = told.topic["n0"]
    assert clusterer.correct(pinned("old", told, "n0", later)) == Clustered()
    made = clusterer.correct(Correction("split", "ann", later, later, "tnew", [topic], ["n0"], ["n1"], id=8))
    assert {(move.item, move.topic) for move in made.memberships} == {("n0", "tnew"), ("old", "tnew")}


def test_an_item_at_rest_goes_where_clustering_puts_the_one_it_is_pinned_to() -> None:
    clusterer, told, later = rested(*["gimos kavel lunor"] * 4, "mevel nolan pirik")
    together = Correction("merge", "ann", later, later, "x", ["x"], ["n0", "n1", "n4"], id=1)
    told.take(clusterer.correct(together))
    assert told.topic["n4"] == told.topic["n0"]
    told.topic["old"] = topic_id("old")
    assert clusterer.correct(pinned("old", told, "n4", later)) == Clustered()
    told.topic["old"] = told.topic["n4"]
    clusterer.correct(Correction("undo", "bob", later, later, "x", undoes=1, id=9))
    told.take(clusterer.close())
    assert told.topic["old"] == told.topic["n4"] != told.topic["n0"]


def test_an_item_wakes_the_topic_it_must_be_in() -> None:
    clusterer, told, later = rested("gimos kavel lunor")
    clusterer.correct(replace(pinned("old", told, "n0", later), together=["old", "new"], moved=[], places={
        "old": topic_id("old")
    }))  # fmt: skip
    made = clusterer.add([Item("new", "made", "gimos kavel lunor", later, lang="en")])
    assert made.memberships == [Membership("new", topic_id("old"), later)]
    assert [(change.topic, change.change) for change in made.lineage] == [(topic_id("old"), "woken")]


def test_a_topic_that_loses_all_is_gone_while_others_are_at_rest() -> None:
    clusterer, told, later = rested("gimos kavel lunor", "mevel nolan pirik")
    clusterer.correct(pinned("old", told, "n0", later))
    left, came = told.topic["n1"], told.topic["n0"]
    merge = Correction(
        "merge", "ann", later, later, came, [came, left], ["n0", "n1"],
        moved=[("n1", left, came)], places={"n0": came, "n1": came}, id=8,
    )  # fmt: skip
    assert clusterer.correct(merge) == Clustered()
    assert [group.id for group in clusterer.groups.values()] == [came]
    told.take(clusterer.close())
    assert told.topic["n0"] == came
