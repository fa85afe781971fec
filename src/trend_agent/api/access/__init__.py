"""Who may do what: every route says the scope it needs, and is told who called.

```python
@router.post("/watches", dependencies=[WRITE])
async def add(caller: Caller) -> Watch: ...
```
"""

from trend_agent.api.access.principal import (
    ADMIN,
    READ,
    READER,
    WRITE,
    Caller,
    Principal,
    principal_of,
)
from trend_agent.storage.access import SCOPES, Scope

__all__ = ["ADMIN", "READ", "READER", "SCOPES", "WRITE", "Caller", "Principal", "Scope", "principal_of"]
