"""Definitions written down in YAML: the steps of one's own, or a template with its parameters.

`$name` in a step's field stands for the parameter of that name; one without a default has to be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from trend_agent.errors import Rejected
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.templates import get_template

LARGEST = 1 << 16
"""Bytes of a file."""


def read_definition(text: str, parameters: Mapping[str, Any] | None = None) -> WorkflowDefinition:
    """The workflow that a YAML text says. `Rejected` and `Missing` name what is wrong with it."""
    given = dict(parameters or {})
    row = _parsed(text)
    if "template" in row:
        if extra := sorted(set(row) - {"template", "parameters"}):
            raise Rejected(
                f"beside `template` only `parameters` may stand, found {', '.join(map(repr, extra))}"
            )
        return get_template(str(row["template"]), **{**_object(row, "parameters"), **given})
    declared = _object(row, "parameters")
    if unknown := sorted(set(given) - set(declared)):
        raise Rejected(
            f"no parameter {', '.join(map(repr, unknown))}; there are {', '.join(declared) or 'none'}"
        )
    values = {**declared, **given}
    return WorkflowDefinition.of({**_filled(row, values), "parameters": values})


def read_definition_file(path: Path, parameters: Mapping[str, Any] | None = None) -> WorkflowDefinition:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as fault:
        raise Rejected(f"cannot read {str(path)!r}: {getattr(fault, 'strerror', None) or fault}") from None
    try:
        return read_definition(text, parameters)
    except Rejected as fault:
        raise type(fault)(f"{str(path)!r}: {fault}") from None


def value_of(text: str) -> Any:
    """A parameter's value as one writes it on a command line."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise Rejected(f"a definition has {LARGEST:,} characters at most")
    if "&" in text or "*" in text:
        _refuse_aliases(text)
    try:
        row = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        raise Rejected(f"no YAML: {' '.join(str(fault).split())}") from None
    if not isinstance(row, dict) or not all(isinstance(key, str) for key in row):
        raise Rejected("a definition is a mapping with `name` and `steps`, or with `template`")
    return row


def _refuse_aliases(text: str) -> None:
    """A few lines of aliases can stand for billions of values; a definition needs none."""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError):
        return  # it is told when it is read
    if any(isinstance(event, yaml.AliasEvent) for event in events):
        raise Rejected("a definition has no aliases (`*name`); write it out")


def _object(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = row.get(name) or {}
    if not isinstance(found, dict):
        raise Rejected(f"`{name}` is a mapping, found {found!r}")
    return found


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """The same with each `$name` replaced."""
    if isinstance(value, dict):
        return {key: _filled(v, values) for key, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, values) for v in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    name = value[1:]
    if name not in values:
        raise Rejected(
            f"missing input: no parameter is called {name!r}; there are {', '.join(values) or 'none'}"
        )
    if values[name] is None:
        raise Rejected(f"missing input: parameter {name!r} has no value; give it one")
    return values[name]
