"""Saying what a topic is about, in nobody's words but its items'."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from trend_agent.items import Item, Trend
from trend_agent.processing.rank import Ranker
from trend_agent.processing.summarise import Summariser, sentences
from trend_agent.storage import Fact
from trend_agent.text.words import words


def trend(
    noon: datetime, titles: Sequence[str], *, bodies: Sequence[str] = (), lang: str = "en", source: str = "s"
) -> Trend:
    facts = []
    for k, title in enumerate(titles):
        body = bodies[k] if k < len(bodies) else ""
        at = noon - timedelta(minutes=len(titles) - k)
        item = Item(f"i{k}", f"{source}{k}", title, at, published_at=at, body=body, lang=lang)
        facts.append(Fact(k, item, "t", None))
    return Summariser(words)(Ranker()(facts, noon))[0]


def test_the_headline_is_the_most_central_title(noon: datetime) -> None:
    found = trend(
        noon,
        [
            "Is this the end of the Orlen dam? Your questions answered",
            "Orlen dam breaks after three days of rain, thousands flee",
            "Thousands flee after Orlen dam breaks",
            "What we had for lunch near a dam",
        ],
    )
    assert found.headline.text in (
        "Orlen dam breaks after three days of rain, thousands flee",
        "Thousands flee after Orlen dam breaks",
    )


def test_every_sentence_stands_in_the_item_it_names(noon: datetime) -> None:
    titles = ["Orlen dam breaks after rain", "Dam at Orlen gives way", "Orlen: river bursts dam"]
    bodies = [
        "The dam above Orlen gave way at dawn on Sunday. Nobody was hurt, said the mayor.",
        "Some 4,000 people left their homes in the night. Schools stay closed.",
        "",
    ]
    found = trend(noon, titles, bodies=bodies)
    texts = {f"i{k}": f"{titles[k]}\n{bodies[k]}" for k in range(3)}
    assert found.summary
    for sentence in [*found.summary, found.headline]:
        assert all(sentence.text in texts[key] for key in sentence.items)
    assert any("4,000" in s.text for s in found.summary)


def test_a_publishers_name_at_the_end_is_left_out_and_only_that(noon: datetime) -> None:
    assert trend(noon, ["Rain ends drought - s0"]).headline.text == "Rain ends drought"
    assert trend(noon, ["Rain ends drought - at last"]).headline.text == "Rain ends drought - at last"


def test_the_label_names_what_titles_share(noon: datetime) -> None:
    found = trend(noon, ["Orlen dam breaks", "Mayor of Orlen resigns over dam", "Help reaches Orlen"])
    assert "Orlen" in found.label


def test_a_label_keeps_rows_of_words_together_and_their_spelling(noon: datetime) -> None:
    titles = ["Deal on McKinley Dam fails", "McKinley Dam: no deal", "Protest at McKinley Dam grows"]
    assert trend(noon, titles).label.split(" · ")[0] == "McKinley Dam"


def test_what_one_house_alone_says_is_no_label(noon: datetime) -> None:
    facts = []
    for k, title in enumerate(["Orlen quiz special", "Orlen quiz again", "Orlen floods"]):
        item = Item(f"i{k}", "gazette" if k < 2 else "courier", title, noon, published_at=noon, lang="en")
        facts.append(Fact(k, item, "t", None))
    (found,) = Summariser(words)(Ranker()(facts, noon))
    assert found.label == "Orlen"


def test_sentences_about_the_page_are_not_shown(noon: datetime) -> None:
    titles = ["Orlen dam breaks after rain", "Dam at Orlen gives way", "Orlen dam: river bursts it"]
    bodies = [
        "Subscribe to our newsletter to read on. The dam above Orlen gave way at dawn on Sunday.",
        "Some 4,000 people left their homes in the night. Schools stay closed.",
        "This article appeared first on the Gazette pages. Helicopters brought sand to the broken wall.",
    ]
    shown = [s.text for s in trend(noon, titles, bodies=bodies).summary]
    assert "The dam above Orlen gave way at dawn on Sunday." in shown
    assert not any("newsletter" in text or "appeared first" in text for text in shown)
    opening = "Good morning and welcome to the day. "
    facts = [
        Fact(
            k,
            Item(
                f"i{k}",
                f"s{k}",
                f"{name} wins",
                noon,
                published_at=noon,
                body=f"{opening}{name} won the race.",
                lang="en",
            ),
            name,
            None,
        )
        for k, name in enumerate(("Ossip Brandt", "Lena Vogel"))
    ]
    told = [s.text for t in Summariser(words)(Ranker()(facts, noon)) for s in t.summary]
    assert told
    assert opening.strip() not in told


def test_the_second_sentence_says_something_else(noon: datetime) -> None:
    titles = [
        "Orlen dam breaks",
        "Orlen dam breaks after rain",
        "Orlen dam broken",
        "Orlen dam breaks, homes flooded",
    ]
    bodies = [
        "The dam above Orlen gave way at dawn on Sunday after rain.",
        "The dam above Orlen gave way at dawn on Sunday after three days of rain.",
        "The dam above Orlen gave way on Sunday at dawn.",
        "Helicopters carried forty families from roofs to the stadium.",
    ]
    found = trend(noon, titles, bodies=bodies).summary
    assert len(found) == 2
    assert "Helicopters" in found[1].text or "Helicopters" in found[0].text


def test_a_chinese_topic_is_told_in_chinese(noon: datetime) -> None:
    titles = ["奥伦大坝溃决数千人撤离", "奥伦大坝溃决", "奥伦大坝溃决后学校停课"]
    found = trend(
        noon,
        titles,
        lang="zh",
        bodies=["大坝在周日清晨溃决，数千人连夜撤离家园前往高地。市长说没有人受伤。"] * 3,
    )
    assert found.headline.text in titles
    assert found.summary[0].text.endswith("。")
    assert "奥伦" in found.label


def test_sentences_end_where_they_end() -> None:
    assert sentences("The first one is here. The second one follows! And the third asks: why?") == [
        "The first one is here.",
        "The second one follows!",
        "And the third asks: why?",
    ]


def test_a_list_says_the_same_whatever_was_said_before(noon: datetime) -> None:
    def fact(seq: int, topic: str, title: str, *, copy_of: str | None = None) -> Fact:
        at = noon - timedelta(minutes=30 - seq)
        body = f"Stand by for more from our newsroom tonight. {title}, as witnesses told us on {topic}."
        return Fact(
            seq, Item(f"i{seq}", f"s{seq}", title, at, published_at=at, body=body, lang="en"), topic, copy_of
        )

    first = [
        fact(1, "dam", "Orlen dam breaks after days of rain"),
        fact(2, "dam", "Thousands flee as Orlen dam breaks"),
        fact(3, "cup", "Riverside wins the cup in Orlen"),
        fact(4, "cup", "The cup goes to Riverside"),
    ]
    lists = [
        first,
        [*first, fact(5, "dam", "Orlen dam breaks, bridges closed"), fact(6, "dam", "x", copy_of="i5")],
        [*first[1:], fact(7, "vote", "Orlen votes on a new dam")],
        first,
    ]
    summariser, ranker = Summariser(words), Ranker()
    for facts in lists:
        standings = ranker(facts, noon)
        assert summariser(standings) == Summariser(words)(standings)
