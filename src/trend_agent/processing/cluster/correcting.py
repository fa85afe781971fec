"""A correction takes effect in the memory: what it moved in the records moves here, and what it demands is so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from trend_agent.items import Correction, Lineage, Membership, digest, topic_id
from trend_agent.processing.cluster.identity import Clustered
from trend_agent.processing.cluster.live import Group, Past
from trend_agent.processing.cluster.settled import Fold, folded

if TYPE_CHECKING:
    from trend_agent.processing.cluster.clusterer import Clusterer

NEXT_TO_NOTHING = 1e-6
"""What a settled item counts for whose words are not known: it is in a topic and has no part in its mean."""


def correct(one: Clusterer, correction: Correction) -> Clustered:
    """Obey from now on. The records know the moves that the correction itself made; what is returned are those that
    are needed beyond, where topics are not what they were when it was said."""
    made = Clustered()
    one.anchors.rules.add(correction)
    one.anchors.live = {entry.id: entry for entry in one.live if entry.id in one.anchors.rules}
    _follow(one, correction)
    one.resting.forget(correction.emptied)
    for topic in correction.emptied:
        _fold(one, topic, correction)
    _find(one, correction)
    _emptied(one)
    target = _enforce(one, correction, made)
    made.lineage.extend(Lineage(gone.id, "merged", correction.at, target) for gone in _emptied(one))
    one.index_fresh_pages()
    return made


def living(one: Clusterer, topic: str) -> Group | None:
    return next((group for group in one.groups.values() if group.id == topic), None)


def wake(one: Clusterer, topic: str, at: float) -> Group:
    """The topic of an id, which lives from an hour of the stream on if it did not, with its named items."""
    group = living(one, topic)
    if group is None:
        group = Group(topic, one.next_group, last_at=at, last_step=one.step)
        one.groups[group.number] = group
        one.next_group += 1
        one.resting.forget([topic])
    one.anchors.woken(topic, group.number)
    hold(one, at)
    return group


def hold(one: Clusterer, at: float) -> None:
    """Every topic that a named item is settled in has a past, if one of nothing, which no index needs."""
    for number in one.anchors.settled.values():
        group = one.groups[number]
        if group.past is None:
            nothing = np.zeros(0, np.int32), np.zeros(0, np.float32)
            group.past = Past(*nothing, size=NEXT_TO_NOTHING, own=0.0, at=at)
            one.settled.pasts[number] = group.past


def _follow(one: Clusterer, correction: Correction) -> None:
    """Move what the correction moved: items of the window, and those that are named."""
    if not correction.moved:
        return
    live = {entry.id: entry for entry in one.live}
    for item, left, came in correction.moved:
        entry = live.get(item)
        if entry:
            if one.groups[entry.group].id == left:
                entry.group = wake(one, came, one.hour).number
        elif item in one.anchors.rules and _place(one, item) in (left, None):
            moves = living(one, left) or living(one, came)
            one.anchors.put(item, wake(one, came, one.hour).number if moves else came)
    hold(one, one.hour)


def _fold(one: Clusterer, topic: str, correction: Correction) -> None:
    """A topic lost all to another: what is left of its settled items goes there."""
    gone = living(one, topic)
    came = next((came for _, left, came in correction.moved if left == topic), None)
    if gone is None or came is None:
        return
    heir = wake(one, came, one.hour)
    del one.groups[gone.number]
    for entry in one.live:
        if entry.group == gone.number:
            entry.group = heir.number
    one.anchors.renewed((), {gone.number: heir.number})
    heir.addresses += gone.addresses
    one.pages.update(dict.fromkeys(gone.addresses, heir.number))
    pasts = [past for past in (heir.past, gone.past) if past]
    if gone.past:
        fold = Fold(heir.number, pasts)
        (heir.past,) = folded([fold], one.window.vectors, one.window.times, most=one.settings.kept_items)
        one.settled.put([(heir.number, heir.past)], gone=[gone.number])
        one.window.look_again(one.settled, [heir.number], [gone.number])


def _find(one: Clusterer, correction: Correction) -> None:
    """Note where items are that are named for the first time, and forget those that are named no more."""
    anchors = one.anchors
    for item, topic in correction.places.items():
        if item in anchors.rules and _place(one, item) is None:
            group = living(one, topic)
            anchors.put(item, group.number if group else topic)
    anchors.settled = {item: number for item, number in anchors.settled.items() if item in anchors.rules}
    anchors.resting = {item: topic for item, topic in anchors.resting.items() if item in anchors.rules}
    hold(one, one.hour)


def _place(one: Clusterer, item: str) -> str | None:
    """The topic that a named item is in, as far as it is known."""
    number = one.anchors.number(item)
    return one.anchors.resting.get(item) if number is None else one.groups[number].id


def _enforce(one: Clusterer, correction: Correction, made: Clustered) -> str | None:
    """Where the named items are not as demanded, bring those that must be together to where most of them are, or to a
    topic of their own; returns that topic."""
    if correction.kind == "undo":
        return None
    rules = one.anchors.rules
    places = {item: topic for item in rules.mates(correction.together[0]) if (topic := _place(one, item))}
    barred = {_place(one, item) for item in rules.strangers(correction.together[0])}
    shares = Counter(topic for topic in places.values() if topic not in barred)
    if len(shares) < 2 and shares.total() == len(places):
        return None
    lives = {topic: group.number for topic in places.values() if (group := living(one, topic))}
    allowed = [topic for topic in shares if topic in lives or not lives]
    if allowed:
        target = min(allowed, key=lambda topic: (-shares[topic], lives.get(topic, 0), topic))
    else:
        target = _founded(one, correction, places, made)
    for item, topic in places.items():
        if topic != target:
            _move(one, item, target)
            made.memberships.append(Membership(item, target, correction.at))
    hold(one, one.hour)
    return target


def _founded(one: Clusterer, correction: Correction, places: dict[str, str], made: Clustered) -> str:
    """A topic of their own for items that are held apart from all that is where they are."""
    first, left = next(iter(places.items()))
    known = correction.topic in one.anchors.resting.values() or living(one, correction.topic)
    own = topic_id(digest(first, correction.at.isoformat(), str(correction.id)))
    topic = own if known or not correction.topic else correction.topic
    made.lineage.append(Lineage(topic, "split", correction.at, left))
    wake(one, topic, one.hour)
    return topic


def _move(one: Clusterer, item: str, topic: str) -> None:
    group, entry = living(one, topic), one.anchors.live.get(item)
    if entry:
        entry.group = wake(one, topic, one.hour).number
    else:
        one.anchors.put(item, group.number if group else topic)


def _emptied(one: Clusterer) -> list[Group]:
    """Count the items of the window in each topic anew; the topics that have lost all are no more."""
    fresh = Counter(entry.group for entry in one.live)
    for entry in one.live:
        group = one.groups[entry.group]
        group.last_at, group.last_step = max(group.last_at, entry.at), max(group.last_step, entry.step)
    for group in one.groups.values():
        group.fresh = fresh[group.number]
    gone = [group for group in one.groups.values() if not group.fresh and group.past is None]
    for group in gone:
        del one.groups[group.number]
    return gone
