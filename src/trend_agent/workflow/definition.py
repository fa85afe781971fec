"""A definition: steps and what each needs, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Self

from pydantic import ValidationError

from trend_agent.errors import Rejected
from trend_agent.workflow.step import LONGEST, WorkflowStep, kind_called

MOST = 200
"""Steps of one workflow."""


class WorkflowDefinition:
    """Steps as a graph. `Rejected` says what is wrong with it: no two steps of one name, no unknown need, no cycle,
    no value taken that no step before gives.

    `timeout` are seconds for the whole; with `repeat` the steps go round again while items wait (a step gives
    `waiting` above 0). `parameters` say what a template was called with.
    """

    def __init__(
        self,
        name: str,
        steps: Iterable[WorkflowStep],
        *,
        timeout: float | None = None,
        repeat: bool = False,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = _named(name)
        self.timeout = timeout
        self.repeat = repeat
        self.parameters = dict(parameters or {})
        listed = list(steps)
        if not 1 <= len(listed) <= MOST:
            raise Rejected(f"workflow {name!r} has {len(listed)} steps, wanted are 1 to {MOST}")
        if timeout is not None and not (isinstance(timeout, int | float) and 0 < timeout <= LONGEST):
            raise Rejected(
                f"workflow {name!r} has a timeout of {timeout!r} seconds, wanted is more than 0 and a year at most"
            )
        self.needs = _needs(listed)
        self.steps = _in_order(listed, self.needs)
        self._before = _all_before(self.steps, self.needs)
        self._check_values()

    def step(self, name: str) -> WorkflowStep:
        for step in self.steps:
            if step.name == name:
                return step
        raise Rejected(f"no step called {name!r} in workflow {self.name!r}; there are {_list(self.needs)}")

    def before(self, name: str) -> list[str]:
        """All the steps that a step rests on, in their order."""
        return self._before[name]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "timeout": self.timeout,
            "repeat": self.repeat,
            "parameters": self.parameters,
            "steps": [{**step.plain(), "needs": list(self.needs[step.name])} for step in self.steps],
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Out of JSON. `Rejected` and `Missing` name what is wrong."""
        if not isinstance(row, Mapping) or not isinstance(row.get("steps"), Sequence):
            raise Rejected(f"a workflow is an object with a list of `steps`, found {_short(row)}")
        known = {"name", "steps", "timeout", "repeat", "parameters"}
        if unknown := set(row) - known:
            raise Rejected(f"a workflow has no {_list(sorted(unknown))}; it has {_list(sorted(known))}")
        return cls(
            str(row.get("name") or "custom"),
            [step_of(step) for step in row["steps"]],
            timeout=row.get("timeout"),
            repeat=bool(row.get("repeat", False)),
            parameters=row.get("parameters") or {},
        )

    def _check_values(self) -> None:
        for step in self.steps:
            given = {value for name in self.before(step.name) for value in self.step(name).gives}
            for value in step.takes:
                if value not in given:
                    raise Rejected(
                        f"missing input: step {step.name!r} takes {value!r}, which no step before it gives"
                        f"{_givers(value)}"
                    )


def step_of(row: Any) -> WorkflowStep:
    """A step out of JSON: its kind, and its fields beside it. A text alone is a kind."""
    fields: Any = {"kind": row} if isinstance(row, str) else row
    if not isinstance(fields, Mapping) or not isinstance(fields.get("kind"), str):
        raise Rejected(f"a step is an object with a `kind`, found {_short(row)}")
    kind = kind_called(fields["kind"])
    try:
        return kind(**{key: value for key, value in fields.items() if key != "kind"})
    except ValidationError as fault:
        raise Rejected(f"step {fields.get('name') or kind.kind!r}: {told(fault)}") from None


def told(fault: ValidationError) -> str:
    """What pydantic found, in one line."""
    faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in fault.errors())
    return "; ".join(faults).encode(errors="replace").decode()  # a name that was sent may be no text


def _named(name: str) -> str:
    if not name or len(name) > 60 or not all(c.isalnum() or c in "-_" for c in name):
        raise Rejected(f"a workflow's name is up to 60 letters, digits, - and _, found {name!r}")
    return name


def _needs(steps: Sequence[WorkflowStep]) -> dict[str, tuple[str, ...]]:
    """What each step needs: what it says, or the one listed before it."""
    found: dict[str, tuple[str, ...]] = {}
    last: tuple[str, ...] = ()
    for step in steps:
        if step.name in found:
            raise Rejected(f"two steps are called {step.name!r}; give one of them another `name`")
        found[step.name] = last if step.needs is None else step.needs
        last = (step.name,)
    for name, needs in found.items():
        for need in needs:
            if need not in found:
                raise Rejected(f"step {name!r} needs {need!r}, which is no step; there are {_list(found)}")
    return found


def _in_order(steps: Sequence[WorkflowStep], needs: Mapping[str, Sequence[str]]) -> tuple[WorkflowStep, ...]:
    """Each behind what it needs, otherwise as listed: the places in it are what is remembered of a step."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as fault:
        raise Rejected(f"a cycle: {' needs '.join(reversed(fault.args[1]))}") from None
    ordered: list[WorkflowStep] = []
    done: set[str] = set()
    while len(ordered) < len(steps):
        step = next(s for s in steps if s.name not in done and done.issuperset(needs[s.name]))
        ordered.append(step)
        done.add(step.name)
    return tuple(ordered)


def _all_before(steps: Sequence[WorkflowStep], needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of each step all that it rests on, in their order."""
    place = {step.name: n for n, step in enumerate(steps)}
    found: dict[str, list[str]] = {}
    for step in steps:
        rests_on = {n for need in needs[step.name] for n in (need, *found[need])}
        found[step.name] = sorted(rests_on, key=place.__getitem__)
    return found


def _givers(value: str) -> str:
    from trend_agent.workflow.step import kinds

    found = sorted(name for name, kind in kinds().items() if value in kind.gives)
    return f"; {_list(found)} would" if found else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
