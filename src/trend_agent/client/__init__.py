"""A client of the REST interface, for programs of whoever reads trends: `Client`, and `AsyncClient` beside it.

Both ask the operations of `operations.py` and hold the conversation of `exchange.py`; they differ in how they wait.
What goes wrong is raised as the classes of `trend_agent.errors`.
"""

from trend_agent.client.answers import Event, Page
from trend_agent.client.blocking import Client
from trend_agent.client.waiting import AsyncClient

__all__ = ["AsyncClient", "Client", "Event", "Page"]
