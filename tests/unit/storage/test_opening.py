"""Addresses of backends: each wrong one is one clear line that names its setting and shows no password."""

import os
import subprocess
import sys

import pytest

from trend_agent.errors import Misconfigured
from trend_agent.storage.address import parsed
from trend_agent.storage.opening import open_cache, open_objects, open_queue, open_timeseries

SECRET = "se-same"

WITHOUT_A_DRIVER = """
import os, sys
from importlib.abc import MetaPathFinder

gone, setting, address = os.environ["GONE"], os.environ["SETTING"], os.environ["ADDRESS"]

class Gone(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == gone:
            raise ModuleNotFoundError(f"no {name}", name=gone)

sys.meta_path.insert(0, Gone())
from trend_agent.errors import Misconfigured
from trend_agent.storage import opening

try:
    if setting == "TREND_CACHE":
        opening.open_cache(address, setting=setting)
    elif setting == "TREND_QUEUE":
        opening.open_queue(address, setting=setting, database=None)
    else:
        opening.open_objects(address, setting=setting, site="")
except Misconfigured as fault:
    print(fault)
"""


def opened(setting: str, text: str) -> object:
    match setting:
        case "TREND_CACHE":
            return open_cache(text, setting=setting)
        case "TREND_QUEUE":
            return open_queue(text, setting=setting, database=None)  # type: ignore[arg-type]
        case "TREND_TIMESERIES":
            return open_timeseries(text, setting=setting, database=None)  # type: ignore[arg-type]
    return open_objects(text, setting=setting, site="")


@pytest.mark.parametrize("setting", ["TREND_CACHE", "TREND_QUEUE", "TREND_TIMESERIES", "TREND_OBJECTS"])
@pytest.mark.parametrize(
    "text",
    ["", "nothing", "redis", f"mysql://me:{SECRET}@host/db", f"redis://:{SECRET}@host:port/0", "http://",
     f"redis://:{SECRET}@[::1/0", f"redis://:{SECRET}/with#slash@host:1/", "redis://"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_being_shown(setting: str, text: str) -> None:
    with pytest.raises(Misconfigured, match=setting) as told:
        opened(setting, text)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    ("setting", "text", "words"),
    [
        ("TREND_CACHE", "redis://host/zero", "should be a database's number"),
        ("TREND_CACHE", "redis://host/0?timeuot=1", "no option 'timeuot'.*expected timeout"),
        ("TREND_CACHE", "memory:?megabytes=lots", "megabytes should be a number above 0, found 'lots'"),
        ("TREND_CACHE", "memory:?megabytes=-1", "megabytes should be a number above 0"),
        ("TREND_CACHE", "amqp://host/", "should begin with memory: or redis://"),
        ("TREND_QUEUE", "memory:", "should begin with records: or amqp://"),
        ("TREND_QUEUE", "amqp://host/?prefetch=1", "no option 'prefetch'"),
        ("TREND_TIMESERIES", 'influx://host/a"b', "no name for a database"),
        ("TREND_OBJECTS", "folder:", "should be folder:PATH"),
        ("TREND_OBJECTS", "s3:///Upper_Case", "no beginning for the names of buckets"),
        ("TREND_OBJECTS", "s3+https://host/?rejoin=1", "no option 'rejoin'"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(setting: str, text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=f"{setting}.*{words}"):
        opened(setting, text)


def test_an_address_is_shown_without_its_password() -> None:
    address = parsed(f"redis://me:{SECRET}%40@host:1/2?prefix=x", setting="TREND_QUEUE")
    assert address.password == f"{SECRET}@"
    assert str(address) == "redis://host:1/2"
    assert SECRET not in repr(address)


@pytest.mark.parametrize(
    ("driver", "setting", "text", "extra"),
    [
        ("redis", "TREND_CACHE", "redis://host/0", "redis"),
        ("redis", "TREND_QUEUE", "redis://host/0", "redis"),
        ("aiormq", "TREND_QUEUE", "amqp://host/", "rabbitmq"),
        ("aioboto3", "TREND_OBJECTS", "s3:///trend", "s3"),
    ],
)
def test_a_driver_that_is_not_installed_is_a_matter_of_one_command(
    driver: str, setting: str, text: str, extra: str
) -> None:
    environment = {**os.environ, "GONE": driver, "SETTING": setting, "ADDRESS": text}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_DRIVER], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == (
        f"{setting} names {text.split(':', maxsplit=1)[0]}:, for which {driver!r} is not installed: "
        f"pip install 'trend-agent[{extra}]'"
    )


def test_the_defaults_load_no_driver() -> None:
    code = (
        "import sys; from trend_agent.storage.opening import *\n"
        "open_cache('memory:', setting='X'); open_objects('folder:x', setting='X', site='')\n"
        "open_queue('records:', setting='X', database=None)\n"
        "print(sorted({'redis', 'aiormq', 'aioboto3', 'botocore', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
