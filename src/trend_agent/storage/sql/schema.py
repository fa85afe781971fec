"""The tables, written once for SQLite and PostgreSQL. Moments are integers: milliseconds since 1970, UTC.

`arrivals`, `fates`, `items`, `memberships`, `lineage`, `corrections`, `calls` and `outcomes` are facts: rows are
added and never changed, as are those of `audit`, which the database itself refuses to change.
`members`, `topics`, `buckets` and `trends` are what follows from them, kept for quick reading.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")

arrivals = Table(
    "arrivals",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("fault", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

fates = Table(
    "fates",
    metadata,
    Column("seq", ForeignKey(arrivals.c.seq), primary_key=True, autoincrement=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("of", String),
    Column("at", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Index("ix_fates_address", "address"),
)

items = Table(
    "items",
    metadata,
    Column("seq", ForeignKey(arrivals.c.seq), primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("lang", String, nullable=False),
    Column("published_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Column("engagement", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Column("copy_of", String),
    Index("ix_items_seen_at", "seen_at"),
    Index("ix_items_copy_of", "copy_of"),
)

topics = Table(
    "topics",
    metadata,
    Column("id", String, primary_key=True),
    Column("born_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("merged_into", String),
    Index("ix_topics_merged_into", "merged_into"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("fact", Serial, primary_key=True, autoincrement=True),
    Column("seq", ForeignKey(arrivals.c.seq), nullable=False),
    Column("topic", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Index("ix_memberships_seq", "seq"),
)

members = Table(
    "members",
    metadata,
    Column("seq", ForeignKey(arrivals.c.seq), primary_key=True, autoincrement=False),
    Column("topic", String, nullable=False),
    Index("ix_members_topic", "topic", "seq"),
)

lineage = Table(
    "lineage",
    metadata,
    Column("fact", Serial, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("change", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("other", String),
    Index("ix_lineage_topic", "topic"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("place", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("topic", String, nullable=False),
    Column("said", Text, nullable=False),
    Column("undoes", ForeignKey("corrections.id")),
    sqlite_autoincrement=True,
)

buckets = Table(
    "buckets",
    metadata,
    Column("topic", String, primary_key=True),
    Column("bin", BigInteger, primary_key=True, autoincrement=False),
    Column("source", String, primary_key=True),
    Column("lang", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("copies", Integer, nullable=False),
)

trends = Table(
    "trends",
    metadata,
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("topic", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("trend", Text, nullable=False),
    Index("ix_trends_topic", "topic", "at"),
)

moments = Table(
    "moments",
    metadata,
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("trends", LargeBinary, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("said", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("answer", Text),
    Column("fault", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_orders_state", "state", "at"),
)

debuts = Table(
    "debuts",
    metadata,
    Column("topic", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("topic", String, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("before", Integer, nullable=False),
    Column("items", Text, nullable=False),
    Column("configuration", String, nullable=False),
    Index("ix_calls_at", "at"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("topic", String, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("resolved_at", BigInteger, nullable=False),
    Column("held", Integer, nullable=False),
    Column("after", Integer, nullable=False),
    Column("sources", Integer, nullable=False),
    Column("lead_hours", Float),
)

cursors = Table(
    "cursors",
    metadata,
    Column("source", String, primary_key=True),
    Column("value", Text, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("source", String, primary_key=True),
    Column("last_try", BigInteger),
    Column("last_success", BigInteger),
    Column("fetched", BigInteger, nullable=False),
    Column("known", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("retry_at", BigInteger),
    Column("last_news", BigInteger),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    Column("closed_until", BigInteger, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("fetched", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Index("ix_visits_at", "at"),
)

choices = Table(
    "choices",
    metadata,
    Column("source", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("settings", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", String, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("hub", Text, nullable=False),
    Column("token", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("until", BigInteger),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("error", Text, nullable=False),
    Column("details", Text, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("stage", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("configuration", String, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    Column("what", String, primary_key=True),
    Column("before", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("metric", String, nullable=False),
    Column("tags", Text, nullable=False),
    Index("ix_series_metric", "metric", "tags", unique=True),
)

series_tags = Table(
    "series_tags",
    metadata,
    Column("series", ForeignKey(series.c.id), primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
    Index("ix_series_tags_name", "name", "value"),
)

points = Table(
    "points",
    metadata,
    Column("series", ForeignKey(series.c.id), primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Float, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("queue", String, nullable=False),
    Column("key", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("holder", String, nullable=False),
    Column("dead", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_messages_queue", "queue", "dead", "priority", "id"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_inbox_at", "at"),
)

editions = Table(
    "editions",
    metadata,
    Column("name", String, primary_key=True),
    Column("mark", String, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("former", String, nullable=False),
    Column("former_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("name", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_sessions_expires_at", "expires_at"),
)

replies = Table(
    "replies",
    metadata,
    Column("caller", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_replies_at", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("caller", String, nullable=False),
    Column("name", String, nullable=False),
    Column("action", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("address", String, nullable=False),
    Column("request", String, nullable=False),
    Column("details", Text, nullable=False),
    Column("seal", String, nullable=False),
    Index("ix_audit_at", "at"),
)

watches = Table(
    "watches",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", String, nullable=False),
    Column("filter", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_watches_owner", "owner", "name", unique=True),
)

standings = Table(
    "standings",
    metadata,
    Column("watch", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("alarm", BigInteger),
)

alerts = Table(
    "alerts",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False),
    Column("watch", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("before", String),
    Column("alarm", BigInteger),
    Column("headline", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("read_at", BigInteger),
    Index("ix_alerts_id", "id", unique=True),
    Index("ix_alerts_owner", "owner", "number"),
    sqlite_autoincrement=True,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@overload
def millis(moment: datetime) -> int: ...
@overload
def millis(moment: None) -> None: ...
def millis(moment: datetime | None) -> int | None:
    """Milliseconds since 1970 of an aware moment, rounded down."""
    return None if moment is None else (moment - EPOCH) // MILLISECOND


@overload
def moment(millis: int) -> datetime: ...
@overload
def moment(millis: None) -> None: ...
def moment(millis: int | None) -> datetime | None:
    return None if millis is None else EPOCH + millis * MILLISECOND
