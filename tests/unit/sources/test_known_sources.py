"""How a source becomes known: by being declared in a module, ours or a stranger's."""

from types import ModuleType

import pytest
from pydantic import Field, ValidationError

from trend_agent.errors import Misconfigured, Missing
from trend_agent.sources import Source, declared, known, source


class Lamps(Source, name="lamps"):
    brightness: int = Field(3, ge=0, description="how bright")

    async def collect(self, http, since):
        yield self.cursor(seen=self.brightness)


def module(**things):
    made = ModuleType(__name__)
    vars(made).update(things)
    return made


def test_ours_are_found_without_a_list():
    assert {"rss", "hackernews"} <= set(known())


def test_a_module_declares_the_classes_written_in_it():
    assert declared(module(Lamps=Lamps, Source=Source, other=3)) == [Lamps]
    assert declared(module(Borrowed=known()["rss"])) == []


def test_an_entry_point_may_name_the_class_itself():
    assert declared(Lamps) == [Lamps]


def test_a_name_nobody_has_lists_those_there_are():
    with pytest.raises(Missing, match=r"no source called 'nope'; there are .*hackernews.*rss"):
        source("nope")


@pytest.mark.parametrize("settings", [{"brightness": -1}, {"colour": "red"}, {"interval": 1}])
def test_settings_are_checked(settings):
    with pytest.raises(ValidationError):
        Lamps(**settings)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (
            "youtube",
            {"channel": "somebody"},
            "channel: should be the id of a channel, `UC…`, to read instead, such as 'UC_x5XG1OV2P6uZZ5FSM9Ttw',"
            " found 'somebody'",
        ),
        ("youtube", {"quota": 0}, "quota: should be 1 or more, found '0'"),
        ("rss", {}, "url: must be given: address of the feed"),
        ("rss", {"url": "x"}, "url: should have at least 8 characters, found 'x'"),
        ("hackernews", {"feed": "old"}, "feed: should be 'top', 'new' or 'best', found 'old'"),
        ("hackernews", {"interval": "1h"}, "interval: should be a number, found '1h'"),
        ("hackernews", {"colour": 1}, "colour: no such setting; there are feed,"),
        ("twitter", {"bearer_token": ["k3y"]}, "bearer_token: "),
    ],
)
def test_what_is_wrong_with_settings_is_told_in_words(kind, settings, words):
    with pytest.raises(Misconfigured) as fault:
        source(kind, **settings)
    assert words in str(fault.value)
    assert "pattern" not in str(fault.value)
    assert "k3y" not in str(fault.value)


def test_a_source_is_its_own_cursor_and_label_unless_it_says_otherwise():
    lamps = Lamps(brightness=7)
    assert (lamps.key, lamps.label) == ("lamps", "lamps")
    assert lamps.cursor(seen=7).source == "lamps"
    assert lamps.cursor(seen=7).value == {"seen": 7}


def test_settings_do_not_change_under_way():
    with pytest.raises(ValidationError):
        Lamps().brightness = 5
