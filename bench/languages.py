"""Languages told right, beside the two detectors that take part, in the same run.

    python -m bench.languages ITEMS.jsonl.gz [--only en,de,…]

ITEMS has `title`, `kind` and `gold_lang` per line. Prints and keeps in bench/results/languages.json, per kind
of text: macro-accuracy in % (mean over the languages) of each detector restricted to the same languages,
lines/s, how sure and how right the answers are, and the memory in use.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.kept import keep
from trend_agent.text.language import Language, LanguageDetector

TWENTY = "en,de,es,fr,it,pt,nl,ru,zh,ja,ar,tr,pl,uk,hi,id,ko,sv,vi,fa"
BATCH = 512

Told = Callable[[Sequence[str]], Sequence[str]]


def rows(path: Path, languages: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """(text, language) of each kind of text."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with gzip.open(path) as lines:
        for row in map(json.loads, lines):
            if row["gold_lang"] in languages:
                found[row["kind"]].append((row["title"], row["gold_lang"]))
    return dict(sorted(found.items()))


def macro_accuracy(gold: Sequence[str], told: Sequence[str]) -> float:
    right: dict[str, list[bool]] = defaultdict(list)
    for lang, answer in zip(gold, told, strict=True):
        right[lang].append(lang == answer)
    return round(100 * sum(sum(hits) / len(hits) for hits in right.values()) / len(right), 2)


def measured(kinds: dict[str, list[tuple[str, str]]], tell: Told) -> dict[str, Any]:
    """Accuracy and lines/s per kind, when the models are loaded."""
    for pairs in kinds.values():
        tell([text for text, _ in pairs[::50]])
    result = {}
    for kind, pairs in kinds.items():
        texts, gold = zip(*pairs, strict=True)
        start = perf_counter()
        told = [lang for n in range(0, len(texts), BATCH) for lang in tell(texts[n : n + BATCH])]
        pace = int(len(texts) / (perf_counter() - start))
        result[kind] = {"accuracy": macro_accuracy(gold, told), "lines/s": pace}
    return result


def lingua(languages: Sequence[str]) -> Told:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, lang.upper()) for lang in languages]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def tell(texts: Sequence[str]) -> list[str]:
        found = detector.detect_languages_in_parallel_of(list(texts))
        return [language.iso_code_639_1.name.lower() if language else "und" for language in found]

    return tell


def langid(languages: Sequence[str]) -> Told:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(languages)
    return lambda texts: [identifier.classify(text)[0] for text in texts]


def reliability(kinds: dict[str, list[tuple[str, str]]], detector: LanguageDetector) -> dict[str, str]:
    """How often answers of a stated confidence are right, over all kinds."""
    bins: dict[int, list[bool]] = defaultdict(list)
    for pairs in kinds.values():
        texts, gold = zip(*pairs, strict=True)
        answers: list[Language] = detector.detect_all(texts)
        for answer, lang in zip(answers, gold, strict=True):
            bins[min(int(answer.confidence * 5), 4)].append(answer.lang == lang)
    return {
        f"{n / 5:.1f} to {(n + 1) / 5:.1f}": f"{sum(hits) / len(hits):.2f} of {len(hits)}"
        for n, hits in sorted(bins.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.languages")
    parser.add_argument("items", type=Path)
    parser.add_argument("--only", default=TWENTY)
    chosen = parser.parse_args()
    languages = chosen.only.split(",")
    kinds = rows(chosen.items, languages)
    detector = LanguageDetector(languages)
    results = {
        "ours": measured(kinds, lambda texts: [found.lang for found in detector.detect_all(texts)]),
        "right by confidence": reliability(kinds, detector),
        "peak memory in MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
        "lingua": measured(kinds, lingua(languages)),
        "py3langid": measured(kinds, langid(languages)),
    }
    keep("languages", results)


if __name__ == "__main__":
    main()
