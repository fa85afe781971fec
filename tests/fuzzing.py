"""What is checked of every answer beside what Schemathesis checks of its own."""

from typing import Any

from openapi_schema_validator import OAS31Validator

import schemathesis


@schemathesis.check
def a_whole_answer_lacks_nothing(ctx: Any, response: Any, case: Any) -> None:
    """Where no `fields` were asked for, everything that the schema promises is there."""
    if response.status_code != 200 or (case.query or {}).get("fields"):
        return
    raw = case.operation.schema.raw_schema
    answers = raw["paths"][case.operation.path].get(case.operation.method.lower(), {}).get("responses", {})
    promised = answers.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "anyOf" in promised:
        OAS31Validator({**promised["anyOf"][0], "components": raw["components"]}).validate(response.json())
