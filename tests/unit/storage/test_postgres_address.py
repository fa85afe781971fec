"""How addresses of PostgreSQL are read and shown."""

import pytest

from trend_agent.errors import Misconfigured
from trend_agent.settings import Settings
from trend_agent.storage.sql.postgres import in_schema, schema_of, spoken

ADDRESS = "postgresql://me:geheim@db.example.org:6432/trends?sslmode=require&password=geheim"


def test_an_address_is_shown_without_its_password() -> None:
    assert spoken(ADDRESS) == "postgresql://me@db.example.org:6432/trends"
    assert spoken(in_schema(ADDRESS, "apart")) == "postgresql://me@db.example.org:6432/trends (apart)"
    assert "geheim" not in Settings(records=ADDRESS).records_name()


def test_a_schema_of_its_own_has_a_plain_name_and_leaves_the_rest() -> None:
    apart = in_schema(ADDRESS, "run-Löwe 狮子.2026-1a2b")
    assert schema_of(apart) == "run_l_we_2026_1a2b"
    assert "sslmode=require" in apart
    assert len(schema_of(in_schema(ADDRESS, "x" * 100))) == 63
    assert schema_of("postgresql://h/d?search_path=Trends,public") == "trends"
    assert schema_of("postgresql:///d?host=/run/pg") == ""


@pytest.mark.parametrize("address", ["postgresql://h/x", "postgres://h/x", "postgresql:///x?host=/run/pg"])
def test_records_on_postgresql_have_no_file(address: str) -> None:
    assert Settings(records=address).records_path() is None


@pytest.mark.parametrize(
    "address", ["mysql://me:geheim@h/x", "sqlite://", "records.sqlite3", "postgresql://h:0/x"]
)
def test_any_other_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(Misconfigured, match="TREND_RECORDS") as fault:
        Settings(records=address).records_path()
    assert "geheim" not in str(fault.value)
