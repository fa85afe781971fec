"""Detect language: what the text says of itself, with what its source declared as a hint."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from trend_agent.items import UNDETERMINED, Fate, Verdict
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
        declared = [item.lang if item.lang != UNDETERMINED else None for item in batch.items]
        settled = {a.item.id: a.verdict for a in batch.arrivals if a.verdict}
        languages = self.detector.detect_all([item.text for item in batch.items], priors=declared)
        found = []
        for item, language in zip(batch.items, languages, strict=True):
            if self._filtered(language.lang, settled.get(item.id)):
                reason = "language not wanted"
                batch.fates[item.id] = Fate(item.id, "filtered", item.seen_at, reason, detail=language.lang)
            else:
                found.append(replace(item, lang=language.lang))
        batch.items = found

    def _filtered(self, lang: str, settled: Verdict | None) -> bool:
        """What was settled stays so, whatever is wanted by now."""
        if settled:
            return settled == "filtered"
        return bool(self.wanted) and lang not in self.wanted | {UNDETERMINED}
