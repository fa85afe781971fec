"""What language a text is in.

The script leaves few languages to choose from. Between those, two detectors that fail on different texts
are asked and their log-probabilities added: py3langid (long texts, fast) and lingua (short texts), which is
left out where it could not change the answer. How well that does is in docs/methods/languages.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from trend_agent.errors import Misconfigured
from trend_agent.items import UNDETERMINED
from trend_agent.text.once import Once
from trend_agent.text.script import UNKNOWN, script_of, scripts, within

if TYPE_CHECKING:
    import lingua
    from py3langid.langid import LanguageIdentifier

USUAL = (
    *("ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru"),
    *("sv", "tr", "uk", "vi", "zh", "bn", "el", "gu", "he", "hy", "ka", "pa", "ta", "te", "th"),
)
"""What is looked for unless told otherwise: large languages, and those alone in their script."""

LONGEST = 600
"""Characters looked at; more change the answer no longer."""

FEWEST = 3
"""Letters below which a text says nothing about its language; one character of Han or Hangul is enough."""

LEAST = 0.2
"""Confidence below which no answer is better than the answer."""

LANGID_WEIGHT = 0.1
"""py3langid's log-probabilities count each byte as a witness of its own; a tenth of them is calibrated."""

LINGUA_FLOOR = log(0.01)
"""lingua gives exactly nothing to what one letter speaks against; no letter is as sure as that."""

PRIOR = log(20)
"""What a declared language is worth: one feed in twenty is declared wrongly."""

LINGUA_ONLY = frozenset(("mi", "nb", "tn", "ts"))
"""What py3langid does not know, or calls differently: its `no` is lingua's `nb`."""

FOREIGN = 0.2
"""Share of the letters from which on another script than Latin tells the language: names and page furniture
are often Latin in a text that is not, seldom the other way round."""

LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")

HAN = ("Hani", "Hans", "Hant")
"""Scripts of Chinese, and of Japanese without kana."""

NOISE = re.compile(
    r"\b(?:https?://|www\.)\S+|\S{1,64}@[\w.-]{1,255}|@\w+|#\w+|`[^`]{0,200}`|&\w{1,30};|[\d_*|~=<>{}\[\]\\^]+"
)
"""Links, addresses, handles, hashtags, code and signs: written alike in every language."""


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 (`und` where nobody can tell), ISO 15924, and the probability of being right, 0 to 1."""

    lang: str
    script: str
    confidence: float


class LanguageDetector:
    """Tells the language of texts out of `languages` (ISO 639-1); `Misconfigured` for one it cannot tell."""

    def __init__(self, languages: Sequence[str] | None = None) -> None:
        self.languages = tuple(dict.fromkeys(languages or USUAL))
        if unknown := set(self.languages) - set(known()):
            raise Misconfigured(f"no language called {min(unknown)!r}; there are {', '.join(known())}")
        self._langid = Once(lambda: _langid(self.languages))
        self._lingua = Once(lambda: _lingua(_alike(self.languages)))
        self._candidates: dict[str, tuple[str, ...]] = {}

    def detect(self, text: str, *, prior: str | None = None) -> Language:
        """The language of one text; `prior` is what its source declares (`de`, `de-AT`)."""
        bare = _bare(text)
        script = script_of(bare)
        choice = self._written(script)
        declared = re.split("[-_]", prior.lower(), maxsplit=1)[0] if prior else ""
        if settled := _settled(bare, script, choice, declared):
            return settled
        scores = self._first_scores(bare, choice)
        if declared in scores:
            scores[declared] += PRIOR
        if _margin(scores) <= -LINGUA_FLOOR:
            second = self._second_scores(bare)
            scores = {lang: score + second.get(lang, LINGUA_FLOOR) for lang, score in scores.items()}
        return _best(scores, script)

    def detect_all(
        self, texts: Iterable[str], *, priors: Iterable[str | None] | None = None
    ) -> list[Language]:
        """The languages of texts, in their order.

        One after the other: side by side, each thread of lingua would keep some 100 MB for itself.
        """
        return [
            self.detect(text, prior=prior) for text, prior in zip(texts, priors or repeat(None), strict=False)
        ]

    def _written(self, script: str) -> tuple[str, ...]:
        """The languages that use a script."""
        if script not in self._candidates:
            used = ("Hans", "Jpan") if script in HAN else (script,)
            self._candidates[script] = tuple(
                lang for lang in self.languages if not _written_in(lang).isdisjoint(used)
            )
        return self._candidates[script]

    def _first_scores(self, text: str, choice: Sequence[str]) -> dict[str, float]:
        ranked = self._langid().rank(text)
        # it divides by the root of the bytes before it makes probabilities; that is undone
        weight = LANGID_WEIGHT * sqrt(len(text.encode("utf-8", "replace")))
        return {lang: weight * log(max(p, 1e-12)) for lang, p in ranked if lang in choice}

    def _second_scores(self, text: str) -> dict[str, float]:
        values = self._lingua().compute_language_confidence_values(text)
        return {_code(value.language): max(log(max(value.value, 1e-12)), LINGUA_FLOOR) for value in values}


@cache
def known() -> tuple[str, ...]:
    """The languages a detector can be asked for."""
    from lingua import Language

    return tuple(sorted({"no", *(lang.iso_code_639_1.name.lower() for lang in Language.all())} - LINGUA_ONLY))


def _settled(text: str, script: str, choice: Sequence[str], prior: str) -> Language | None:
    """The answer where the script alone gives it, or where there is too little to ask further."""
    dense = script in (*HAN, "Jpan", "Kore")
    if script == UNKNOWN or not (dense or sum(map(str.isalpha, text)) >= FEWEST):
        fits = prior and (script == UNKNOWN or prior in choice)
        return Language(prior if fits else UNDETERMINED, script, LEAST if fits else 0.0)
    if not choice:
        return Language(UNDETERMINED, script, 0.0)
    if script in HAN and len(choice) > 1:
        # Han without kana is Chinese, save where a Japanese source says otherwise
        lang = "ja" if prior == "ja" and within(text, "shift_jis") else "zh"
        return Language(lang, script, 0.95)
    return Language(choice[0], script, 1.0) if len(choice) == 1 else None


def _best(scores: Mapping[str, float], script: str) -> Language:
    """The likeliest, `und` below LEAST; of two alike the first in the alphabet."""
    lang = min(scores, key=lambda lang: (-scores[lang], lang))
    confidence = 1 / sum(exp(score - scores[lang]) for score in scores.values())
    return Language(lang if confidence >= LEAST else UNDETERMINED, script, round(confidence, 4))


def _margin(scores: Mapping[str, float]) -> float:
    first, second, *_ = sorted(scores.values(), reverse=True)
    return first - second


def _bare(text: str) -> str:
    """The part of a text that tells its language."""
    text = " ".join(NOISE.sub(" ", text[:LONGEST]).split())
    if text.isascii():
        return text
    found = scripts(text)
    others = found.total() - found["Latn"]
    return LATIN.sub(" ", text).strip() if others >= FOREIGN * found.total() and found["Latn"] else text


@cache
def _written_in(lang: str) -> frozenset[str]:
    """The script of a language by CLDR's likely subtags; Latin as well where two are in use."""
    from babel.core import get_global

    subtags = get_global("likely_subtags").get(lang, f"{lang}_Latn").split("_")
    script = next((tag for tag in subtags if len(tag) == 4), "Latn")
    both = lang in ("az", "bs", "kk", "mn", "sr", "uz")
    return frozenset((script, "Latn", "Cyrl") if both else (script,))


def _langid(languages: Sequence[str]) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(languages)
    # made anew from its parts, it lets go of the languages that are not asked for
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output,
        norm_probs=True, tk_row=whole.tk_row,
    )  # fmt: skip


def _alike(languages: Sequence[str]) -> list[str]:
    """Those that share a script with another: the only ones that two detectors are asked to tell apart."""
    written = [script for lang in languages for script in _written_in(lang)]
    return [lang for lang in languages if any(written.count(script) > 1 for script in _written_in(lang))]


def _lingua(languages: Sequence[str]) -> lingua.LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    names = (getattr(IsoCode639_1, "NB" if lang == "no" else lang.upper()) for lang in languages)
    return LanguageDetectorBuilder.from_iso_codes_639_1(*names).build()


@cache
def _code(language: lingua.Language) -> str:
    code = str(language.iso_code_639_1.name.lower())
    return "no" if code == "nb" else code
