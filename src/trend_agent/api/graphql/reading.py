"""From the text of a document to an operation that may be run: read, counted, allowed, checked.

Counting comes before checking, as some checks grow with the square of what they look at. What passed once is
remembered by its text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    validate,
)

from trend_agent.api.graphql.limits import LIMITS, Limits, Meter, check, fragments_of
from trend_agent.api.graphql.schema import KEPT, cost_of, scope_of, types
from trend_agent.storage.access import Scope

REMEMBERED = 64_000
"""Characters of documents that are remembered together: what is made of one takes some hundred times its room."""

MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks: a document, which of its operations, and the values of its variables."""

    text: str
    variables: Mapping[str, Any]
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that may be run. `lasts`: its answer is right for as long as the records do not change."""

    document: DocumentNode
    name: str | None
    kind: OperationType
    scopes: frozenset[Scope]
    lasts: bool
    cost: int


class Reading:
    """Reads documents. Whoever is `trusted` may look at the schema, and is told which names are near a wrong one."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._passed: OrderedDict[str, DocumentNode] = OrderedDict()
        self._size = 0

    def read(self, asked: Asked, *, trusted: bool) -> Operation:
        """The operation that is asked for. `GraphQLError` says why it is not run."""
        known = self._passed.get(asked.text)
        document = known or self._parsed(asked.text)
        one = _chosen(document, asked.operation)
        meter = Meter(
            types(), fragments_of(document), {**_defaults(one), **asked.variables}, cost_of, scope_of
        )
        size = meter.operation(one)
        check(size, self.limits)
        if meter.introspects and not trusted:
            raise GraphQLError(
                "looking at the schema needs a key", extensions={"code": "INTROSPECTION_REFUSED"}
            )
        if known is None:
            self._check_all(document, one)
            _validate(document, trusted=trusted)
            self._remember(asked.text, document)
        else:
            self._passed.move_to_end(asked.text)
        lasts = one.operation is OperationType.QUERY and meter.roots <= KEPT
        return Operation(document, asked.operation, one.operation, frozenset(meter.scopes), lasts, size.cost)

    def _parsed(self, text: str) -> DocumentNode:
        most = self.limits
        if len(text) > most.characters:
            raise GraphQLError(
                f"a document should have at most {most.characters} characters, found {len(text)}",
                extensions={"code": "TOO_MUCH_CHARACTERS", "limit": most.characters},
            )
        return parse(text, max_tokens=most.tokens, max_lexical_tokens=most.tokens, max_comments=most.tokens)

    def _check_all(self, document: DocumentNode, chosen: OperationDefinitionNode) -> None:
        """The operations that are not run, and fragments that none uses, are looked at by checks as well."""
        fragments = fragments_of(document)
        meter = Meter(types(), fragments, {}, cost_of, scope_of)
        for one in document.definitions:
            if isinstance(one, OperationDefinitionNode) and one is not chosen:
                check(meter.operation(one), self.limits)
        for name in fragments:
            check(meter.fragment(name), self.limits)

    def _remember(self, text: str, document: DocumentNode) -> None:
        self._passed[text] = document
        self._size += len(text)
        while self._size > REMEMBERED:
            gone, _ = self._passed.popitem(last=False)
            self._size -= len(gone)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = get_operation_ast(document, name)
    if found is None:
        why = (
            f"has no operation {name!r}" if name else "should have one operation, or be asked for one by name"
        )
        raise GraphQLError(f"the document {why}", extensions={"code": "NO_SUCH_OPERATION"})
    return found


def _defaults(one: OperationDefinitionNode) -> dict[str, Any]:
    """The numbers that variables have where the request gives none."""
    return {
        told.variable.name.value: int(told.default_value.value)
        for told in one.variable_definitions or ()
        if isinstance(told.default_value, IntValueNode) and len(told.default_value.value) < 9
    }


def _validate(document: DocumentNode, *, trusted: bool) -> None:
    faults = validate(types(), document, max_errors=MOST_ERRORS, hide_suggestions=not trusted)
    if faults:
        raise Invalid(faults)


class Invalid(GraphQLError):
    """A document that the schema does not allow, with every fault that was found."""

    def __init__(self, faults: list[GraphQLError]) -> None:
        super().__init__("the document does not fit the schema")
        self.faults = faults
