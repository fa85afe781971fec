"""Words, readings and scripts."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import perf_counter

import pytest

from trend_agent.text.once import Once
from trend_agent.text.romanise import romanise
from trend_agent.text.script import script_of
from trend_agent.text.words import words


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Floods hit Porto, 40 hurt", "en", ["Floods", "hit", "Porto", "40", "hurt"]),
        (
            "The U.S. Fed’s rate is 3.5%, not 1,000",
            "en",
            ["The", "US", "Fed", "rate", "is", "3.5", "not", "1,000"],
        ),
        ("L'État dit: voir https://example.org/a?b=1 ici", "fr", ["L", "État", "dit", "voir", "ici"]),
        ("नरेन्द्र मोदी ने कहा", "hi", ["नरेन्द्र", "मोदी", "ने", "कहा"]),
        ("می‌خواهم بروم", "fa", ["می‌خواهم", "بروم"]),
        ("ＡＩ１２ ﬁn", "en", ["AI12", "fin"]),
        ("北京市长访问上海", "zh", ["北京", "市长", "访问", "上海"]),
        ("東京の新しいワクチン", "ja", ["東京", "新しい", "ワクチン"]),
        ("대통령이 서울에서 iPhone 15를 발표했다", "ko", ["대통령", "서울", "iPhone", "15", "발표"]),
        ("", "en", []),
        ("… — !", "en", []),
    ],
)
def test_words_end_where_readers_of_the_language_say(text: str, lang: str, expected: list[str]) -> None:
    assert words(text, lang) == expected


def test_each_stretch_of_a_mixed_text_is_cut_by_its_own_script() -> None:
    assert words("Tesla 在上海 sees 서울에서", "en") == ["Tesla", "在", "上海", "sees", "서울"]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Floods hit Porto", "en", "Floods hit Porto"),
        ("Müller in Łódź", "de", "Muller in Lodz"),
        ("Владимир в Киеве", "ru", "Vladimir v Kieve"),
        ("Ελλάδα", "el", "Ellada"),
        ("重庆和上海", "zh", "chongqing he shanghai"),
        ("東京", "ja", "tokyo"),
        ("東京", "und", "dongjing"),
        ("東京のジャパンとフィリピンにマッチ", "und", "tokyo no japan to firipin ni matchi"),
        ("서울", "ko", "seoul"),
        ("سلام", "ar", "slm"),
        ("fire 🔥 now", "en", "fire now"),
    ],
)
def test_a_text_is_read_aloud_in_ascii(text: str, lang: str, expected: str) -> None:
    assert romanise(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("hello", "Latn"),
        ("Привет, world", "Cyrl"),
        ("汉语发展", "Hans"),
        ("臺灣總統發表", "Hant"),
        ("人口", "Hani"),
        ("iPhoneの新型", "Jpan"),
        ("한국 뉴스", "Kore"),
        ("مرحبا", "Arab"),
        ("ﾃﾚﾋﾞ", "Jpan"),
        ("ＡＢＣ", "Latn"),
        ("12 – 34!", "Zyyy"),
        ("", "Zyyy"),
    ],
)
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    "piece", ["a", "1.", "1,", "U.", "'s", "ー", "\u0301", "한", "字", "a\u200d", "www.", " "]
)
def test_no_run_of_characters_makes_words_or_readings_slow(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    words("字 한 warm up", "zh")
    start = perf_counter()
    words(text, "und")
    romanise(text)
    script_of(text)
    assert perf_counter() - start < 3


def test_something_heavy_is_loaded_once_by_many_threads() -> None:
    loads: list[int] = []
    together = Barrier(8)

    def load() -> int:
        loads.append(1)
        return 42

    once = Once(load)

    def ask(_: int) -> int:
        together.wait()
        return once()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {42}
    assert len(loads) == 1


def test_a_load_that_failed_is_tried_again() -> None:
    answers = iter([OSError("gone"), 7])

    def load() -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    once = Once(load)
    with pytest.raises(OSError, match="gone"):
        once()
    assert once() == 7


def test_threads_read_japanese_at_the_same_time_without_mixing() -> None:
    texts = ["東京の空", "大阪の雨が強い", "京都に雪"] * 50
    expected = [words(text, "ja") for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: words(text, "ja"), texts)) == expected
