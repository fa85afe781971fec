"""Writes what TypeScript knows of the API, `src/api/schema.ts`, from the API's own OpenAPI document.

`python web/client.py` writes it, `--check` only tells whether it is as the API says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parent))
from build import WEB, environment, install

from trend_agent.api import application

SCHEMA = WEB / "src" / "api" / "schema.ts"


def document() -> dict[str, Any]:
    """The API's description; it answers nothing, so that it needs no desk."""
    return application(cast(Any, None)).openapi()


def described() -> str:
    install()
    with TemporaryDirectory() as folder:
        told, made = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        told.write_text(json.dumps(document()), encoding="utf-8")
        command = ["npx", "--no-install", "openapi-typescript", str(told), "-o", str(made), "--alphabetize"]
        subprocess.run(command, cwd=WEB, env=environment(), check=True, capture_output=True)
        return made.read_text(encoding="utf-8")


def main() -> int:
    made = described()
    if "--check" not in sys.argv:
        SCHEMA.write_text(made, encoding="utf-8")
    elif not SCHEMA.exists() or SCHEMA.read_text(encoding="utf-8") != made:
        sys.stderr.write("web/src/api/schema.ts is not what the API says: make client\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
