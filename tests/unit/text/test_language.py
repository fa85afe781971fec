"""Which language a text is in, and what the two filters make of odd lines."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from trend_agent.errors import Misconfigured
from trend_agent.text.language import Language, LanguageDetector

FEW = ("en", "de", "es", "fr", "it", "ru", "uk", "zh", "ja", "ar", "fa", "hi", "ko")


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(FEW)


@pytest.mark.parametrize(
    ("text", "lang", "script"),
    [
        ("The harbour stays closed until the storm has passed", "en", "Latn"),
        ("Der Hafen bleibt geschlossen, bis der Sturm vorbei ist", "de", "Latn"),
        ("El puerto sigue cerrado hasta que pase la tormenta", "es", "Latn"),
        ("Порт останется закрытым, пока не утихнет шторм", "ru", "Cyrl"),
        ("Порт залишиться зачиненим, доки не вщухне шторм", "uk", "Cyrl"),
        ("يبقى الميناء مغلقا حتى تمر العاصفة", "ar", "Arab"),
        ("بندر تا پایان طوفان بسته می‌ماند", "fa", "Arab"),
        ("तूफ़ान गुज़रने तक बंदरगाह बंद रहेगा", "hi", "Deva"),
        ("港口将关闭，直到风暴过去", "zh", "Hans"),
        ("嵐が過ぎるまで港は閉鎖される", "ja", "Jpan"),
        ("폭풍이 지나갈 때까지 항구는 닫힌다", "ko", "Kore"),
        ("Schmetterling", "de", "Latn"),
        ("Share to Facebook Share to Pinterest तूफ़ान गुज़रने तक बंदरगाह बंद", "hi", "Deva"),
        ("@anna #StormWatch https://example.org/the-storm Der Hafen bleibt zu", "de", "Latn"),
    ],
)
def test_a_text_is_known_by_script_and_words(
    detector: LanguageDetector, text: str, lang: str, script: str
) -> None:
    found = detector.detect(text)
    assert (found.lang, found.script) == (lang, script)
    assert 0.3 < found.confidence <= 1


@pytest.mark.parametrize(
    "text", ["", "  \n", "12:30 – 14!", "ok", "https://example.org/the-storm", "@anna #news", "👍"]
)
def test_what_says_too_little_is_undetermined(detector: LanguageDetector, text: str) -> None:
    found = detector.detect(text)
    assert (found.lang, found.confidence) == ("und", 0.0)


def test_a_script_that_no_wanted_language_uses_is_undetermined(detector: LanguageDetector) -> None:
    assert detector.detect("Το λιμάνι παραμένει κλειστό") == Language("und", "Grek", 0.0)


def test_only_the_languages_asked_for_are_given() -> None:
    few = LanguageDetector(["it", "fr"])
    assert few.detect("El puerto sigue cerrado hasta que pase la tormenta").lang in ("it", "fr", "und")
    assert LanguageDetector(["ja"]).detect("東京").lang == "ja"


def test_a_declared_language_settles_what_the_text_leaves_open(detector: LanguageDetector) -> None:
    assert detector.detect("Festival", prior="de").lang == "de"
    assert detector.detect("Festival", prior="es-MX").lang == "es"
    assert detector.detect("ok", prior="de").lang == "de"
    assert detector.detect("東京都知事選挙", prior="ja").lang == "ja"


def test_a_wrongly_declared_language_does_not_stand_against_the_text(detector: LanguageDetector) -> None:
    assert detector.detect("The harbour stays closed until the storm has passed", prior="de").lang == "en"
    assert detector.detect("Порт останется закрытым, пока не утихнет шторм", prior="en").lang == "ru"
    assert detector.detect("The harbour stays closed until the storm", prior="xx-nonsense").lang == "en"


def test_many_at_once_are_told_as_each_alone(detector: LanguageDetector) -> None:
    texts = ["Hafen", "the port", "", "storm warning", "Порт", "puerto cerrado", "港口", "port fermé", "x"]
    priors = [None, "en", "de", None, "uk", "it", "ja", None, "fr"]
    assert detector.detect_all(texts, priors=priors) == [
        detector.detect(text, prior=prior) for text, prior in zip(texts, priors, strict=True)
    ]


def test_a_language_nobody_knows_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="'qq'"):
        LanguageDetector(["en", "qq"])


def trend(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from trend_agent.cli import main; main()", *arguments]
    return subprocess.run(command, check=False, input=given, capture_output=True, timeout=60)


def test_every_line_gets_an_answer_in_its_place() -> None:
    lines = [
        b"Der Hafen bleibt geschlossen, bis der Sturm vorbei ist",
        b"",
        b"\xff\xfe\x00",
        json.dumps(
            {"id": "1", "title": "El puerto sigue", "body": "cerrado hasta que pase la tormenta"}
        ).encode(),
        b"{no json: the harbour stays closed until the storm has passed",
        json.dumps({"title": "Festival", "lang": "de", "body": None}).encode(),
        b'{"title": 7}\r',
        "港口将关闭，直到风暴过去".encode(),
    ]
    done = trend("language", "--languages", "de,en,es,zh", given=b"\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["lang"] for answer in answers] == ["de", "und", "und", "es", "en", "de", "und", "zh"]
    assert set(answers[0]) == {"lang", "script", "confidence"}
    assert done.returncode == 0


def test_the_filter_says_which_language_it_does_not_know() -> None:
    done = trend("language", "--languages", "en,qq", given=b"hello\n")
    assert done.returncode == 2
    assert b"'qq'" in done.stderr


def test_items_come_out_of_dedupe_with_what_they_copy() -> None:
    title = "Ferry with pilgrims sinks off the southern coast"
    rows = [
        {"id": "a", "title": title, "gold_x": 1, "mood": "grey", "url": "https://a.example/1"},
        {
            "id": "b",
            "title": f"BREAKING: {title}",
            "published_at": "9999-01-01T00:00:00Z",
            "url": "https://b.example/1",
        },
        {"title": "no id"},
    ]
    done = trend("dedupe", given=b"\n".join([*(json.dumps(row).encode() for row in rows), b"nonsense"]))
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first == {**rows[0], "duplicate_of": None}
    assert second == {
        **rows[1], "duplicate_of": "a", "copy": {"why": "same text", "similarity": 1.0, "altered": []}
    }  # fmt: skip
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 2
