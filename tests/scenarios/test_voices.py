"""One report printed by many is one voice, from the texts to the score."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from trend_agent.app import make_pipeline
from trend_agent.items import Item
from trend_agent.settings import Settings
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REPORT = (
    "ORLEN (Reuters) - The dam above Orlen gave way at dawn on Sunday after three days of rain, and about 4,000"
    " people left their homes in the night, the mayor said. Nobody was reported dead. Helicopters carried families"
    " from the roofs of the lower town to the stadium, where the army had put up tents. The state sent"
    " two brigades and asked neighbouring states for pumps. The operator, Halden Water, said the wall was inspected"
    " in autumn and found sound; engineers will look at the foundations once the water has fallen."
)
OWN = (
    (
        "Night in the stadium: how Orlen fled its broken dam",
        "Ilse Norden carried her cat and a radio. Our reporter spent the night with the people of the lower town of"
        " Orlen after the dam broke, among tents, soup and rumours about who knew of the cracks.",
    ),
    (
        "Orlen dam: inspectors had warned of cracks in the wall",
        "Letters seen by this newspaper show that two inspectors warned of cracks in the dam above Orlen last spring."
        " The operator answered that repairs would wait for the dry season.",
    ),
    (
        "What the broken Orlen dam means for the power supply",
        "The plant below the Orlen dam made a tenth of the region's electricity. Since the dam broke on Sunday, two"
        " older stations run at full load, and prices at the exchange have doubled.",
    ),
)


def story() -> list[Item]:
    """A wire report, nine papers that print it with a headline or a cut of their own, three reports of others."""
    told = [("reuters.com", "Dam above Orlen breaks after three days of rain, thousands flee", REPORT)]
    for n in range(9):
        title = "Dam above Orlen breaks after three days of rain, thousands flee" + (
            " - paper" if n % 2 else ""
        )
        told.append((f"paper{n}.example", title, REPORT if n % 3 else REPORT[: 330 + 20 * n]))
    told += [(f"own{n}.example", title, body) for n, (title, body) in enumerate(OWN)]
    return [
        Item(
            id=f"i{n}",
            source=site,
            title=title,
            body=body,
            url=f"https://www.{site}/news/orlen-{n}",
            lang="en",
            seen_at=NOON - timedelta(minutes=5 * (13 - n)),
            published_at=NOON - timedelta(minutes=5 * (13 - n) + 2),
        )
        for n, (site, title, body) in enumerate(told)
    ]


async def test_a_wire_report_nine_reprints_and_three_own_reports_are_four_voices(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "records.sqlite3")
    database.write_now(upgrade)
    records = SqlRecords(database)
    pipeline = make_pipeline(records, Settings())
    await records.ingest([Arrival(item) for item in story()])
    await pipeline.drain()
    trends = await pipeline.trends()
    await records.close()
    about = max(trends, key=lambda trend: trend.items)
    assert len(about.sources) == about.items
    voices = sum(
        term.inputs["effective_sources"]
        for trend in trends
        for term in trend.receipt.terms
        if term.name == "breadth"
    )
    assert abs(voices - 4) <= 0.5
    assert about.items >= 10
