"""What can be set of a source, for whoever offers it to a person: fields of a form, made from the class."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticUndefined

from trend_agent.errors import Rejected
from trend_agent.sources import Source


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting: `type` as in JSON Schema, `options` where it is one of few; a `secret` must not be shown."""

    name: str
    about: str
    type: str
    default: Any
    required: bool
    secret: bool
    options: tuple[str, ...] = ()


def about(kind: type[Source]) -> str:
    """What a kind of source is, in one sentence or two."""
    place = inspect.getmodule(kind)
    return " ".join((inspect.getdoc(place) or "").partition("\n\n")[0].split())


def form(kind: type[Source]) -> list[FormField]:
    """Its settings in the order they are declared, those it shares with others last."""
    schema = kind.model_json_schema()["properties"]
    own = inspect.get_annotations(kind)
    ordered = sorted(schema, key=lambda name: (name not in own, name in Source.model_fields))
    return [_field(kind, name, schema[name]) for name in ordered]


def _field(kind: type[Source], name: str, schema: Mapping[str, Any]) -> FormField:
    declared = kind.model_fields[name]
    secret = schema.get("format") == "password"
    return FormField(
        name=name,
        about=declared.description or "",
        type=schema.get("type", "string"),
        default=None if secret or declared.default is PydanticUndefined else declared.default,
        required=declared.is_required(),
        secret=secret,
        options=tuple(map(str, schema.get("enum", ()))),
    )


def settings(pairs: list[str]) -> dict[str, str]:
    """Settings from `name=value` as they are typed. Rejected for anything else."""
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (sign and name.isidentifier()):
            raise Rejected(f"a setting is given as name=value, found {pair!r}")
        found[name] = value
    return found


def shown(source: Source) -> dict[str, Any]:
    """The settings of a source that differ from its kind's, without its secrets."""
    kept = source.model_dump(mode="json", exclude_defaults=True)
    secret = {one.name for one in form(type(source)) if one.secret}
    return {name: "…" if name in secret else value for name, value in kept.items()}
