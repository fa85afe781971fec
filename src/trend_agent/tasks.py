"""Workers: `celery -A trend_agent.tasks worker`. Its settings are those of everything else, `TREND_…`.

There is no beat: what is to be done when is decided by the owner of the records, and workers do what they are handed.
"""

from __future__ import annotations

import sys

from trend_agent.app import make_workers, open_board
from trend_agent.errors import Misconfigured
from trend_agent.observability.log import configure
from trend_agent.settings import load

try:
    _settings = load()
    configure(_settings.log_level, form=_settings.log_form)
    app = make_workers(_settings)
    open_board(_settings)
except Misconfigured as fault:
    print(f"trend: {fault}", file=sys.stderr)  # noqa: T201  # as every command of ours says it
    sys.exit(2)
