"""Which items copy another, and which only look like it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from trend_agent.errors import Rejected
from trend_agent.items import Fate, Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.dedupe import Copy, Dedupe, Deduper, DedupeSettings
from trend_agent.storage import Arrival

START = datetime(2024, 5, 1, 6, tzinfo=UTC)
TITLE = "Ferry with pilgrims sinks off the southern coast, at least 12 dead"
BODY = (
    "A ferry carrying pilgrims home from the island of Marrow sank in heavy seas on Tuesday, and at least 12 people"
    " drowned, the guard said. Captain Ilse Norden told harbour radio that the engine had failed an hour before."
    " Fishing boats from Quell picked up 41 survivors, most of them children, and brought them to the lighthouse. The"
    " operator, Halden Lines, had been warned twice this year because of missing life jackets. Divers will go on"
    " searching at dawn, provided that the wind drops, while families wait in a school near the pier."
)
OTHER_BODY = (
    "The museum in Tarn opens its new wing on Friday after eleven years of building, and nobody has to pay on the"
    " first day. Visitors will see glass from four centuries, a garden on the roof and the workshop in which the"
    " pieces are mended. The director hopes that schools will come more often than before; teachers have asked for"
    " shorter tours and a room where groups can eat. Critics say that the lifts are too small for prams."
)


def item(number: int, title: str = TITLE, *, hours: float = 0, outlet: str = "", **fields: str) -> Item:
    outlet = outlet or f"outlet{number}"
    url = fields.pop("url", f"https://{outlet}.example/story/{number}")
    return Item(
        f"i{number}", fields.pop("source", outlet), title, START + timedelta(hours=hours), url=url, **fields
    )


def copies(*items: Item) -> list[Copy | None]:
    return Deduper().add(items)


def second(first: Item, other: Item) -> Copy | None:
    found = copies(first, other)
    assert found[0] is None
    return found[1]


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        f"{TITLE} - Daily Harbour",
        f"BREAKING: {TITLE}",
        f"UPDATE 2-{TITLE}",
        TITLE.upper(),
        TITLE.replace("southern", "sou\u200bthern").replace(",", " –"),
        TITLE.replace("pilgrims", "pilgirms"),
        f"{TITLE}, coast guard says",
        f"RT @harbour: {TITLE} 😢 https://t.example/x1",
        "At least 12 dead: Ferry with pilgrims sinks off the southern coast",
        "ＦＥＲＲＹ" + TITLE[5:],
    ],
)
def test_a_headline_is_found_again_whatever_was_done_to_it(title: str) -> None:
    copy = second(item(1), item(2, title, outlet="dailyharbour", source="Daily Harbour"))
    assert copy is not None
    assert copy.of == "i1"
    assert copy.why in ("same text", "near copy")
    assert copy.similarity >= 0.7


@pytest.mark.parametrize(
    ("title", "other"),
    [
        (TITLE, TITLE.replace("12", "15")),
        (TITLE, TITLE.replace("pilgrims", "Belgians")),
        ("Shares of Apple fall 3 percent after weak quarter", "Shares of Tesla fall 3 percent after weak quarter"),
        ("Court says the ban on new wells is lawful", "Court says the ban on new wells is not lawful"),
        ("Gold price today: what an ounce costs on 5 March", "Gold price today: what an ounce costs on 6 March"),
        ("Parliament of Iran votes on the budget tonight", "Parliament of Iraq votes on the budget tonight"),
        ("Morning briefing", "Morning briefing"),
        ("市长宣布北京地铁票价将上调至5元", "市长宣布北京地铁票价将上调至6元"),
        ("市长张三宣布地铁票价将从下月起上调", "市长李四宣布地铁票价将从下月起上调"),
    ],
)  # fmt: skip
def test_headlines_that_differ_in_a_number_a_name_or_a_no_are_two(title: str, other: str) -> None:
    assert second(item(1, title), item(2, other)) is None


def test_copies_are_found_in_scripts_without_blanks() -> None:
    copy = second(
        item(1, "市长宣布北京地铁票价将上调至5元"), item(2, "快讯：市长宣布，北京地铁票价将上调至5元！")
    )
    assert copy is not None


def test_an_address_spelt_otherwise_with_a_new_title_is_the_same_article() -> None:
    first = item(1, url="https://www.harbour.example/a/1?utm_source=feed")
    edited = item(2, TITLE.replace("12", "15"), url="http://m.harbour.example/a/1/#top", hours=3)
    rewritten = item(3, "What we know about the ferry disaster", url="https://harbour.example/a/1", hours=5)
    agency = item(4, "What we know about the ferry disaster", hours=6)
    assert copies(first, edited, rewritten, agency) == [
        None,
        Copy("i1", "same address", pytest.approx(0.85, abs=0.1), ("12 → 15",)),  # type: ignore[arg-type]
        Copy("i1", "same address", pytest.approx(0.1, abs=0.1), ()),  # type: ignore[arg-type]
        Copy("i1", "same text", 1.0),
    ]


def test_the_front_page_of_a_site_is_no_article() -> None:
    assert (
        second(
            item(1, url="https://a.example/"), item(2, "Museum opens its new wing", url="https://a.example")
        )
        is None
    )


def test_a_house_may_use_a_headline_again_on_another_day() -> None:
    title = "Morning briefing: what you need to know to start your day"
    assert second(item(1, title, outlet="a"), item(2, title, outlet="a", hours=24)) is None
    assert second(item(1, title, outlet="a"), item(2, title, outlet="b", hours=24)) is not None
    assert second(item(1, title, outlet="a"), item(2, title, outlet="a", hours=1)) is not None


def test_a_wire_story_is_one_under_everybodys_own_headline() -> None:
    trimmed = " ".join(BODY.split()[:70])
    found = copies(
        item(1, "Pilgrims drown as ferry sinks", body=BODY),
        item(2, "Twelve die at sea; engine had failed", body=BODY),
        item(3, "Disaster off Marrow", body=trimmed),
        item(
            4,
            "Ferry operator was warned",
            body="Reporting by our own staff. " + BODY.replace("Divers", "Navy divers"),
        ),
        item(5, "Pilgrims drown as ferry sinks", body=OTHER_BODY),
    )
    assert [copy and copy.of for copy in found] == [None, "i1", "i1", "i1", None]


def test_a_report_of_an_agency_is_known_in_every_house_that_prints_it() -> None:
    report = f"QUELL (Reuters) - {BODY}"
    first, credited, bare = (
        item(1, "Ferry sinks", body=report),
        item(2, "Pilgrims drown off Marrow", body=f"{BODY} (Reuters)"),
        item(3, "Engine had failed, says captain", body=BODY.replace("12 people", "17 people")),
    )
    found = copies(first, credited, bare)
    assert [copy and (copy.of, copy.wire) for copy in found] == [None, ("i1", "Reuters"), ("i1", "Reuters")]
    stage = Dedupe()
    stage(Batch([], items=[first]))
    stage.load(stage.dump())
    later = Batch([], items=[bare])
    stage(later)
    assert later.fates["i3"].detail.startswith("report of Reuters, ")
    assert later.fates["i3"].detail.endswith("changed 12 → 17")


def test_what_a_copy_altered_is_named() -> None:
    changed = BODY.replace("12 people", "17 people").replace("Ilse Norden", "Jan Holm")
    copy = second(item(1, body=BODY), item(2, body=changed))
    assert copy is not None
    assert copy.why == "near copy"
    assert set(copy.altered) == {"12 → 17", "Captain Ilse Norden → Captain Jan Holm"}


def test_a_word_exchanged_in_a_long_headline_is_named() -> None:
    copy = second(item(1), item(2, TITLE.replace("southern", "northern")))
    assert copy is not None
    assert copy.altered == ("southern → northern",)


def test_where_a_body_was_cut_is_nothing_altered() -> None:
    copy = second(item(1, body=f"{BODY} [+3702 chars]"), item(2, body=f"{BODY} [+3811 chars]"))
    assert copy is not None
    assert (copy.why, copy.altered) == ("same text", ())


def test_a_number_added_to_a_headline_is_not_paired_with_a_word_it_lost() -> None:
    one = item(1, "Live updates: Ferry with pilgrims sinks off the southern coast", body=BODY)
    other = item(
        2,
        "Ferry with pilgrims sinks off the southern coast, 12 dead",
        body=BODY.replace("searching", "looking"),
    )
    copy = second(one, other)
    assert copy is not None
    assert copy.altered == ()


def test_a_report_from_a_form_is_another_report_when_many_details_differ() -> None:
    form = (
        "A quake of magnitude {} struck {} km off {} on {} at {} local time, the institute in {} said, and people ran"
        " into the streets of {}. There were no reports of damage so far. The institute asks everybody who felt the"
        " quake to fill in the form on its pages, which helps to draw better maps. Schools stay closed for a day."
        " Aftershocks are likely in the coming hours and may be felt further inland as well."
    )
    one = form.format("4.1", 20, "Quell", "Monday", "3:05", "Tarn", "Marrow")
    other = form.format("5.3", 75, "Osk", "Friday", "19:40", "Brell", "Hald")
    assert second(item(1, "Quake off Quell", body=one), item(2, "Quake off Osk", body=other)) is None


def test_what_a_house_prints_below_everything_makes_no_copies() -> None:
    footer = "Subscribe now and read all our stories without advertising for a month."
    one, other = (
        item(1, body=footer, outlet="a"),
        item(2, "Museum opens its new wing", body=footer, outlet="a"),
    )
    assert second(one, other) is None


def test_a_headline_over_another_summary_is_a_near_copy_and_without_one_the_same_text() -> None:
    summary = "Twelve pilgrims drowned when their ferry sank off the coast; the engine had failed before."
    other = "A ferry sank off the coast with pilgrims aboard; twelve of them drowned when the engine failed."
    found = copies(item(1, body=summary), item(2, body=other), item(3), item(4, body=summary))
    assert [copy and copy.why for copy in found] == [None, "near copy", "same text", "same text"]


def test_a_copy_of_a_copy_leads_to_the_first() -> None:
    found = copies(item(1), item(2, f"{TITLE} off Quell"), item(3, f"{TITLE} off Quell - live"))
    assert [copy and copy.of for copy in found] == [None, "i1", "i1"]


def test_what_was_last_seen_before_the_window_is_forgotten() -> None:
    day = Deduper(DedupeSettings(window=timedelta(hours=24)))
    hours = (0, 20, 40, 65)
    found = day.add([item(n, hours=hour) for n, hour in enumerate(hours)])
    assert [copy and copy.of for copy in found] == [None, "i0", "i0", None]
    assert len(day.originals) == 1


def stream(count: int, seed: int) -> list[Item]:
    """Items of few words, so that many are alike: edits, mutants, shared addresses, late arrivals."""
    random = Random(seed)
    vocabulary = [
        "ferry",
        "Quell",
        "minister",
        "budget",
        "storm",
        "strike",
        "12",
        "15",
        "votes",
        "Marrow",
        "не",
        "школа",
    ]
    made = []
    for n in range(count):
        title = (
            " ".join(random.choice(vocabulary) for _ in range(random.randint(3, 6)))
            + " near the old harbour wall"
        )
        body = BODY.replace("12", str(random.randint(10, 14))) if random.random() < 0.2 else ""
        page = f"https://outlet{random.randint(0, 3)}.example/{random.randint(0, count)}"
        made.append(item(n, title, hours=n / 10 - random.random() * 5, url=page, body=body))
    return made


def test_batches_make_no_difference() -> None:
    items = stream(200, seed=1)
    whole, single, uneven = Deduper(), Deduper(), Deduper()
    expected = whole.add(items)
    assert any(expected)
    assert [copy for one in items for copy in single.add([one])] == expected
    assert uneven.add(items[:17]) + uneven.add([]) + uneven.add(items[17:]) == expected
    assert whole.dump() == single.dump() == uneven.dump()


@pytest.mark.parametrize("cut", [0, 90, 200])
def test_a_memory_written_down_goes_on_as_if_nothing_had_happened(cut: int) -> None:
    settings = DedupeSettings(window=timedelta(hours=8), most=60)
    items = stream(200, seed=2)
    unbroken, before = Deduper(settings), Deduper(settings)
    expected = unbroken.add(items)
    first = before.add(items[:cut])
    after = Deduper.load(before.dump(), settings)
    assert first + after.add(items[cut:]) == expected
    assert after.dump() == unbroken.dump()


@pytest.mark.parametrize("state", [b"", b"nonsense", __import__("zlib").compress(b"[1]")])
def test_bytes_that_are_no_memory_are_refused(state: bytes) -> None:
    with pytest.raises(Rejected):
        Deduper.load(state)


def test_another_process_gives_the_same_answers() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_dedupe as t; import hashlib;"
        "d = t.Deduper(); d.add(t.stream(120, seed=3)); print(hashlib.sha256(d.dump()).hexdigest())"
    )
    folder = __file__.rpartition("/")[0]
    answers = {
        subprocess.run(
            [sys.executable, "-c", program, folder],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def flood(count: int) -> Sequence[Item]:
    return [item(n, f"{TITLE} and {1000 + n} hurt", hours=n / 1000) for n in range(count)]


def test_a_flood_with_one_word_changed_stays_bounded() -> None:
    deduper = Deduper(DedupeSettings(most=500))
    deduper.add(flood(1500))
    assert len(deduper.originals) == 500
    held = [held for part in deduper.index._parts for held in part.values()]
    assert all(len(each) <= 32 for each in held if isinstance(each, list))
    fresh = item(9000, "Museum in Tarn opens its new wing after eleven years", hours=4)
    assert deduper.add([fresh, item(9001, fresh.title, hours=4)])[1] is not None


@pytest.mark.parametrize(
    "title", ["", "👨\u200d👩" * 5000, "a" * 10**6, "の" * 5000, "1" * 5000, "the " * 5000, "\x00"]
)
def test_odd_items_are_survived(title: str) -> None:
    Deduper().add([item(1, title, url="http://\x00"), item(2, title, url=""), item(3, title, body=title)])


def test_the_stage_records_why_an_item_is_a_copy_and_keeps_it_as_evidence() -> None:
    batch = Batch(
        [Arrival(item(1), 1), Arrival(item(2, f"{TITLE}, says guard"), 2)],
        [item(1), item(2, f"{TITLE}, says guard")],
    )
    stage = Dedupe()
    stage(batch)
    assert batch.fates == {
        "i2": Fate("i2", "duplicate", batch.items[1].seen_at, "near copy", "i1", "84 % alike"),
    }
    assert len(batch.items) == 2
    state = stage.dump()
    stage.forget()
    assert not stage.deduper.originals
    stage.load(state)
    assert stage.dump() == state
