"""Which sources there are: the configured ones, and above them what was chosen while the program ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from trend_agent.errors import Missing, Rejected, TrendError
from trend_agent.sources import Source, source
from trend_agent.storage import Choice

Fill = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Puts the values of variables where settings name them as `${NAME}`."""

FEW = 5
"""Names that an error lists at most."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A source of the roster. Without a `source` its settings are wrong, and `fault` says how."""

    key: str
    kind: str
    source: Source | None
    enabled: bool = True
    chosen: bool = False
    fault: str = ""


def joined(configured: Sequence[Source], choices: Sequence[Choice], fill: Fill = dict) -> list[Listed]:
    """The roster. A choice of a configured source changes those settings it names."""
    found = {one.key: Listed(one.key, one.name, one) for one in configured}
    for choice in choices:
        found[choice.source] = _chosen(choice, found.get(choice.source), fill)
    return list(found.values())


def pick(roster: Sequence[Listed], name: str) -> Listed:
    """The source of this key, or a feed by its address, or the only one whose items bear this name. `Missing` where
    there is none."""
    labelled = [one for one in roster if one.source and one.source.label == name]
    named = [one for one in roster if one.key in (name, f"rss:{name}", f"rss:https://{name}")]
    found = named or (labelled if len(labelled) == 1 else [])
    if not found:
        raise Missing(f"no source called {name!r}; {_others(sorted(one.key for one in roster), name)}")
    return found[0]


def _others(keys: Sequence[str], name: str) -> str:
    if len(keys) <= FEW:
        return f"there are {', '.join(keys)}"
    near = [key for key in keys if name in key] or get_close_matches(name, keys, FEW, 0.4)
    return f"near it are {', '.join(near[:FEW])}" if near else "`trend sources` lists them"


def visited(roster: Sequence[Listed]) -> list[Source]:
    """Those that are to be visited."""
    return [one.source for one in roster if one.enabled and one.source]


def _chosen(choice: Choice, under: Listed | None, fill: Fill) -> Listed:
    told = partial(Listed, choice.source, choice.kind, enabled=choice.enabled, chosen=True)
    try:
        given = _given(under.source) if under and under.source and under.kind == choice.kind else {}
        return told(source(choice.kind, **given | fill(choice.settings)))
    except TrendError as fault:  # a wheel that is gone, or a variable: the others are collected all the same
        return told(None, fault=str(fault))


def _given(configured: Source) -> dict[str, Any]:
    return {name: getattr(configured, name) for name in configured.model_fields_set}


def added(kind: str, settings: Mapping[str, Any], fill: Fill = dict) -> Choice:
    """The choice of a new source. `Missing` or `Misconfigured` where there can be none of these settings."""
    return Choice(source(kind, **fill(settings)).key, kind, dict(settings))


def changed(
    listed: Listed,
    before: Choice | None,
    *,
    settings: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    fill: Fill = dict,
) -> Choice:
    """The choice that changes a source of the roster. Rejected where it would be another source by that."""
    kept = {**(before.settings if before else {}), **(settings or {})}
    choice = Choice(listed.key, listed.kind, kept, listed.enabled if enabled is None else enabled)
    if settings:
        under = Listed(listed.key, listed.kind, listed.source)
        made = _chosen(choice, under, fill)
        if made.source is None:
            raise Rejected(made.fault)
        if made.source.key != listed.key:
            raise Rejected(
                f"with these settings {listed.key!r} would be {made.source.key!r}: add that one instead"
            )
    return choice
