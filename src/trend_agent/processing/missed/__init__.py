"""What the sources did not see: an estimate from how they overlap, as animals are counted in the wild."""

from trend_agent.processing.missed.estimate import Estimate, estimate
from trend_agent.processing.missed.languages import Missed, missed

__all__ = ["Estimate", "Missed", "estimate", "missed"]
