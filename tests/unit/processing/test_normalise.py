"""Raw items become comparable ones, or are put aside with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest

from trend_agent.items import Fate, Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.normalise import Normalise, normalised
from trend_agent.storage import Arrival

SEEN = datetime(2024, 5, 1, tzinfo=UTC)
PLAIN = Item("i1", "outlet", "Storm closes the port", SEEN, published_at=SEEN - timedelta(hours=1), lang="en")


def kept(**changes: object) -> Item:
    made = normalised(replace(PLAIN, **changes))  # type: ignore[arg-type]
    assert isinstance(made, Item)
    return made


def test_a_clean_item_stays_as_it_is() -> None:
    assert normalised(PLAIN) == PLAIN


def test_markup_and_hidden_characters_go() -> None:
    made = kept(
        title="<b>Storm</b> closes\u202e the&nbsp;port\x00", body="<p>One</p><p>two</p>", author="<i>A</i>"
    )
    assert (made.title, made.body, made.author) == ("Storm closes the port", "One two", "A")


def test_an_item_without_a_title_borrows_the_first_words_of_its_body() -> None:
    assert kept(title=" <br> ", body="Gulls above the pier").title == "Gulls above the pier"
    long = kept(title="", body="word " * 100).title
    assert len(long) <= 120
    assert long.endswith("word…")


@pytest.mark.parametrize(("title", "body"), [("", ""), ("<p></p>", "\u200b"), ("—", "…")])
def test_an_item_that_says_nothing_is_quarantined(title: str, body: str) -> None:
    made = normalised(replace(PLAIN, title=title, body=body))
    assert made == Fate("i1", "quarantined", SEEN, "no title and no body to take one from")


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        (None, None),
        (datetime(1, 1, 1, tzinfo=UTC), None),
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (datetime(9999, 12, 31, tzinfo=UTC), SEEN),
        (SEEN + timedelta(minutes=1), SEEN),
        (SEEN - timedelta(days=1), SEEN - timedelta(days=1)),
    ],
)
def test_a_date_is_believed_between_the_first_web_page_and_now(
    claimed: datetime | None, believed: datetime | None
) -> None:
    assert kept(published_at=claimed).published_at == believed


def test_counters_are_finite_and_within_reason() -> None:
    made = kept(engagement={"points": -3, "views": 1e300, "likes": nan, "shares": inf, "comments": 7})
    assert made.engagement == {"points": 0, "views": 1e12, "comments": 7}
    assert len(kept(engagement={str(n): 1.0 for n in range(1000)}).engagement) == 32


@pytest.mark.parametrize(
    ("declared", "code"), [("de-AT", "de"), ("EN_us", "en"), (" fr ", "fr"), ("", "und"), ("klingon!", "und")]
)
def test_a_language_is_a_plain_code(declared: str, code: str) -> None:
    assert kept(lang=declared).lang == code


def test_the_original_address_is_kept_and_a_false_one_is_not() -> None:
    url = "https://WWW.a.example/x?utm_source=feed"
    assert kept(url=url).url == url
    assert kept(url="javascript:alert(1)").url == ""
    assert kept(url="https://a.example/\x00").url == ""


def test_a_batch_gets_items_addresses_and_fates() -> None:
    good, empty, broken = (replace(PLAIN, id=f"i{n}") for n in range(3))
    good = replace(good, url="https://www.a.example/x?utm_source=feed")
    batch = Batch([Arrival(good, 1), Arrival(replace(empty, title=""), 2), Arrival(broken, 3, "no JSON")])
    Normalise()(batch)
    assert [made.id for made in batch.items] == ["i0"]
    assert batch.addresses == {"i0": "https://a.example/x"}
    assert {key: (fate.verdict, fate.reason, fate.detail) for key, fate in batch.fates.items()} == {
        "i1": ("quarantined", "no title and no body to take one from", ""),
        "i2": ("quarantined", "unreadable", "no JSON"),
    }
