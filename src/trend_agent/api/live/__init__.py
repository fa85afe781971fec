"""What happens, as it happens: one watcher of the records, and any number of listeners who are told what changed."""

from trend_agent.api.live.changes import Changes, Picture, changes
from trend_agent.api.live.watch import AtLive, Listener, Live, Moved

__all__ = ["AtLive", "Changes", "Listener", "Live", "Moved", "Picture", "changes"]
