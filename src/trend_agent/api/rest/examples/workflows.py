"""Examples of workflows and their executions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi.openapi.models import Example

from trend_agent.api.executions import Execution, ExecutionStep, Parameter, StepKind, Template
from trend_agent.api.rest.answers import ExecutionPage, TemplatePage
from trend_agent.api.rest.examples.world import AT, as_json

_RANK: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
_KIND = StepKind(
    "rank",
    "Measures topics at the newest moment.",
    [],
    ["at", "limit"],
    {"type": "object", "properties": {"limit": _RANK}},
)
_TEMPLATE = Template(
    "refresh",
    "Measure, word and publish what is settled already.",
    [Parameter("top_n_trends", 100, _RANK)],
    ["rank", "summarise", "persist"],
)
_SECOND = timedelta(seconds=1)
_RANKED = ExecutionStep(
    1,
    "rank",
    "rank",
    1,
    "done",
    1.0,
    attempts=1,
    began=AT,
    ended=AT + _SECOND,
    seconds=1.0,
    result={"at": "2026-03-01T11:59:12+00:00", "limit": 100, "topics": 87},
)
_WORDED = ExecutionStep(2, "summarise", "summarise", 1, "running", 0.0, needs=["rank"], began=AT + _SECOND)
_LAST = ExecutionStep(3, "persist", "persist", 1, "waiting", 0.0, needs=["summarise"])
_ID = "refresh-20260301-120000-5f0c1d"
_RUNNING = Execution(_ID, "refresh", "running", 0.3333, AT, executor="local", steps=[_RANKED, _WORDED, _LAST])
_DONE = replace(_RUNNING, state="done", progress=1.0, ended=AT + 3 * _SECOND, seconds=3.0, steps=())

TEMPLATE_PAGE = as_json(TemplatePage([_TEMPLATE], [_KIND], None, AT))
STARTED = as_json(replace(_RUNNING, state="waiting", progress=0.0, executor="", steps=[]))
EXECUTION = as_json(_RUNNING)
EXECUTION_PAGE = as_json(ExecutionPage([_DONE], "e1772366400000-5f0c1d2e3a4b5c6d", AT))
PAUSED = as_json(replace(_RUNNING, state="paused", steps=[_RANKED, replace(_WORDED, state="cut"), _LAST]))
CANCELLED = as_json(
    replace(
        _RUNNING,
        state="cancelled",
        ended=AT + 2 * _SECOND,
        seconds=2.0,
        steps=[_RANKED, replace(_WORDED, state="cut"), _LAST],
    )
)
_ASKED = ExecutionStep(2, "approval", "approval", 1, "approval", 0.0, needs=["rank"], began=AT + _SECOND)
APPROVED = as_json(replace(_RUNNING, workflow="mine", steps=[_RANKED, _ASKED]))

DECISIONS: dict[str, Example] = {
    "yes": {"summary": "Go on", "value": {"yes": True}},
    "no": {"summary": "End it", "value": {"yes": False, "step": "approval", "note": "not today"}},
}

TO_RUN: dict[str, Example] = {
    "template": {
        "summary": "A template under parameters",
        "value": {"template": "full_pipeline", "parameters": {"top_n_trends": 50}},
    },
    "workflow": {
        "summary": "A workflow of one's own",
        "value": {
            "workflow": {
                "name": "mine",
                "timeout": 1800,
                "steps": [
                    "detect_language",
                    "deduplicate",
                    "cluster",
                    {"kind": "approval", "question": "publish?"},
                    {"kind": "rank", "limit": 30},
                    "summarise",
                    "persist",
                ],
            }
        },
    },
}
