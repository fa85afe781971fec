"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from trend_agent.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "trend_agent"
MODULES = sorted(SOURCE.rglob("*.py"))
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.split("\n")

AT_ROOT = {
    "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "pyproject.toml",
    ".ci", ".gitignore", "bench", "deploy", "docs", "requirements", "src", "tests", "web",
}  # fmt: skip
EMPTY_NAMES = re.compile(
    r"^(utils?|helpers?|common|core|base|manager|misc|stuff)$|^(enhanced|advanced|improved|new|my)_|_v\d+$"
)
EMPTY_CLASSES = re.compile(r"(Manager|Helper|Util|Utils)$|^(Base|Abstract|Enhanced|Advanced)[A-Z]")
OUTGOING = {
    "aiohttp", "httpx", "requests", "urllib3", "pycurl", "websockets", "websocket", "socket", "ssl", "http.client",
    "urllib.request", "ftplib", "smtplib", "imaplib", "poplib", "nntplib", "telnetlib", "xmlrpc.client", "paramiko",
    "dns", "aiodns", "pycares", "anyio", "trio",
}  # fmt: skip
CONNECTING = {
    "open_connection", "create_connection", "create_datagram_endpoint", "open_unix_connection", "sock_connect",
    "create_unix_connection", "connect_tcp", "getaddrinfo", "gethostbyname",
}  # fmt: skip
"""What opens a connection or looks a name up without any import of its own."""


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_only_known_files_lie_at_the_root() -> None:
    assert {path.split("/")[0] for path in TRACKED if path} <= AT_ROOT


def test_names_say_something() -> None:
    paths = [path for path in TRACKED if path.endswith(".py")]
    assert [p for p in paths if any(EMPTY_NAMES.search(part) for part in Path(p).with_suffix("").parts)] == []
    classes = [
        f"{module.name}: {node.name}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and EMPTY_CLASSES.search(node.name) and node.name != "BaseSettings"
    ]
    assert classes == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(m.relative_to(SOURCE))
        for m in MODULES
        if m.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(m.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_is_documented_and_read(name: str) -> None:
    assert Settings.model_fields[name].description, f"{name} has no line of its own"
    readers = [
        SOURCE / "app.py",
        SOURCE / "service.py",
        SOURCE / "settings.py",
        *sorted((SOURCE / "cli").glob("*.py")),
    ]
    pattern = re.compile(rf"\b(settings|self)\.{name}\b")
    assert any(pattern.search(reader.read_text(encoding="utf-8")) for reader in readers), (
        f"nobody reads {name}"
    )
    guide = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert f"TREND_{name.upper()}" in guide, f"docs/settings.md does not tell of {name}"


CLIENT = {"client/blocking.py", "client/waiting.py"}
"""They run in a program of whoever reads trends, to the address that one gives them, which is mostly a private one.
No other room may import them (the contract of layers), so that nothing of the service goes out by them."""


def test_only_egress_opens_connections() -> None:
    doors = {
        str(module.relative_to(SOURCE))
        for module in MODULES
        if any(name == door or name.startswith(f"{door}.") for name in imported(module) for door in OUTGOING)
    }
    assert {door for door in doors if not door.startswith("egress/")} == CLIENT


def calls(module: Path) -> set[str]:
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {
        f.attr if isinstance(f, ast.Attribute) else f.id
        for f in called
        if hasattr(f, "attr") or hasattr(f, "id")
    }


def test_nothing_connects_by_the_event_loop_but_egress() -> None:
    doors = {str(module.relative_to(SOURCE)) for module in MODULES if calls(module) & CONNECTING}
    assert {door for door in doors if not door.startswith("egress/")} == set()


def test_one_policy_beside_the_public_one_and_it_names_a_single_origin() -> None:
    """Tests call a range of this machine public by a class of their own; nothing in the program can."""
    kinds = {
        f"{module.relative_to(SOURCE)}: {node.name}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(getattr(base, "id", "") in {"AddressPolicy", "NamedOrigin"} for base in node.bases)
    }
    assert kinds == {"egress/addresses.py: NamedOrigin"}


def test_only_services_of_the_operators_own_are_named_origins() -> None:
    """Everything a stranger can write an address for is asked under the public policy, which no setting changes."""
    users = {str(m.relative_to(SOURCE)) for m in MODULES if "NamedOrigin" in calls(m)}
    assert users <= {"egress/service.py", "text/embedding/endpoint.py", "llm/openai.py"}
    given = {
        str(module.relative_to(SOURCE))
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"Http", "Wire"}
        and any(word.arg == "policy" for word in node.keywords)
    }
    assert given <= {"text/embedding/endpoint.py", "llm/openai.py"}


DRIVERS = {
    "redis": "storage/redis/",
    "aiormq": "storage/rabbitmq/",
    "pamqp": "storage/rabbitmq/",
    "aioboto3": "storage/s3.py",
    "aiobotocore": "storage/s3.py",
    "botocore": "storage/s3.py",
    "cachetools": "storage/memory.py",
    "celery": "jobs/celery.py",
    "kombu": "jobs/celery.py",
}


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_a_driver_is_known_to_one_file_only(driver: str) -> None:
    users = [
        str(module.relative_to(SOURCE))
        for module in MODULES
        if any(name == driver or name.startswith(f"{driver}.") for name in imported(module))
    ]
    assert users
    assert [user for user in users if not user.startswith(DRIVERS[driver])] == []


def test_the_front_door_loads_nothing_heavy() -> None:
    code = (
        "import sys; from trend_agent.cli import front_door; front_door();"
        "heavy = {'numpy', 'scipy', 'pydantic', 'sqlalchemy', 'fastapi', 'aiohttp', 'structlog', 'lxml'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_locks_name_no_host() -> None:
    locks = [
        ROOT / path
        for path in TRACKED
        if path.startswith("requirements/") or path.endswith("package-lock.json")
    ]
    assert len(locks) >= 4
    for lock in locks:
        assert not re.search(r"https?://|file:|--index-url|--find-links", lock.read_text(encoding="utf-8")), (
            lock.name
        )


def test_the_run_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").lower()
    for dependency in project["dependencies"]:
        name = re.split(r"[\[>=<~! ]", dependency)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), f"{name} is not locked: make lock"


def pages() -> list[Path]:
    return [ROOT / path for path in TRACKED if path.endswith(".md") and (ROOT / path).exists()]


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_architecture_names_files_that_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    named = set(re.findall(r"`((?:src/trend_agent/)?[a-z_]+/[a-z_/]*(?:\.py)?|[a-z_]+\.py)`", text))
    assert len(named) >= 20
    missing = [n for n in sorted(named) if not any((base / n).exists() for base in (ROOT, SOURCE))]
    assert missing == []
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert {room for room in rooms if f"`{room}/" not in text} == set()
