"""How groups join, and who stays together."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import sparse

from trend_agent.items import Item, topic_id
from trend_agent.processing.cluster import Clustered, Clusterer, ClusterSettings
from trend_agent.processing.cluster.address import NOWHERE, address
from trend_agent.processing.cluster.linkage import link

START = datetime(2025, 3, 1, tzinfo=UTC)
PLAIN = ClusterSettings(density=0.0, large_size=99)


def linked(likeness: list[list[float]], cut: float, settings: ClusterSettings = PLAIN) -> list[int]:
    size = len(likeness)
    matrix = sparse.csr_array(np.array(likeness))
    return link(matrix, np.ones(size), cut=cut, settings=settings).tolist()


def brute(likeness: np.ndarray, cut: float) -> list[int]:
    """Average link by trying every pair of groups again after each join."""
    groups = [[n] for n in range(len(likeness))]
    while len(groups) > 1:
        best, one, two = max(
            (likeness[np.ix_(a, b)].mean(), -i, -j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups)
            if i < j
        )
        if best < cut:
            break
        groups[-one] += groups.pop(-two)
    label = {n: min(group) for group in groups for n in group}
    return [label[n] for n in range(len(likeness))]


def test_without_density_it_is_average_link() -> None:
    dice = random.Random(3)
    for _ in range(20):
        half = np.array([[dice.random() ** 3 for _ in range(12)] for _ in range(12)])
        likeness = (half + half.T) / 2
        np.fill_diagonal(likeness, 1.0)
        assert linked(likeness.tolist(), 0.3) == brute(likeness, 0.3)


def test_density_joins_what_is_as_alike_as_it_is_in_itself() -> None:
    loose = [[1, 0.3, 0.2, 0.2], [0.3, 1, 0.2, 0.2], [0.2, 0.2, 1, 0.3], [0.2, 0.2, 0.3, 1]]
    assert linked(loose, 0.25) == [0, 0, 2, 2]
    assert linked(loose, 0.25, ClusterSettings(density=1.0)) == [0, 0, 0, 0]


def test_leftovers_join_a_large_topic() -> None:
    size = 5
    likeness = np.full((size, size), 0.6)
    likeness[-1, :] = likeness[:, -1] = 0.2
    np.fill_diagonal(likeness, 1.0)
    assert linked(likeness.tolist(), 0.25) == [0, 0, 0, 0, 4]
    assert (
        linked(likeness.tolist(), 0.25, ClusterSettings(density=0.0, large_size=4, small_size=1)) == [0] * 5
    )


def parted(likeness: np.ndarray, apart: list[tuple[int, int]], settings: ClusterSettings) -> list[int]:
    sizes = np.ones(len(likeness))
    return link(
        sparse.csr_array(likeness), sizes, cut=0.25, settings=settings, apart=np.array(apart)
    ).tolist()


def test_what_must_be_apart_does_not_join_by_way_of_a_third() -> None:
    likeness = np.array([[1.0, 0.6, 0.9], [0.6, 1.0, 0.8], [0.9, 0.8, 1.0]])
    assert linked(likeness.tolist(), 0.25) == [0, 0, 0]
    assert parted(likeness, [(1, 0)], PLAIN) == [0, 1, 0]


def test_leftovers_that_must_be_apart_do_not_meet_in_a_large_topic() -> None:
    size = 7
    likeness = np.full((size, size), 0.6)
    likeness[4:] = likeness[:, 4:] = 0.2
    likeness[5, :4] = likeness[:4, 5] = 0.22
    np.fill_diagonal(likeness, 1.0)
    settings = ClusterSettings(density=0.0, large_size=4, small_size=1)
    assert linked(likeness.tolist(), 0.25, settings) == [0] * 7
    assert parted(likeness, [(5, 4)], settings) == [0, 0, 0, 0, 4, 0, 0]
    assert parted(likeness, [(5, 1), (4, 6)], settings)[5] == 5


@pytest.mark.parametrize("seed", range(20))
def test_walls_hold_among_many(seed: int) -> None:
    dice = np.random.default_rng(seed)
    half = dice.random((60, 60)) ** 2
    likeness = (half + half.T) / 2
    np.fill_diagonal(likeness, 1.0)
    apart = [(one, other) for one, other in dice.integers(0, 60, (40, 2)).tolist() if one != other]
    found = parted(likeness, apart, ClusterSettings(density=0.8, large_size=6, small_size=3))
    assert len(set(found)) < 30
    assert [pair for pair in apart if found[pair[0]] == found[pair[1]]] == []


def test_an_item_without_words_stays_alone() -> None:
    likeness = np.eye(3)
    likeness[2, 2] = 0.0
    assert linked(likeness.tolist(), 0.1) == [0, 1, 2]


def titled(number: int, title: str, *, url: str = "", hours: float = 0.0) -> Item:
    return Item(str(number), "made", title, START + timedelta(hours=hours), url=url, lang="en")


def final(items: list[Item]) -> dict[str, str]:
    made, clusterer = Clustered(), Clusterer()
    for some in (clusterer.add(items), clusterer.close()):
        made.memberships.extend(some.memberships)
    return {fact.item: fact.topic for fact in made.memberships}


def test_a_new_title_at_the_same_address_is_the_same_topic() -> None:
    page = "https://news.example.org/2025/harbour-bridge"
    items = [
        titled(0, "Harbour bridge closed", url=page),
        titled(1, "Orchestra plays in the park", url="https://news.example.org/2025/orchestra"),
        titled(2, "Minister promises inquiry", url=f"{page}?utm_source=mail", hours=30),
    ]
    topics = final(items)
    assert topics["0"] == topics["2"] == topic_id("0") != topics["1"]


def test_front_pages_bring_nothing_together() -> None:
    assert address("https://news.example.org/") == address("https://news.example.org/a") == NOWHERE
    assert address("not an address") == address("") == NOWHERE
    topics = final(
        [titled(n, title, url="https://example.org/") for n, title in enumerate(("Flood", "Merger"))]
    )
    assert topics["0"] != topics["1"]


def test_the_same_words_a_month_later_are_another_topic() -> None:
    title = "Minister Okafor resigns over harbour contract"
    topics = final([titled(0, title), titled(1, title, hours=24 * 30)])
    assert topics["0"] != topics["1"]


def test_the_same_happening_in_three_languages_is_one_topic() -> None:
    titles = [
        ("en", "Earthquake in Chile kills three, tsunami warning"),
        ("es", "Terremoto en Chile deja tres muertos, alerta de tsunami"),
        ("ru", "Землетрясение в Чили: трое погибших, угроза цунами"),
        ("en", "Orchestra conductor Lindqvist wins award"),
        ("de", "Dirigent Lindqvist erhält Auszeichnung"),
    ]
    items = [Item(str(n), "made", title, START, lang=language) for n, (language, title) in enumerate(titles)]
    topics = final(items)
    assert topics["0"] == topics["1"] == topics["2"]
    assert topics["3"] != topics["0"]
