"""Words and readings of the languages that are not written word by word: Chinese, Japanese, Korean.

jieba, fugashi (unidic-lite) and kiwipiepy do the work; each loads when the first text needs it.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from trend_agent.text.once import Once

if TYPE_CHECKING:
    import fugashi
    import jieba
    import kiwipiepy

PARTICLES = ("助詞", "助動詞", "補助記号", "記号", "空白")
"""Japanese parts of speech (unidic) that bind words and name nothing; signs and blanks likewise."""

ENDINGS = ("J", "E", "S", "XSV", "XSA", "XSN", "VCP")
"""Korean parts of speech (Sejong tags) that do the same."""

FOREIGN = ("SL", "SN", "SH")
"""Korean tags that begin like a sign's but are words: Latin, numbers, Han."""

_one_at_a_time = Lock()


def chinese(text: str) -> list[str]:
    return [word for word in _jieba().lcut(text) if not word.isspace()]


def japanese(text: str) -> list[str]:
    """The surfaces of a text's words, without particles and signs."""
    return [word for word, _, kind in _parsed(text) if kind not in PARTICLES]


def korean(text: str) -> list[str]:
    """The stems of a text's words, without particles, endings and signs."""
    return [
        token.form
        for token in _kiwi().tokenize(text)
        if token.tag in FOREIGN or not token.tag.startswith(ENDINGS)
    ]


def kana(text: str) -> list[str]:
    """The text's words as they are spoken, in Katakana; as written where no reading is known."""
    return [said or word for word, said, _ in _parsed(text)]


@lru_cache(maxsize=1 << 16)
def pinyin(word: str) -> str:
    """One Chinese word in Latin letters, without tones."""
    return "".join(_pypinyin()(word))


def _parsed(text: str) -> list[tuple[str, str | None, str]]:
    """(surface, pronunciation, part of speech) of each word.

    MeCab's nodes live in a lattice that the next text overwrites, so they are read under the lock.
    """
    with _one_at_a_time:
        return [
            (node.surface, getattr(node.feature, "pron", None), node.feature.pos1) for node in _tagger()(text)
        ]


def _load_jieba() -> jieba.Tokenizer:
    with warnings.catch_warnings():
        # its patterns hold escapes that newer Pythons warn about while compiling
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def _load_tagger() -> fugashi.Tagger:
    import fugashi
    import unidic_lite

    return fugashi.Tagger(f'-d "{unidic_lite.DICDIR}"')


def _load_kiwi() -> kiwipiepy.Kiwi:
    import kiwipiepy

    return kiwipiepy.Kiwi(num_workers=1)


def _load_pypinyin() -> Any:
    from pypinyin import lazy_pinyin

    return lazy_pinyin


_jieba = Once(_load_jieba)
_tagger = Once(_load_tagger)
_kiwi = Once(_load_kiwi)
_pypinyin = Once(_load_pypinyin)
