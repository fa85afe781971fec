"""What every operation asks of who calls. An operation without a row fails the tests, and so does a row without one.

`open` lets everybody in, whatever they show; `session` lets everybody in who shows nothing wrong.
"""

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "GET /api/v1/admin/audit": "admin",
    "DELETE /api/v1/admin/cache/clear": "admin",
    "POST /api/v1/admin/collect": "admin",
    "GET /api/v1/admin/keys": "admin",
    "POST /api/v1/admin/keys": "admin",
    "DELETE /api/v1/admin/keys/{id}": "admin",
    "POST /api/v1/admin/keys/{id}/rotate": "admin",
    "GET /api/v1/admin/metrics": "admin",
    "GET /api/v1/admin/plugins": "admin",
    "GET /api/v1/admin/plugins/{name}": "admin",
    "POST /api/v1/admin/plugins/{name}/disable": "admin",
    "POST /api/v1/admin/plugins/{name}/enable": "admin",
    "GET /api/v1/admin/runs": "admin",
    "GET /api/v1/admin/runs/{id}": "admin",
    "GET /api/v1/alerts": "read",
    "PATCH /api/v1/alerts": "write",
    "GET /api/v1/alerts/{id}": "read",
    "PATCH /api/v1/alerts/{id}": "write",
    "GET /api/v1/calls": "read",
    "GET /api/v1/categories": "read",
    "GET /api/v1/corrections": "read",
    "POST /api/v1/corrections": "write",
    "GET /api/v1/fate": "read",
    "GET /api/v1/items/{id}": "read",
    "GET /api/v1/items/{id}/fate": "read",
    "GET /api/v1/ledger": "read",
    "GET /api/v1/missed": "read",
    "GET /api/v1/orders/{id}": "write",
    "GET /api/v1/receipts": "read",
    "GET /api/v1/scorecard": "read",
    "GET /api/v1/search": "read",
    "DELETE /api/v1/session": "session",
    "GET /api/v1/session": "session",
    "POST /api/v1/session": "session",
    "GET /api/v1/sources": "read",
    "POST /api/v1/sources": "write",
    "GET /api/v1/sources/opml": "read",
    "POST /api/v1/sources/opml": "write",
    "DELETE /api/v1/sources/{key}": "write",
    "GET /api/v1/sources/{key}": "read",
    "PATCH /api/v1/sources/{key}": "write",
    "POST /api/v1/sources/{key}/test": "write",
    "GET /api/v1/statistics": "read",
    "GET /api/v1/stream": "read",
    "GET /api/v1/topics/{id}": "read",
    "GET /api/v1/topics/{id}/headlines": "read",
    "GET /api/v1/trends": "read",
    "GET /api/v1/trends/{id}": "read",
    "GET /api/v1/trends/{id}/items": "read",
    "GET /api/v1/trends/{id}/lineage": "read",
    "GET /api/v1/trends/{id}/receipt": "read",
    "GET /api/v1/trends/{id}/series": "read",
    "GET /api/v1/trends/{id}/similar": "read",
    "GET /api/v1/trends/{id}/summary": "read",
    "GET /api/v1/trends/{id}/timeline": "read",
    "GET /api/v1/watches": "read",
    "POST /api/v1/watches": "write",
    "DELETE /api/v1/watches/{id}": "write",
    "GET /api/v1/watches/{id}": "read",
    "PATCH /api/v1/watches/{id}": "write",
    "GET /api/v1/workflows": "read",
    "POST /api/v1/workflows/execute": "write",
    "GET /api/v1/workflows/templates": "read",
    "GET /api/v1/workflows/{id}": "read",
    "POST /api/v1/workflows/{id}/approve": "write",
    "POST /api/v1/workflows/{id}/cancel": "write",
    "POST /api/v1/workflows/{id}/pause": "write",
    "POST /api/v1/workflows/{id}/resume": "write",
    "GET /healthz": "open",
    "GET /metrics": "read",
    "GET /readyz": "open",
}

ALLOWED = {
    "open": {"none", "read", "write", "admin", "revoked", "expired", "foreign", "broken"},
    "session": {"none", "read", "write", "admin"},
    "read": {"read", "write", "admin"},
    "write": {"write", "admin"},
    "admin": {"admin"},
}
KNOWN = {"read", "write", "admin"}


def refusal(scope: str, caller: str, *, anonymous: bool) -> int | None:
    """The status by which a caller is refused; None where they are not."""
    if caller in ALLOWED[scope] or (anonymous and (scope, caller) == ("read", "none")):
        return None
    return 403 if caller in KNOWN else 401
