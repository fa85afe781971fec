"""A table that grew says the same as one filled at once."""

from dataclasses import fields

import numpy as np
import pytest

from trend_agent.processing.rank.columns import FEW, Table
from trend_agent.processing.rank.lines import Line


def line(seq: int, topic: str) -> Line:
    return Line(
        seq,
        f"i{seq}",
        topic,
        f"s{seq % 7}",
        f"f{seq % 5}",
        "",
        f"a{seq % 11}",
        float(seq),
        float(seq),
        "",
        1.0,
        seq,
    )


@pytest.mark.parametrize("at_once", [1, 3, FEW + 10])
def test_topics_that_come_later_take_their_place_among_the_others(at_once: int) -> None:
    chance = np.random.default_rng(at_once)
    lines = [line(seq, f"t{chance.integers(0, 500):03d}") for seq in range(1, 601)]
    grown = Table()
    for start in range(0, len(lines), at_once):
        grown.add(lines[start : start + at_once])
        found = grown.columns(-np.inf, np.inf)
    whole = Table()
    whole.add(lines)
    expected = whole.columns(-np.inf, np.inf)
    assert found.topics == sorted({one.topic for one in lines})
    for one in fields(found):
        assert list(getattr(found, one.name)) == list(getattr(expected, one.name)), one.name
