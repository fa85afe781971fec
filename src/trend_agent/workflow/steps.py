"""The steps over the real pipeline, and the one that waits for a person. `chores.py` are what they have done."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from pydantic import Field

from trend_agent.errors import Rejected
from trend_agent.workflow.step import LONGEST, Work, WorkflowStep

MOST = 20_000
"""Items that one round takes: what a process holds in memory between two stages, and repeats after a kill."""


class CollectDataStep(WorkflowStep, kind="collect"):
    """Visits sources and takes what they have into the log. Gives counts, and what ails sources."""

    gives: ClassVar[tuple[str, ...]] = ("collected",)

    sources: tuple[str, ...] = Field(
        default=(), description="their names or addresses of feeds; all where none is named"
    )
    share: tuple[int, int] = Field(
        default=(0, 1), description="[n, of]: every `of`th source of all, from the nth on"
    )
    due: bool = Field(default=True, description="leave out those whose time to be visited has not come")

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if not 0 <= self.share[0] < self.share[1]:
            raise Rejected(f"`share` is [n, of] with 0 <= n < of, found {list(self.share)}")

    async def run(self, work: Work) -> Any:
        arguments = {"sources": list(self.sources), "share": list(self.share), "due": self.due}
        return {"collected": await work.crew.do("collect", arguments, key=work.key)}


class _Stage(WorkflowStep):
    """Sends what waits through stages of the pipeline. It gives the span of the log it took; the steps behind it
    take the same. Until the last of them the span lives in memory, and after a kill it goes through again."""

    gives: ClassVar[tuple[str, ...]] = ("span",)
    chore: ClassVar[str]

    most: int = Field(default=MOST, ge=1, le=1_000_000, description="items of one round")

    async def run(self, work: Work) -> Any:
        arguments = {"execution": work.execution, "most": self.most, "span": work.find("span")}
        return await work.crew.do(self.chore, arguments, key=work.key)


class DetectLanguageStep(_Stage, kind="detect_language"):
    """Cleans texts and tells their languages."""

    chore = "detect_language"


class DeduplicateStep(_Stage, kind="deduplicate"):
    """Finds copies."""

    chore = "deduplicate"


class ClusterItemsStep(_Stage, kind="cluster"):
    """Finds or founds the topics, and makes each batch true in one transaction: fates, items, memberships."""

    gives: ClassVar[tuple[str, ...]] = ("span", "waiting")
    chore = "cluster"


class RankTopicsStep(WorkflowStep, kind="rank"):
    """Measures topics at the newest moment. Gives the moment and how many there are: the rest follows from it."""

    gives: ClassVar[tuple[str, ...]] = ("at", "limit")

    limit: int = Field(default=100, ge=1, le=1000, description="how many trends")

    async def run(self, work: Work) -> Any:
        return await work.crew.do("rank", {"limit": self.limit}, key=work.key)


class GenerateSummariesStep(WorkflowStep, kind="summarise"):
    """Puts the ranked topics into their items' own words."""

    takes: ClassVar[tuple[str, ...]] = ("at", "limit")
    gives: ClassVar[tuple[str, ...]] = ("headlines",)

    async def run(self, work: Work) -> Any:
        return await work.crew.do("summarise", _list(work), key=work.key)


class PersistTrendsStep(WorkflowStep, kind="persist"):
    """Makes the list the current one, and keeps the score of calls."""

    takes: ClassVar[tuple[str, ...]] = ("at", "limit")
    gives: ClassVar[tuple[str, ...]] = ("trends",)

    async def run(self, work: Work) -> Any:
        return await work.crew.do("persist", _list(work), key=work.key)


def _list(work: Work) -> dict[str, Any]:
    return {"at": work.find("at"), "limit": work.find("limit")}


BETWEEN_LOOKS = 0.3
"""Seconds between two looks for a decision, which may be made in any process."""


class ApprovalStep(WorkflowStep, kind="approval"):
    """Waits until a person decides. A no ends the execution."""

    question: str = Field(default="go on?", max_length=1000, description="what is asked")
    timeout: float | None = Field(
        default=None, gt=0, le=LONGEST, description="seconds to wait for the decision; null: for ever"
    )

    async def run(self, work: Work) -> Any:
        while not (found := await work.decision() if work.decision else None):  # noqa: ASYNC110
            await asyncio.sleep(BETWEEN_LOOKS)
        if not found["yes"]:
            raise Rejected(
                f"{found['by'] or 'somebody'} said no{': ' if found['note'] else ''}{found['note']}"
            )
        return found
