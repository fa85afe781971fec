"""Work that can be carried: plain functions of JSON to JSON, done in this process or handed to workers elsewhere.

A job reads and answers; it never writes to the records. Their owner makes true what it answers, in a transaction of
its own. So a job may be done twice, by whomever, and the outcome is the same; what leaves the house on the way
(`deliver`) carries ids that follow from what it is.
"""

from trend_agent.jobs.carrier import Carrier
from trend_agent.jobs.doing import JOBS, do
from trend_agent.jobs.faults import GivenUp
from trend_agent.jobs.here import Here
from trend_agent.jobs.tools import Tools

__all__ = ["JOBS", "Carrier", "GivenUp", "Here", "Tools", "do"]
