"""How a source becomes known: by being declared in a module, ours or a stranger's."""

from types import ModuleType

import pytest
from pydantic import Field, ValidationError

from trend_agent.errors import Missing
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


def test_a_source_is_its_own_cursor_and_label_unless_it_says_otherwise():
    lamps = Lamps(brightness=7)
    assert (lamps.key, lamps.label) == ("lamps", "lamps")
    assert lamps.cursor(seen=7).source == "lamps"
    assert lamps.cursor(seen=7).value == {"seen": 7}


def test_settings_do_not_change_under_way():
    with pytest.raises(ValidationError):
        Lamps().brightness = 5
