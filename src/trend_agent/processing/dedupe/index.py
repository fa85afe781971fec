"""Where the texts are found that share a key with another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

DEEPEST = 32
"""Texts under one key. A flood of near copies fills a key; the oldest then gives way."""

PARTS = 64
"""Tables that the keys are spread over by their last bits. A table that grows is copied, which would need the room of
the whole twice over."""

LAST = PARTS - 1

Held = dict[int, int | list[int]]


class Index:
    """Numbers of texts under keys. What a key holds depends only on the order of adding and removing."""

    def __init__(self) -> None:
        self._parts: list[Held] = [{} for _ in range(PARTS)]

    def add(self, number: int, keys: Iterable[int]) -> list[tuple[int, int]]:
        """Hold `number` under the keys; returns the (number, key) pairs that gave way."""
        gone: list[tuple[int, int]] = []
        for key in keys:
            part = self._parts[key & LAST]
            held = part.get(key)
            if held is None:
                part[key] = number
            elif isinstance(held, int):
                part[key] = [held, number]
            else:
                held.append(number)
                if len(held) > DEEPEST:
                    gone.append((held.pop(0), key))
        return gone

    def remove(self, number: int, keys: Iterable[int]) -> None:
        for key in keys:
            part = self._parts[key & LAST]
            held = part[key]
            if isinstance(held, int):
                del part[key]
                continue
            held.remove(number)
            if len(held) == 1:
                part[key] = held[0]

    def sharing(self, keys: Sequence[int], most: int) -> list[int]:
        """The texts that share keys, most shared first, then oldest first."""
        shared: Counter[int] = Counter()
        for key in keys:
            held = self._parts[key & LAST].get(key)
            if isinstance(held, int):
                shared[held] += 1
            elif held:
                shared.update(held)
        if len(shared) < 2:
            return list(shared)
        return sorted(shared, key=lambda number: (-shared[number], number))[:most]
