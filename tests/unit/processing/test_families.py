"""Whose voice an item is."""

from datetime import UTC, datetime

import pytest

from trend_agent.items import Item
from trend_agent.processing.families import family, wire


def item(*, body: str = "", author: str = "", url: str = "", source: str = "Daily Post") -> Item:
    return Item("a:1", source, "A title", datetime(2026, 3, 1, tzinfo=UTC), body=body, author=author, url=url)


@pytest.mark.parametrize(
    ("body", "agency"),
    [
        ("LONDON (Reuters) - Shares rose on Monday.", "Reuters"),
        ("WASHINGTON, March 1 (Reuters) – The Senate voted.", "Reuters"),
        ("PARIS (AP) — A court in France has ruled.", "AP"),
        ("(AFP) - Le président a dit lundi.", "AFP"),
        ("Berlin (dpa) - Der Bundestag hat beschlossen.", "dpa"),
        ("Berlin/Hamburg (dpa/lno) - Ein Sturm zieht auf.", "dpa"),
        ("Madrid, 1 mar (EFE).- El Gobierno anunció.", "EFE"),
        ("(ANSA) - ROMA, 01 MAR - Il governo ha detto.", "ANSA"),
        ("МОСКВА, 1 марта. /ТАСС/. Власти сообщили.", "TASS"),
        ("МОСКВА, 1 мар — РИА Новости. Власти сообщили.", "RIA Novosti"),
        ("بيروت (رويترز) - قال مسؤول يوم الاثنين.", "Reuters"),
        ("新华社北京3月1日电 国务院总理表示", "Xinhua"),
        ("[東京 1日 ロイター] - 日銀は1日", "Reuters"),
        ("【北京共同】中国外務省は", "Kyodo"),
        ("(서울=연합뉴스) 김철수 기자 = 정부는", "Yonhap"),
        ("New Delhi, Mar 1 (PTI) The Supreme Court on Monday", "PTI"),
        ("New Delhi (PTI): The Supreme Court on Monday", "PTI"),
        ("The minister told Reuters that he would resign.", None),
        ("The Associated Press (AP) has named a new head.", None),
        ("He met people of the party (PAP) in Warsaw - and left.", None),
        ("A body without any credit at all.", None),
    ],
)  # fmt: skip
def test_a_dateline_names_the_agency(body: str, agency: str | None) -> None:
    assert wire(item(body=body)) == agency


@pytest.mark.parametrize(
    ("ending", "agency"),
    [
        ("(Reuters)", "Reuters"),
        ("© AFP", "AFP"),
        ("Quelle: dpa", "dpa"),
        ("(dpa/lno)", "dpa"),
        ("/ritzau/", "Ritzau"),
        ("(With inputs from PTI)", "PTI"),
        ("— The Canadian Press", "Canadian Press"),
        ("he said to the AP", None),
        ("according to the Press Trust of India (PTI).", None),
    ],
)
def test_a_credit_at_the_end_names_the_agency(ending: str, agency: str | None) -> None:
    body = (
        "A long report about a storm that came over the sea and left many houses without a roof for days. "
        * 2
    )
    assert wire(item(body=body + ending)) == agency


@pytest.mark.parametrize(
    ("author", "agency"),
    [
        ("Reuters", "Reuters"),
        ("By Associated Press", "AP"),
        ("Jane Doe, Associated Press", "AP"),
        ("AFP / Jean Dupont", "AFP"),
        ("von dpa", "dpa"),
        ("Ann Apley", None),
        ("ap", None),
    ],
)
def test_an_author_names_the_agency(author: str, agency: str | None) -> None:
    assert wire(item(author=author)) == agency


def test_an_agency_is_known_by_its_own_pages() -> None:
    assert wire(item(url="https://www.reuters.com/world/a")) == "Reuters"
    assert wire(item(source="AFP")) == "AFP"


@pytest.mark.parametrize(
    ("source", "url", "house"),
    [
        ("BBC News", "https://www.bbc.co.uk/news/1", "BBC"),
        ("BBC", "https://bbc.com/news/2", "BBC"),
        ("The Sun", "https://www.thesun.co.uk/a", "News Corp"),
        ("Times", "https://www.thetimes.co.uk/a", "News Corp"),
        ("Daily Post", "https://edition.dailypost.example/a", "dailypost.example"),
        ("dailypost.example", "", "dailypost.example"),
        ("Daily  Post", "", "daily post"),
        ("9News", "https://news.google.com/articles/x", "9news"),
        ("Somebody", "https://www.youtube.com/watch?v=1", "somebody"),
        ("blog", "https://one.substack.com/p/a", "one.substack.com"),
    ],
)
def test_a_house_is_known_by_its_pages(source: str, url: str, house: str) -> None:
    assert family(source, url) == house
