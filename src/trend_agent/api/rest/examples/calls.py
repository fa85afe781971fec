"""An example of calls."""

from __future__ import annotations

from datetime import timedelta

from trend_agent.api.rest.answers import CallPage, CallTold
from trend_agent.api.rest.examples.world import AT, ID, as_json
from trend_agent.items import Outcome

_MADE = AT - timedelta(hours=7)
CALL_PAGE = as_json(
    CallPage(
        [
            CallTold(
                ID,
                "Otters return to the harbour",
                _MADE,
                2,
                0.62,
                4,
                Outcome(
                    ID, _MADE, _MADE + timedelta(hours=6), held=True, after=11, sources=3, lead_hours=2.5
                ),
            )
        ],
        None,
        AT,
    )
)
