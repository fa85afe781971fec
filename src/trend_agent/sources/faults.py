"""What is wrong with the settings of a source, in words for whoever typed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

LONGEST = 80
"""Characters of a wrong value that are said again."""

NUMBER, WHOLE, TRUTH, TEXT = (
    "should be a number",
    "should be a whole number",
    "should be true or false",
    "should be a text",
)

WORDS: Mapping[str, str] = {
    "string_too_short": "should have at least {min_length} characters",
    "string_too_long": "should have at most {max_length} characters",
    "greater_than_equal": "should be {ge} or more",
    "less_than_equal": "should be {le} or less",
    "literal_error": "should be {expected}",
    "enum": "should be {expected}",
    "string_type": TEXT,
    "int_parsing": WHOLE,
    "int_type": WHOLE,
    "int_from_float": WHOLE,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "bool_parsing": TRUTH,
    "bool_type": TRUTH,
}
"""By pydantic's kinds of error."""


def wrong(fault: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """All that is wrong, each setting by its name; values of secrets are not told."""
    return "; ".join(_told(error, fields) for error in fault.errors())


def _told(error: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    name = ".".join(map(str, error["loc"]))
    field = fields.get(str(error["loc"][0])) if error["loc"] else None
    if field is None:
        known = f"no such setting; there are {', '.join(sorted(fields))}"
        return f"{name}: {known}" if name else f"all together: {error['msg'].lower()}"
    if error["type"] == "missing":
        return f"{name}: must be given: {field.description}"
    return f"{name}: {_expected(error, field)}{_found(error['input'], field)}"


def _expected(error: ErrorDetails, field: FieldInfo) -> str:
    if error["type"] == "string_pattern_mismatch":
        example = next(iter(field.examples or ()), "")
        return f"should be {field.description}{f', such as {example!r}' if example else ''}"
    known = WORDS.get(error["type"])
    return known.format(**error.get("ctx", {})) if known else error["msg"].lower()


def _found(value: Any, field: FieldInfo) -> str:
    if field.annotation is SecretStr:
        return ""
    return f", found {str(value)[:LONGEST]!r}"
