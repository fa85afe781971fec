"""Ranking: how much, how fast, how surprising, how broad and how loud each topic is, and what makes a varied list."""

from trend_agent.processing.rank.ranker import Ranker, Standing
from trend_agent.processing.rank.settings import RankSettings

__all__ = ["RankSettings", "Ranker", "Standing"]
