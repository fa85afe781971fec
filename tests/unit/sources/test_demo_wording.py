"""Every template can be said, and says what its story is about."""

import re
from random import Random

import pytest

from trend_agent.sources.demo.cast import cast, joined, kinds, names
from trend_agent.sources.demo.plot import outlets
from trend_agent.sources.demo.wording import Fact, agreed, compiled, filled, particle, slots, voice

LANGUAGES = sorted({outlet.lang for outlet in outlets()})


def test_a_choice_picks_each_of_its_options():
    template = compiled("[Fire|Blaze] in {city}")
    said = {filled(template, {"city": "Velmora"}, Random(k)) for k in range(20)}
    assert said == {"Fire in Velmora", "Blaze in Velmora"}


def test_a_story_does_not_have_a_fact_both_ways():
    template = compiled("[=rail|port|bus] strike")
    for turn, said in enumerate(("rail strike", "port strike", "bus strike", "rail strike")):
        assert {filled(template, {}, Random(k), turn=turn) for k in range(9)} == {said}


def facts(parts):
    return {len(part) for rows in parts.values() for row in rows for part in row if isinstance(part, Fact)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_facts_have_as_many_options_as_in_english(lang):
    for kind, parts in voice(lang).kinds.items():
        assert facts(parts) <= facts(voice("en").kinds[kind]), kind


@pytest.mark.parametrize(("syllable", "said"), [("라", "는"), ("린", "은"), ("7", "는")])
def test_a_korean_particle_follows_the_sound_before_it(syllable, said):
    assert particle(syllable, "은", "는") == said


def test_korean_ro_follows_l_as_it_follows_a_vowel():
    assert [particle(s, "으로", "로") for s in "길산소"] == ["로", "으로", "로"]


def test_agreement_follows_the_person():
    assert agreed("подал</а> в отставку", "ru", woman=True) == "подала в отставку"
    assert agreed("подал</а> в отставку", "ru", woman=False) == "подал в отставку"


def test_names_are_complete_in_all_six_scripts():
    for rows in names().values():
        assert all(len(row) == 6 and all(row) for row in rows)
    assert joined(("Velmo", "Велмо"), ("ra", "ра")) == ("Velmora", "Велмора")


def test_no_two_names_of_a_story_are_the_same():
    for seed in range(50):
        called = [forms[0] for forms in cast(Random(seed), "fire").names.values()]
        assert len(set(called)) == len(called)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language_can_tell_every_kind_in_every_phase(lang):
    speaker, rng = voice(lang), Random(7)
    assert set(speaker.kinds) >= set(kinds()) - {"project"}
    for kind, facts in ((kind, kinds()[kind]) for kind in speaker.kinds):
        story = cast(rng, kind)
        own = {forms for name in story.names.values() for forms in name}
        for phase in range(4):
            titles = {speaker.title(kind, story, phase, rng) for _ in range(40)}
            assert len(titles) >= 2
            if facts["category"] != "noise":
                assert all(any(name in title for name in own) for title in titles), (lang, kind, titles)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_body_begins_with_a_number(lang):
    speaker, rng = voice(lang), Random(7)
    for kind in speaker.kinds:
        for _ in range(10):
            body = speaker.body(kind, cast(rng, kind), 0, rng, sentences=2)
            assert re.search(r"\d", body), (lang, kind, body)


def test_counts_never_end_in_a_digit_that_needs_another_plural():
    for seed in range(40):
        story = cast(Random(seed), "storm")
        assert all(
            int(re.sub(r"\D", "", slots("ru", story, phase)["n"])) % 10 not in (1, 2, 3, 4)
            for phase in range(4)
        )


def test_a_count_grows_while_the_story_unfolds():
    story = cast(Random(3), "fire")
    counts = [int(slots("en", story, phase)["n"]) for phase in range(4)]
    assert counts == sorted(counts)
    assert counts[0] < counts[3]
