"""Detect language: what the text says of itself, with what its source declared as a hint."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from trend_agent.items import UNDETERMINED, Fate
from trend_agent.processing.batch import Batch
from trend_agent.text.language import LanguageDetector


class DetectLanguage:
    """Gives each item its language; filters those not `wanted`, where any are named.

    What cannot be told (`und`) is never filtered: a reader would rather see it than miss it.
    """

    name = "language"

    def __init__(self, detector: LanguageDetector | None = None, *, wanted: Collection[str] = ()) -> None:
        self.detector = detector or LanguageDetector()
        self.wanted = frozenset(wanted)

    def __call__(self, batch: Batch) -> None:
        found = []
        for item in batch.items:
            declared = item.lang if item.lang != UNDETERMINED else None
            lang = self.detector.detect(item.text[:1000], prior=declared).lang
            if self.wanted and lang not in self.wanted and lang != UNDETERMINED:
                batch.fates[item.id] = Fate(item.id, "filtered", item.seen_at, f"language {lang} not wanted")
            else:
                found.append(replace(item, lang=lang))
        batch.items = found
