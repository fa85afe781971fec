"""What the topics are measured beside: each item joins the likest topic of the last three days, or begins one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from trend_agent.items import Item

WINDOW = timedelta(days=3)
LATEST = 2500
"""Items to compare with in a stream without times."""
THRESHOLD = 0.3


def single_pass(items: Sequence[Item]) -> dict[str, str]:
    """Character 3- and 4-grams, TF-IDF over the whole stream (which favours the rival), nearest item, cut .3."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True).fit_transform(
        [item.title for item in items]
    )
    topics: list[str] = []
    first = 0
    for at, item in enumerate(items):
        while items[first].seen_at < item.seen_at - WINDOW or at - first > LATEST:
            first += 1
        topic = item.id
        if at > first:
            alike = np.asarray((rows[first:at] @ rows[at].T).todense()).ravel()
            nearest = int(np.argmax(alike))
            if alike[nearest] >= THRESHOLD:
                topic = topics[first + nearest]
        topics.append(topic)
    return {item.id: topic for item, topic in zip(items, topics, strict=True)}
