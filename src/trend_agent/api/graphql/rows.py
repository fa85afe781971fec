"""Answers of many rows, quickly: what merely reads attributes is not resolved field by field.

Whatever is selected of an object is compiled once per request into one function, where none of it has to be looked
up; everything else goes the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from graphql import GraphQLList, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, is_leaf_type
from graphql.execution.executor import Executor
from graphql.pyutils import Path
from graphql.type import get_nullable_type, is_list_type, is_object_type

from trend_agent.api.graphql.schema import attribute_of

Make = Callable[[Any], Any]


class Rows(Executor[Any]):
    """An executor that makes plain objects at once."""

    _makers: dict[tuple[GraphQLObjectType, int], tuple[Any, Make | None]] | None = None

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        made = self._maker_of(return_type, field_details_list)
        if made is not None and isinstance(result, (list, tuple)):
            return made(result)
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        made = self._object(return_type, field_details_list)
        if made is not None:
            return made(result)
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _maker_of(self, kind: GraphQLOutputType, details: Any) -> Make | None:
        """What makes a value of a type; None where something in it has to be resolved."""
        bare: Any = get_nullable_type(kind)
        if is_leaf_type(bare):
            return _as_it_is
        if is_list_type(bare):
            inner = self._maker_of(bare.of_type, details)
            return inner and (inner if inner is _as_it_is else _each(inner))
        return self._object(bare, details) if is_object_type(bare) else None

    def _object(self, kind: GraphQLObjectType, details: Any) -> Make | None:
        if self._makers is None:
            self._makers = {}
        key = (kind, id(details))
        if key not in self._makers:  # the details are kept, so that their id is not given to others
            self._makers[key] = (details, self._compiled(kind, details))
        return self._makers[key][1]

    def _compiled(self, kind: GraphQLObjectType, details: Any) -> Make | None:
        selected, _, forbidden = self.collect_subfields(kind, details)
        if forbidden:
            return None
        names: dict[str, str] = {}
        inner: dict[str, Make] = {}
        for name, group in selected.items():
            asked = group[0].node.name.value
            if asked == "__typename":
                names[name], inner[name] = "__class__", _always(kind.name)
                continue
            definition = kind.fields.get(asked)
            attribute = attribute_of(definition) if definition is not None else None
            made = self._maker_of(definition.type, group) if definition and attribute else None
            if attribute is None or made is None:
                return None
            names[name] = attribute
            if made is not _as_it_is:
                inner[name] = made
        return _row(names, inner)


def _row(names: Mapping[str, str], inner: Mapping[str, Make]) -> Make:
    keys = tuple(names)
    if len(keys) == 1:
        (key,) = keys
        read, within = attrgetter(names[key]), inner.get(key, _as_it_is)

        def one(value: Any) -> Any:
            return None if value is None else {key: within(read(value))}

        return one
    get = attrgetter(*names.values())

    def many(value: Any) -> Any:
        if value is None:
            return None
        made = dict(zip(keys, get(value), strict=True))
        for name, within in inner.items():
            made[name] = within(made[name])
        return made

    return many


def _each(make: Make) -> Make:
    def each(values: Iterable[Any] | None) -> Any:
        return None if values is None else [make(value) for value in values]

    return each


def _always(name: str) -> Make:
    return lambda _: name


def _as_it_is(value: Any) -> Any:
    return value
