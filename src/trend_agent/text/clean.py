"""Text as people read it: without markup, without characters that hide or reorder others."""

from __future__ import annotations

import html
import re
import unicodedata

from trend_agent.text.once import Once
from trend_agent.text.script import marks

LONGEST = 20_000
"""Characters a cleaned text may have, unless told otherwise."""

RAW_PER_CLEAN = 8
"""Markup may take this many times the room of the text in it; what lies behind that is not read."""

MOST_TAGS = 4000
"""A parser's time grows with the square of the depth; what lies behind so many `<` is not read."""

ROUNDS = 4
"""Times a text that was escaped again and again is unescaped."""

BLOCKS = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li"
    " main menu nav noframes ol option p pre search section summary table tbody td tfoot th thead title tr ul"
)
INLINE = (
    "a abbr acronym applet area audio b base basefont bdi bdo big button canvas cite code col colgroup data"
    " datalist del dfn em embed font i iframe img input ins kbd label link map mark marquee math meta meter"
    " noembed noscript object optgroup output param picture plaintext portal progress q rp rt rtc ruby s samp"
    " script select slot small source span strike strong style sub sup svg template textarea time track tt u"
    " var video wbr xmp"
)

BLOCK = re.compile(rf"<(?=/?(?:{BLOCKS.replace(' ', '|')})[\s/>])", re.IGNORECASE)
NO_TAG = re.compile(
    rf"<(?!/?(?:{BLOCKS.replace(' ', '|')}|{INLINE.replace(' ', '|')})[\s/>]|[!?]"
    r"|/?[a-z][\w.]*[:-]|[a-z]\w*[\s/][^<>]{0,200}=)",
    re.IGNORECASE,
)
"""A `<` that begins no tag: `a < b`, `Vec<T>`."""

ENTITY = re.compile(r"&(?:#|[a-zA-Z][a-zA-Z0-9]{1,30};)")

BLANK = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029\u00a0]+")
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Controls, bidirectional marks, fillers and signs of no width, tag characters, noncharacters. The joiners
U+200C and U+200D stay: Persian, Hindi and families of emoji are written with them."""

LONE = re.compile("[\ud800-\udfff]")
JOINERS = re.compile("(?<![^\x00-\u02ff])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u02ff])")
"""Joiners that join nothing, as next to a Latin letter: there they only hide a word from a search."""


def clean(text: str, *, longest: int = LONGEST) -> str:
    """One line of plain text in NFC: no tags or entities, no controls, white space folded.

    Blocks (`<p>`, `<br>` …) end a word, inline tags do not; scripts and styles go with what they hold. Text
    that was escaped more than once is unescaped to the end, so that cleaning twice changes nothing. A lone
    surrogate becomes U+FFFD; at most four combining marks stay in a row; over `longest` characters are cut,
    at a blank where there is one, and end in `…`. What comes out is text, not HTML: whoever shows it escapes
    it.
    """
    if len(text) <= longest and text.isascii() and text.isprintable() and not ("<" in text or "&" in text):
        return " ".join(text.split())  # what most texts are: nothing of the rest would change it
    text = _visible(text[: longest * RAW_PER_CLEAN])
    for _ in range(ROUNDS):
        plain = _without_markup(text)
        if plain == text:
            break
        text = _visible(plain)
    return _cut(" ".join(text.split()), longest)


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = HIDDEN.sub("", LONE.sub("\ufffd", BLANK.sub(" ", text)))
    # normalising sorts a run of marks by insertion, which a run of a million would make endless
    text = JOINERS.sub("", _mark_runs().sub(r"\1", text))
    return unicodedata.normalize("NFC", text)


def _without_markup(text: str) -> str:
    if "<" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
        text = NO_TAG.sub("&lt;", BLOCK.sub(" <", _first_tags(text)))
    if "<" in text:
        import nh3

        text = nh3.clean(text, tags=set())
    return html.unescape(text) if ENTITY.search(text) else text


def _first_tags(text: str) -> str:
    if text.count("<") <= MOST_TAGS:
        return text
    place = -1
    for _ in range(MOST_TAGS):
        place = text.index("<", place + 1)
    return text[:place]


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    blank = head.rfind(" ", longest // 2)
    return (head[:blank] if blank > 0 else head).rstrip() + "…"


_mark_runs = Once(lambda: re.compile(f"([{marks()}]{{4}})[{marks()}]+"))
