"""What a document may ask for at most, counted after its fragments are expanded; and what it needs.

Expanding is counting, not copying: what a fragment comes to is worked out once, however often it is spread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_object_type,
)
from graphql.type import GraphQLNamedOutputType, get_nullable_type

from trend_agent.storage.access import Scope

LONGEST_LIST = 500
"""Entries of a list that says how many are wanted; whatever else is asked for counts as so many."""

USUAL_LIST = 10
"""Entries that a list counts for which does not say how many."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`cost` is in units of about 10 µs; `depth` is what tools need that read the schema."""

    characters: int = 16_000
    tokens: int = 1_000
    depth: int = 15
    fields: int = 500
    repeats: int = 40
    aliases: int = 30
    directives: int = 30
    cost: int = 20_000
    batch: int = 5


LIMITS = Limits()


@dataclass(slots=True)
class Size:
    """What a selection comes to. `repeats` are fields asked for under a name that its selection has already."""

    depth: int = 0
    fields: int = 0
    repeats: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def add(self, other: Size, *, deeper: int = 0, times: int = 1) -> None:
        self.depth = max(self.depth, other.depth + deeper)
        self.fields += other.fields
        self.repeats += other.repeats
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost += other.cost * times


@dataclass(slots=True)
class Meter:
    """Counts one operation of a document. `scopes` and `roots` are what it was found to need and to ask for."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    cost_of: Callable[[GraphQLField, bool], int]
    scope_of: Callable[[GraphQLField], Scope | None]
    scopes: set[Scope] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    introspects: bool = False
    _known: dict[tuple[str, int, bool], Size] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def operation(self, one: OperationDefinitionNode) -> Size:
        root = self.schema.get_root_type(one.operation)
        found = Size(directives=len(one.directives or ()))
        found.add(self._selection(one.selection_set, root, 1, root=True))
        return found

    def _selection(
        self,
        selection: SelectionSetNode,
        kind: GraphQLNamedOutputType | None,
        first: int,
        *,
        root: bool = False,
    ) -> Size:
        found, names = Size(), set[str]()
        for one in selection.selections:
            found.directives += len(one.directives or ())
            if isinstance(one, FieldNode):
                name = (one.alias or one.name).value
                found.repeats += name in names
                names.add(name)
                self._field(found, one, kind, first)
                if root:
                    self.roots.add(one.name.value)
            elif isinstance(one, FragmentSpreadNode):
                found.add(self._fragment(one.name.value, first, root=root))
            elif isinstance(one, InlineFragmentNode):
                on = self._named(one.type_condition.name.value) if one.type_condition else kind
                found.add(self._selection(one.selection_set, on, first, root=root))
        return found

    def _field(self, found: Size, one: FieldNode, kind: GraphQLNamedOutputType | None, first: int) -> None:
        name = one.name.value
        self.introspects |= name in ("__schema", "__type")
        definition = kind.fields.get(name) if isinstance(kind, GraphQLObjectType) else None
        found.fields += 1
        found.aliases += one.alias is not None
        found.cost += 1
        found.depth = max(found.depth, 1)
        if definition is not None:
            if scope := self.scope_of(definition):
                self.scopes.add(scope)
            found.cost += self.cost_of(definition, _asks_the_past(one))
        if one.selection_set is not None:
            times, wanted = self._times(one, definition, first)
            inner = get_named_type(definition.type) if definition is not None else None
            found.add(self._selection(one.selection_set, inner, wanted), deeper=1, times=times)

    def fragment(self, name: str) -> Size:
        """What a fragment comes to by itself."""
        return self._fragment(name, 1, root=False)

    def _fragment(self, name: str, first: int, *, root: bool) -> Size:
        if name in self._open:
            raise GraphQLError(
                f"the fragment {name!r} spreads itself", extensions={"code": "CYCLIC_FRAGMENT"}
            )
        key = (name, first, root)
        if key not in self._known:
            definition = self.fragments.get(name)
            if definition is None:
                return Size()
            self._open.add(name)
            kind = self._named(definition.type_condition.name.value)
            self._known[key] = self._selection(definition.selection_set, kind, first, root=root)
            self._open.discard(name)
        return self._known[key]

    def _named(self, name: str) -> GraphQLNamedOutputType | None:
        found = self.schema.get_type(name)
        return found if is_object_type(found) else None

    def _times(self, one: FieldNode, definition: GraphQLField | None, first: int) -> tuple[int, int]:
        """How often what is selected below a field comes, and how many entries a list right below it has."""
        if definition is None:
            return 1, first
        several = is_list_type(get_nullable_type(definition.type))
        if "first" in definition.args:
            wanted = self._number(one, definition.args["first"].default_value)
            return (wanted, 1) if several else (1, wanted)
        if one.name.value == "nodes":
            return first, 1
        return (USUAL_LIST if several else 1), 1

    def _number(self, one: FieldNode, usual: Any) -> int:
        value: Any = usual
        for argument in one.arguments or ():
            if argument.name.value == "first":
                told = argument.value
                value = int(told.value) if isinstance(told, IntValueNode) and len(told.value) < 9 else None
                if isinstance(told, VariableNode):
                    value = self.variables.get(told.name.value)
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_LIST
        return value if fits else LONGEST_LIST


def _asks_the_past(one: FieldNode) -> bool:
    return any(
        argument.name.value == "asOf" and not isinstance(argument.value, NullValueNode)
        for argument in one.arguments or ()
    )


def check(size: Size, limits: Limits = LIMITS) -> None:
    """`GraphQLError` names the limit that a document exceeds."""
    for name in ("depth", "aliases", "directives", "repeats", "fields", "cost"):
        found, most = getattr(size, name), getattr(limits, name)
        if found > most:
            shown = found if found < 10**9 else "more"
            raise GraphQLError(
                f"the document's {name} should be at most {most}, with its fragments expanded; found {shown}",
                extensions={"code": f"TOO_MUCH_{name.upper()}", "limit": most},
            )


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
