"""A made-up world of news, generated from a seed: for `trend demo`, and for tests that must know the truth.

No place, person, company or outlet in it exists. What is written is in `texts/`, one file per language; what
happens and when is in `plot.py`; how it is worded in `wording.py`; what goes wrong in `trouble.py`.
"""

from trend_agent.sources.demo.world import Burst, Truth, World

__all__ = ["Burst", "Truth", "World"]
