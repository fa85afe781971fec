"""Something heavy that is loaded when first needed, once, however many threads ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Called, gives what `load` returned the first time. A load that failed is tried again."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = RLock()
        self._loaded: list[T] = []

    def __call__(self) -> T:
        if not self._loaded:
            with self._lock:
                if not self._loaded:
                    self._loaded.append(self._load())
        return self._loaded[0]
