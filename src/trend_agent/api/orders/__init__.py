"""Orders: what a process that does not own the records has the owner do.

The order and its answer are a row of the records, which whoever ordered looks at; the queue only says that there is
one. So a message may be lost or come twice: what waits is carried out when an owner begins, and the answer is written
in the transaction of what was done.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable
from trend_agent.items import Correction
from trend_agent.processing.saying import Asked
from trend_agent.storage.orders import Order

QUEUE = "orders"
"""The queue in which the ids of orders lie."""

asked: TypeAdapter[Asked] = TypeAdapter(Asked)
names: TypeAdapter[list[str]] = TypeAdapter(list[str])
correction: TypeAdapter[Correction] = TypeAdapter(Correction)
"""What is said with the orders `correct` and `collect`, and what answers the first; the number of a run answers the
other."""

FAULTS = {kind.__name__: kind for kind in (Conflict, Denied, Misconfigured, Missing, Rejected, Unavailable)}


def answer_of(order: Order) -> Any:
    """The answer of an order that has ended; raises what it was refused by."""
    if order.state == "done":
        return order.answer
    raise FAULTS.get(order.fault, TrendError)(order.words)
