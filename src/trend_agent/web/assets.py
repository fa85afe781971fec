"""The built files, compressed once for all, and kept for ever by browsers where their name tells what is in them."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOR_EVER = "public, max-age=31536000, immutable"


class Built(StaticFiles):
    """Files as they are, or as the build compressed them for who can read that."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        packed = Path(f"{os.fspath(full_path)}.gz")
        plain = super().file_response(full_path, stat_result, scope, status_code)
        if not packed.exists():
            return plain
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if "gzip" not in accepted or plain.status_code != 200:
            plain.headers["Vary"] = "Accept-Encoding"
            return plain
        kind = plain.headers["content-type"]
        made = super().file_response(packed, packed.stat(), scope, status_code)
        made.headers.update({"Content-Type": kind, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        return made


class Assets(Built):
    """Files with a hash of their content in their names."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        found = await super().get_response(path, scope)
        if found.status_code >= 400:
            raise HTTPException(found.status_code)
        found.headers["Cache-Control"] = FOR_EVER
        return found
