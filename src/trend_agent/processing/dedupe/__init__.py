"""Dedupe: which items copy another, by address, by text, or nearly."""

from trend_agent.processing.dedupe.deduper import Copy, Deduper, DedupeSettings
from trend_agent.processing.dedupe.stage import Dedupe

__all__ = ["Copy", "Dedupe", "DedupeSettings", "Deduper"]
