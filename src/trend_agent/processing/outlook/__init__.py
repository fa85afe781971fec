"""Will it reach the top? A list's own past, walked forward, says how likely."""

from trend_agent.processing.outlook.lists import Listed, Snapshot, Title
from trend_agent.processing.outlook.walk import Outlook, OutlookSettings, Prospect

__all__ = ["Listed", "Outlook", "OutlookSettings", "Prospect", "Snapshot", "Title"]
