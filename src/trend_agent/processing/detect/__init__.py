"""Burst detection: how surprising a series' recent counts are, and when that is worth an alarm."""

from trend_agent.processing.detect.alarms import Alarm, Detector, Rises
from trend_agent.processing.detect.dial import Dial
from trend_agent.processing.detect.history import rise_of, surprise_of
from trend_agent.processing.detect.own import OwnDetector, OwnScale
from trend_agent.processing.detect.rise import Rise
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.surprise import SurpriseModel
from trend_agent.processing.detect.tide import Tide

__all__ = [
    "Alarm",
    "DetectSettings",
    "Detector",
    "Dial",
    "OwnDetector",
    "OwnScale",
    "Rise",
    "Rises",
    "SurpriseModel",
    "Tide",
    "rise_of",
    "surprise_of",
]
