"""The made-up world holds what it promises: the same for ever, and true to its truth."""

import re
import string
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.errors import Rejected
from trend_agent.items import UNDETERMINED
from trend_agent.sources.demo import World

UNTIL = datetime(2026, 3, 5, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=1, until=UNTIL)


@pytest.fixture(scope="module")
def items(world):
    return list(world.items())


def of_story(world, items, story):
    return [item for item in items if world.truth[item.id].story == story]


def test_the_same_seed_gives_the_same_items(world, items):
    assert list(World(seed=1, until=UNTIL).items()) == items
    assert list(world.items()) == items


def test_another_seed_gives_other_items(items):
    others = {item.title for item in World(seed=2, until=UNTIL).items()}
    assert len(others & {item.title for item in items}) < 0.1 * len(others)


def test_another_end_shifts_every_time_and_nothing_else(world, items):
    later = World(seed=1, until=UNTIL + timedelta(days=9, minutes=1))
    shift = timedelta(days=9, minutes=1)
    for old, new in zip(items, later.items(), strict=True):
        assert (new.id, new.title, new.body, new.url) == (old.id, old.title, old.body, old.url)
        assert new.seen_at == old.seen_at + shift
    assert [b.onset for b in later.bursts] == [b.onset + shift for b in world.bursts]
    assert later.truth == world.truth


def test_items_come_in_order_and_the_last_one_at_the_end(items):
    assert len(items) == 3600
    seen = [item.seen_at for item in items]
    assert seen == sorted(seen)
    assert seen[-1] == UNTIL
    assert seen[0] >= UNTIL - timedelta(days=3)


def test_ids_are_unique_and_each_has_its_truth(world, items):
    assert {item.id for item in items} == set(world.truth)
    assert len(world.truth) == len(items)
    assert all(item.id.startswith("demo:") and item.source.startswith("demo:") for item in items)


@pytest.mark.parametrize("per_day", [1, 20, 300])
def test_a_small_world_is_a_world_too(per_day):
    world = World(days=1, per_day=per_day, until=UNTIL)
    assert len(list(world.items())) == per_day == len(world.truth)


def test_an_empty_world_is_refused():
    with pytest.raises(Rejected, match="has no items"):
        World(days=0, until=UNTIL)


def test_a_burst_shows_in_the_counts(world, items):
    for burst in world.bursts:
        seen = [item.seen_at for item in of_story(world, items, burst.story)]
        inside = sum(burst.onset <= at <= burst.end for at in seen)
        span = burst.end - burst.onset
        before = sum(burst.onset - span <= at < burst.onset for at in seen)
        assert inside >= 10
        assert inside >= 3 * before


def test_the_shape_of_a_burst_shows_in_its_halves():
    world = World(days=6, per_day=3000, until=UNTIL)
    early, late = Counter(), Counter()
    middle = {b.story: (b.onset + (b.end - b.onset) / 2, b.shape) for b in world.bursts}
    for item in world.items():
        true = world.truth[item.id]
        if true.burst:
            at, shape = middle[true.story]
            (early if item.seen_at < at else late)[shape] += 1
    assert late["ramp"] > 2 * early["ramp"]
    assert early["spike"] > 2 * late["spike"]
    assert 0.8 < early["step"] / late["step"] < 1.25


def test_at_the_end_stories_are_rising_peaking_and_fading(world, items):
    def last_hours(story, start, stop):
        since, to = UNTIL - timedelta(hours=start), UNTIL - timedelta(hours=stop)
        return [i for i in of_story(world, items, story) if since <= i.seen_at <= to]

    live = [b for b in world.bursts if b.end == UNTIL]
    rising = [b for b in live if len(last_hours(b.story, 1, 0)) > 1.5 * len(last_hours(b.story, 2, 1))]
    assert len([b for b in rising if UNTIL - b.onset <= timedelta(hours=3)]) >= 3
    assert any(len({world.truth[i.id].lang for i in of_story(world, items, b.story)}) >= 5 for b in rising)
    assert any(b.shape == "step" and UNTIL - b.onset > timedelta(hours=3) for b in live)
    assert any(len(last_hours(b.story, 4, 3)) > 3 * len(last_hours(b.story, 1, 0)) for b in live)


def test_some_bursts_are_a_birth_and_some_are_not(world, items):
    first = {}
    for item in items:
        first.setdefault(world.truth[item.id].story, item.seen_at)
    born = {first[burst.story] >= burst.onset for burst in world.bursts}
    assert born == {True, False}


def test_nights_are_quiet(world, items):
    everyday = [i for i in items if not world.truth[i.id].burst and i.seen_at < UNTIL - timedelta(hours=16)]
    hours = Counter(item.seen_at.hour for item in everyday)
    assert sum(hours[h] for h in range(11, 18)) > 1.8 * sum(hours[h] for h in range(7))


def test_it_is_told_in_many_languages_and_scripts(world, items):
    languages = Counter(world.truth[item.id].lang for item in items)
    assert len(languages) >= 8
    assert min(languages.values()) > 50
    letters = {
        unicodedata.name(c).split()[0]
        for i in items
        if not world.truth[i.id].hostile
        for c in i.title
        if c.isalpha()
    }
    assert {"LATIN", "CYRILLIC", "ARABIC", "CJK", "KATAKANA", "HANGUL"} <= letters


def test_a_story_told_in_two_scripts_names_the_same_place(world, items):
    plot = world._plot
    heard = 0
    for story in plot.stories[:5]:
        for item in of_story(world, items, story.id):
            if world.truth[item.id].lang == "ru" and not world.truth[item.id].copy_of:
                names = {forms[1] for forms in story.cast.names.values()}
                heard += any(name in item.text for name in names)
    assert heard > 5


def test_no_slot_or_choice_is_left_open(world, items):
    for item in items:
        if not world.truth[item.id].hostile:
            assert not re.search(r"[{}\[\]<>|]", item.body), item
            assert not re.search(r"[{}\[\]<>]", item.title), item
            assert "  " not in item.title.strip(string.whitespace), item


def test_a_story_is_worded_in_many_ways(world, items):
    for burst in world.bursts:
        told = [i for i in of_story(world, items, burst.story) if not world.truth[i.id].copy_of]
        assert len({item.title for item in told}) > 0.8 * len(told)


def test_a_wire_copy_has_its_originals_words_at_another_outlet(world, items):
    known = {item.id: item for item in items}
    copies = [i for i in items if world.truth[i.id].copy_of and not world.truth[i.id].trouble]
    assert len(copies) > 100
    for copy in copies:
        original = known[world.truth[copy.id].copy_of]
        assert original.body == copy.body != ""
        assert original.source != copy.source
        assert original.seen_at <= copy.seen_at
        assert world.truth[original.id].story == world.truth[copy.id].story


def test_equal_words_within_a_story_mean_a_copy(world, items):
    true = world.truth
    told = [i for i in items if i.body and not true[i.id].copy_of and not true[i.id].altered_from]
    bodies = Counter((true[i.id].story, i.body) for i in told)
    titles = Counter((true[i.id].story, i.title) for i in told if i.title)
    assert sum(bodies.values()) - len(bodies) < 0.02 * len(told)
    assert sum(titles.values()) - len(titles) < 0.01 * len(told)


def test_a_paper_prints_a_wire_text_once(world, items):
    printed = Counter((i.source, world.truth[i.id].copy_of) for i in items if not world.truth[i.id].trouble)
    assert max(count for (_, original), count in printed.items() if original) == 1


def test_stories_of_one_kind_are_about_different_things(world):
    stories = [story for story in world._plot.stories if story.category != "noise"]
    told = [(story.kind, story.cast.names["city"], story.cast.names["firm"]) for story in stories]
    assert len(stories) > 100
    assert len(set(told)) == len(told)


def test_an_edited_headline_keeps_address_and_text(world, items):
    known = {item.id: item for item in items}
    edited = [i for i in items if world.truth[i.id].trouble == "edited"]
    pairs = [(known[world.truth[i.id].copy_of], i) for i in edited]
    assert all(old.url == new.url and old.body == new.body and old.source == new.source for old, new in pairs)
    assert sum(old.title != new.title for old, new in pairs) > 0.8 * len(pairs) > 20


def test_an_altered_copy_differs_in_a_number_and_is_no_duplicate(world, items):
    known = {item.id: item for item in items}
    altered = [i for i in items if world.truth[i.id].altered_from]
    assert len(altered) > 20
    for item in altered:
        original = known[world.truth[item.id].altered_from]
        assert world.truth[item.id].copy_of is None
        assert item.body != original.body
        assert re.sub(r"\d+", "#", item.body) == re.sub(r"\d+", "#", original.body)


def test_template_headlines_are_a_story_each(world, items):
    briefings = [i for i in items if world.truth[i.id].story.startswith("briefing-")]
    titles = Counter(item.title for item in briefings)
    assert max(titles.values()) > 1
    assert len({world.truth[i.id].story for i in briefings}) == len(briefings)


def test_every_trouble_of_real_feeds_is_there(world, items):
    trouble = {kind: [i for i in items if world.truth[i.id].trouble == kind] for kind in TROUBLES}
    assert all(trouble.values())
    assert all(i.published_at is None for i in trouble["undated"])
    assert all(i.published_at > i.seen_at for i in trouble["future"])
    assert all(i.title == "" for i in trouble["untitled"])
    assert all(i.lang not in (world.truth[i.id].lang, UNDETERMINED) for i in trouble["mislabelled"])
    assert all(i.lang == UNDETERMINED for i in trouble["unlabelled"])
    assert all(world.truth[i.id].hostile for i in trouble["hostile"])


def test_hostile_text_brings_markup_bidi_and_control_characters():
    world = World(days=10, until=UNTIL)
    hostile = "".join(item.title for item in world.items() if world.truth[item.id].hostile)
    assert "<script>" in hostile
    assert "\u202e" in hostile
    assert "\x00" in hostile


def test_platforms_count_and_papers_do_not(items):
    counting = {item.source for item in items if item.engagement}
    assert {"demo:tinkerers", "demo:commonroom", "demo:mirante-tv"} <= counting
    assert "demo:lantern-post" not in counting


TROUBLES = ("edited", "altered", "undated", "future", "untitled", "hostile", "mislabelled", "unlabelled")
