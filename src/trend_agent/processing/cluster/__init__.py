"""Topics out of a stream of items: what is about the same thing, across sources and languages."""

from trend_agent.processing.cluster.clusterer import Clusterer
from trend_agent.processing.cluster.identity import Clustered
from trend_agent.processing.cluster.settings import ClusterSettings

__all__ = ["ClusterSettings", "Clustered", "Clusterer"]
