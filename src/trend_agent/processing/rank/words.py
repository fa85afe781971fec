"""A receipt in words: what each term was computed from, how sure the rise is, and what would change a place."""

from __future__ import annotations

from collections.abc import Mapping

from trend_agent.items import Term, Trend
from trend_agent.processing.rank.change import Change


def would(change: Change | None, other: Trend, way: str, trend: Trend) -> str:
    """What would bring a trend above or below its neighbour, with the items by id."""
    neighbour = f"“{other.headline.text}”"
    if change is None:
        return f"No change of a few items would bring it {way} {neighbour}."
    number = len(change.items)
    whose = "its" if (change.kind == "missing") == (change.upper == trend.topic) else "the other's"
    what = f"{number} of {whose} items" if number > 1 else f"one of {whose} items"
    happened = "were missing" if change.kind == "missing" else "had been told once more by somebody else"
    if number == 1 and change.kind == "missing":
        happened = "was missing"
    return f"It would stand {way} {neighbour} if {what} {happened}: {', '.join(change.items)}"


def in_words(term: Term) -> str:
    """What a term was computed from, as a sentence; one that is not known by name, or lacks an input as that of an
    older list may, lists its inputs instead."""
    try:
        return _words(term)
    except (KeyError, TypeError, ValueError):
        return _inputs(term.inputs)


def _inputs(inputs: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in inputs.items())


def _words(term: Term) -> str:
    i: Mapping[str, float] = term.inputs
    match term.name:
        case "volume":
            crowd = "posts of newcomers without known accounts beside them weigh less than one together"
            concert = f"; {i['in_concert']:g} {crowd}" if i.get("in_concert") else ""
            return f"{i['weighted_items']:.1f} independent items, recent ones counting more{concert}"
        case "rise":
            return f"{i['per_hour_now']:.2f} items an hour now, {i['per_hour_before']:.2f} before"
        case "acceleration":
            return f"{i['late']:.1f} items in the last {i['hours']:g} h, {i['early']:.1f} in those before"
        case "surprise" if "observed" in i and i["observed"] <= i["expected"]:
            return "no more items than usual lately"
        case "surprise" if "observed" in i:
            return (
                f"{i['observed']:.1f} items in {i['hours']:g} h where {i['expected']:.2f} were to be expected"
            )
        case "surprise":
            return "no dated item lately, so nothing to be surprised by"
        case "breadth":
            return f"worth {i['effective_sources']:.1f} independent sources"
        case "engagement":
            share = i["percentile_in_source"]
            return (
                f"its loudest item is above {share:.0%} of its source's"
                if share
                else "no source tells of any"
            )
        case "mix":
            return (
                f"{i['above']} of {i['category']} above it; {i['wanted_share']:.0%} of the page would be fair"
            )
        case "category":
            return f"{i['above']} of {i['category']} above it, more than their share"
        case "similarity":
            return f"shares {i['shared_words']:.0%} of its words with topic {i['beside']} above it"
        case "balance":
            return f"{i['led_by']} leads {i['lists_before']} trends above it"
        case _:
            return _inputs(i)


def likely(trend: Trend) -> str:
    """How likely it goes on, and what says so."""
    inputs = next((term.inputs for term in trend.receipt.terms if term.name == "rise"), {})
    if "likely_more" not in inputs:
        return "How likely it was to go on was not written down."
    return (
        f"The next six hours bring more than the last six with a probability of {inputs['likely_more']:.0%}, "
        f"as {inputs['past_rises']:.0f} past rises of this stream teach."
    )


def confidence(trend: Trend) -> str:
    """How often chance brings as much, and whether it passed the dial."""
    inputs = next((term.inputs for term in trend.receipt.terms if term.name == "surprise"), {})
    if not trend.alarm and inputs.get("observed", 0.0) <= inputs.get("expected", 0.0):
        return "It brings no more than usual lately, and has not passed the dial."
    often = inputs.get("chance_a_day")
    if often is None:
        return "How often chance does as much was not written down."
    number = f"{often:.0f}" if often >= 10 else f"{often:.2g}"
    chance = f"By chance {number} rises a day are as surprising as this one."
    if trend.alarm:
        return f"{chance} It passed the dial at {trend.alarm:%Y-%m-%d %H:%M} UTC."
    return f"{chance} It has not passed the dial."
