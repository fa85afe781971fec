"""The promises of the clusterer that hold for every stream."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.errors import Rejected
from trend_agent.items import Item, topic_id
from trend_agent.processing.cluster import Clustered, Clusterer, ClusterSettings

START = datetime(2025, 3, 1, tzinfo=UTC)
NAMES = ("Varga", "Lindqvist", "Okafor", "Moreau", "Tanaka", "Petrov", "Silva", "Novak", "Haddad", "Brandt")
DEEDS = (
    "resigns",
    "wins",
    "collapse",
    "flood",
    "strike",
    "verdict",
    "rescue",
    "merger",
    "eclipse",
    "festival",
)
PLACES = (
    "Harbour",
    "Valley",
    "Castle",
    "Market",
    "Station",
    "Island",
    "Museum",
    "Forest",
    "Tower",
    "College",
)


def stream(count: int, *, seed: int = 1, hours: float = 0.1) -> list[Item]:
    """Headlines about made-up happenings, some forty at a time, one every `hours`."""
    dice = random.Random(seed)
    happenings = [
        [dice.choice(NAMES), dice.choice(DEEDS), dice.choice(PLACES), str(dice.randrange(10, 99))]
        for _ in range(count)
    ]
    items = []
    for number in range(count):
        words = list(happenings[dice.randrange(number // 8 * 2, number // 8 * 2 + 20) % count])
        words.append(dice.choice(PLACES))
        dice.shuffle(words)
        at = START + timedelta(hours=hours * number)
        items.append(Item(f"made:{number}", "made", " ".join(words), at, lang="en"))
    return items


def fed(clusterer: Clusterer, items: Sequence[Item], sizes: Iterable[int]) -> Clustered:
    """What all calls together made true."""
    made, at = Clustered(), 0
    for size in sizes:
        taken(made, clusterer.add(items[at : at + size]))
        at += size
    taken(made, clusterer.add(items[at:]))
    taken(made, clusterer.close())
    return made


def taken(made: Clustered, more: Clustered) -> None:
    made.memberships.extend(more.memberships)
    made.lineage.extend(more.lineage)


@pytest.mark.parametrize("hours", [0.1, 0.0], ids=["with times", "without times"])
def test_batches_do_not_matter(hours: float) -> None:
    items = stream(900, hours=hours)
    settings = ClusterSettings(step_items=300)
    whole, single, odd = (Clusterer(settings) for _ in range(3))
    expected = fed(whole, items, [])
    assert fed(single, items, [1] * 900) == expected
    assert fed(odd, items, [1, 2, 3, 120, 5, 7, 250, 33]) == expected
    assert single.dump() == odd.dump() == whole.dump()


@pytest.mark.parametrize("cut", [1, 127, 128, 300, 555])
def test_a_restored_clusterer_goes_on_exactly(cut: int) -> None:
    items = stream(700)
    settings = ClusterSettings(step_items=300)
    first, second = Clusterer(settings), Clusterer(settings)
    first.add(items[:cut])
    second.add(items[:cut])
    restored = Clusterer.load(first.dump(), settings)
    assert restored.add(items[cut:]) == second.add(items[cut:])
    assert restored.close() == second.close()
    assert restored.dump() == second.dump()


def test_bytes_that_are_no_state_are_rejected() -> None:
    with pytest.raises(Rejected, match="state of the clusterer"):
        Clusterer.load(b"no archive")


def test_every_item_gets_a_topic_on_arrival() -> None:
    items = stream(400)
    made = Clusterer().add(items)
    arrived = list(dict.fromkeys(fact.item for fact in made.memberships))
    assert arrived == [item.id for item in items]


def test_moves_name_topics_that_were_born_or_split_off() -> None:
    made = fed(Clusterer(ClusterSettings(step_items=200)), stream(1000), [])
    alive = {change.topic for change in made.lineage if change.change in {"born", "split"}}
    assert {fact.topic for fact in made.memberships} <= alive
    assert {change.other for change in made.lineage if change.other} <= alive


def test_a_topic_is_called_after_its_first_item() -> None:
    founder, follower = stream(1)[0], Item("made:b", "made", stream(1)[0].title, START, lang="en")
    made = Clusterer().add([founder, follower])
    assert [fact.topic for fact in made.memberships] == [topic_id(founder.id)] * 2
    assert [(change.topic, change.change) for change in made.lineage] == [(topic_id(founder.id), "born")]


def test_a_topic_left_alone_ends_and_leaves_the_live_state() -> None:
    clusterer = Clusterer()
    clusterer.add(stream(50))
    later = Item("made:late", "made", "Something else altogether", START + timedelta(days=9), lang="en")
    made = clusterer.add([later])
    ended = {change.topic for change in made.lineage if change.change == "ended"}
    assert ended
    assert {entry.id for entry in clusterer.live} == {later.id}


def test_memory_is_bounded_without_times() -> None:
    settings = ClusterSettings(step_items=100, live_steps=2, kept_items=8)
    clusterer = Clusterer(settings)
    most = 0
    for item in stream(2000, hours=0):
        clusterer.add([item])
        most = max(most, len(clusterer.live))
    assert most < 700


def test_items_in_the_same_words_are_one_topic_and_strangers_are_not() -> None:
    titles = [
        "Minister Okafor resigns over harbour contract",
        "Harbour contract: minister Okafor resigns",
        "Okafor resigns as minister in harbour contract affair",
        "Eclipse draws thousands to the valley of Lindqvist",
        "Thousands watch eclipse in Lindqvist valley",
    ]
    made = fed(
        Clusterer(), [Item(str(n), "made", title, START, lang="en") for n, title in enumerate(titles)], []
    )
    final = {fact.item: fact.topic for fact in made.memberships}
    assert len({final["0"], final["1"], final["2"]}) == 1
    assert final["3"] == final["4"] != final["0"]


def test_an_ended_topic_is_woken_by_the_same_happening() -> None:
    clusterer = Clusterer()
    before = [
        Item(f"made:before{n}", "made", title, START + timedelta(hours=n), lang="en")
        for n, title in enumerate(
            ("Okafor trial over Lindqvist harbour contract", "Okafor trial: Lindqvist harbour contract")
        )
    ]
    between = [
        Item(f"made:between{n}", "made", f"Quiet day number {n}", START + timedelta(days=n), lang="en")
        for n in range(1, 7)
    ]
    after = Item(
        "made:after",
        "made",
        "Okafor trial over Lindqvist harbour contract",
        START + timedelta(days=6),
        lang="en",
    )
    made = fed(clusterer, [*before, *between, after], [])
    old = topic_id("made:before0")
    assert [change.change for change in made.lineage if change.topic == old] == ["born", "ended", "woken"]
    assert {fact.item: fact.topic for fact in made.memberships}["made:after"] == old
    assert any(change.topic == topic_id("made:after") and change.other == old for change in made.lineage)


def test_a_topic_at_rest_outlives_a_restart() -> None:
    first, items = Clusterer(ClusterSettings(step_items=100)), stream(900, hours=0.4)
    first.add(items[:700])
    assert first.resting.ids
    restored = Clusterer.load(first.dump(), first.settings)
    assert restored.resting.ids == first.resting.ids
    assert restored.add(items[700:]) == first.add(items[700:])
    assert restored.dump() == first.dump()
