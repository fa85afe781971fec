"""A made-up stream of items with planted copies, mutants, and things that only look like copies.

Words are made of syllables and drawn by Zipf's law, so that texts share little but what was planted. Nothing
here is taken from a data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from trend_agent.items import Item

START = datetime(2024, 5, 1, tzinfo=UTC)

SCRIPTS = {
    "Latn": (
        "b d f g h k l m n p r s t v z br st kr pl",
        "a e i o u ei ou",
        "the of in to and for on with at by",
    ),
    "Cyrl": ("б в г д ж з к л м н п р с т ст пр", "а е и о у я", "в на и по из за от для с о"),
    "Arab": ("ب ت ج د ر س ش ع ف ق ك ل م ن", "ا و ي", "في من على إلى عن مع و أن ما هذا"),
}
HAN = (
    "山水火土木金日月星天地人口手目耳心力大小中上下左右前后东西南北春夏秋冬风雨雪云江河湖海田石门车马"
    "牛羊鱼鸟花草竹米茶衣食住行言语书画歌舞工农商学兵医法文史政经军民市县乡村路桥船机电光声色红黄蓝白黑新旧长短高低多少快慢远近"
)

LABELS = ("BREAKING: ", "UPDATE 1-", "Exclusive: ", "LIVE | ", "WATCH: ")
NEGATION = {"Latn": "not", "Cyrl": "не", "Arab": "لا", "Hani": "不"}


@dataclass(frozen=True)
class Planted:
    """An item, the happening it is a copy of, and how it was made. `altered` are tokens a mutant brings in."""

    item: Item
    group: int
    kind: str
    altered: tuple[str, ...] = ()


class Writer:
    """Writes headlines and bodies in one script."""

    def __init__(self, script: str, random: Random) -> None:
        self.script, self.random = script, random
        if script == "Hani":
            self.words = ["".join(random.sample(HAN, 2)) for _ in range(3000)]
            self.little = ["的", "在", "和", "了"]
        else:
            heads, tails, little = (part.split() for part in SCRIPTS[script])
            self.words = [
                "".join(
                    random.choice(heads) + random.choice(tails) for _ in range(random.choice((2, 2, 3, 3, 4)))
                )
                for _ in range(4000)
            ]
            self.little = little
        self.weights = [1 / (rank + 8) for rank in range(len(self.words))]
        self.blank = "" if script == "Hani" else " "

    def word(self) -> str:
        return self.random.choices(self.words, self.weights)[0]

    def name(self) -> str:
        return self.random.choice(self.words).title()

    def number(self) -> str:
        return str(self.random.randint(11, 9800))

    def phrase(self, size: int) -> list[str]:
        """Words with every fourth a little one, one name, and mostly a number."""
        made = [self.random.choice(self.little) if n % 4 == 3 else self.word() for n in range(size)]
        made[0] = made[0].title()
        made[self.random.randrange(1, size)] = self.name()
        if self.random.random() < 0.7:
            made[self.random.randrange(1, size)] = self.number()
        return made

    def headline(self) -> list[str]:
        return self.phrase(self.random.randint(8, 14))

    def body(self, sentences: int) -> list[list[str]]:
        return [self.phrase(self.random.randint(9, 18)) for _ in range(sentences)]

    def join(self, words: list[str]) -> str:
        return self.blank.join(words)

    def text(self, sentences: list[list[str]]) -> str:
        return " ".join(self.join(sentence) + "." for sentence in sentences)


@dataclass
class Story:
    writer: Writer
    title: list[str]
    body: list[list[str]]
    item: Item


class Stream:
    """Makes stories with copies and false friends around each."""

    def __init__(self, *, seed: int, stories: int) -> None:
        self.random = Random(seed)
        scripts = ("Latn", "Latn", "Latn", "Cyrl", "Arab", "Hani")
        self.writers = [Writer(script, self.random) for script in scripts]
        self.stories = stories
        self.made = 0
        self.group = 0

    def __call__(self) -> list[Planted]:
        planted = [one for _ in range(self.stories) for one in self.story()]
        return sorted(planted, key=lambda one: (one.item.seen_at, one.item.id))

    def story(self) -> Iterator[Planted]:
        writer = self.random.choice(self.writers)
        title, body = (
            writer.headline(),
            writer.body(self.random.randint(7, 14)) if self.random.random() < 0.4 else [],
        )
        at = START + timedelta(hours=self.random.random() * 240)
        first = self.item(writer.join(title), writer.text(body), at)
        told = Story(writer, title, body, first)
        self.group += 1
        yield Planted(first, self.group, "original")
        copies = COPIES_OF_ARTICLES if body else COPIES_OF_TITLES
        for kind, copy in self.random.sample(sorted(copies.items()), self.random.choice((0, 1, 1, 2, 3))):
            made, altered = copy(self, told)
            yield Planted(made, self.group, kind, altered)
        false = FALSE_ARTICLES if body else FALSE_TITLES
        for kind, friend in self.random.sample(sorted(false.items()), self.random.choice((0, 1, 2))):
            self.group += 1
            yield Planted(friend(self, told), self.group, kind)

    def item(self, title: str, body: str, at: datetime, *, outlet: str = "", url: str = "") -> Item:
        self.made += 1
        outlet = outlet or f"paper{self.random.randrange(400)}"
        url = url or f"https://www.{outlet}.example/news/{self.made}"
        return Item(f"p{self.made}", outlet, title, at, body=body, url=url)

    def again(
        self, story: Story, title: list[str] | str, body: list[list[str]] | None = None, **place: str
    ) -> Item:
        """The story in other words, some hours later, by default elsewhere."""
        at = story.item.seen_at + timedelta(hours=0.1 + self.random.random() * 20)
        text = title if isinstance(title, str) else story.writer.join(title)
        return self.item(text, story.writer.text(story.body if body is None else body), at, **place)

    def changed(self, words: list[str], how: Callable[[str], bool], new: Callable[[], str]) -> list[str]:
        """The words with one of those that are so exchanged; a number where there is none of that kind."""
        places = [n for n, word in enumerate(words) if n and how(word)]
        made = list(words)
        made[self.random.choice(places or [len(words) - 1])] = new()
        return made

    def slip(self, word: str) -> str:
        n = self.random.randrange(1, max(len(word) - 1, 2))
        return word[:n] + word[n + 1 :] if self.random.random() < 0.5 else word[:n] + word[n] + word[n:]

    def misspelt(self, words: list[str], slips: int) -> list[str]:
        long = [n for n, word in enumerate(words) if len(word) > 5 and word.isalpha()]
        chosen = set(self.random.sample(long, min(slips, len(long))))
        return [self.slip(word) if n in chosen else word for n, word in enumerate(words)]


def is_name(word: str) -> bool:
    return word[0].isupper()


Copied = tuple[Item, tuple[str, ...]]


def plain(make: Callable[[Stream, Story], Item]) -> Callable[[Stream, Story], Copied]:
    return lambda stream, story: (make(stream, story), ())


def signed(stream: Stream, story: Story) -> Item:
    made = stream.again(story, story.title)
    return replace(made, title=f"{made.title} - {made.source}")


def readdressed(stream: Stream, story: Story) -> Item:
    url = story.item.url.replace("www.", "m.") + "?utm_source=feed&fbclid=x#top"
    return stream.again(story, story.writer.headline(), [], outlet=story.item.source, url=url)


def as_post(stream: Stream, story: Story) -> Item:
    made = stream.again(
        story, f"RT @paper: {story.writer.join(story.title)} 🔥 https://t.example/{stream.made}"
    )
    return replace(made, url="", body="")


def mutant(stream: Stream, story: Story, how: Callable[[str], bool], new: Callable[[], str]) -> Copied:
    body = [list(sentence) for sentence in story.body]
    place = next((n for n, words in enumerate(body) if any(map(how, words[1:]))), 0)
    body[place] = stream.changed(body[place], how, new)
    altered = [new for old, new in zip(story.body[place], body[place], strict=True) if old != new]
    return stream.again(story, story.title, body), tuple(altered)


def recounted(stream: Stream, story: Story) -> Copied:
    return mutant(stream, story, str.isdigit, story.writer.number)


def renamed(stream: Stream, story: Story) -> Copied:
    """A name exchanged, where the script shows what is one."""
    if story.writer.script in ("Arab", "Hani"):
        return recounted(stream, story)
    return mutant(stream, story, is_name, story.writer.name)


def swapped(stream: Stream, story: Story) -> Item:
    middle = len(story.title) // 2
    return stream.again(story, [*story.title[middle:], *story.title[:middle]])


def misprinted(stream: Stream, story: Story) -> Item:
    body = [stream.misspelt(words, 1) if n % 3 == 0 else words for n, words in enumerate(story.body)]
    return stream.again(story, story.title, body)


COPIES_OF_TITLES: dict[str, Callable[[Stream, Story], Copied]] = {
    "same": plain(lambda stream, s: stream.again(s, s.title)),
    "outlet behind": plain(signed),
    "label in front": plain(lambda stream, s: stream.again(s, stream.random.choice(LABELS) + s.writer.join(s.title))),
    "capitals": plain(lambda stream, s: stream.again(s, s.writer.join(s.title).upper())),
    "one slip": plain(lambda stream, s: stream.again(s, stream.misspelt(s.title, 1))),
    "two slips": plain(lambda stream, s: stream.again(s, stream.misspelt(s.title, 2))),
    "words added": plain(lambda stream, s: stream.again(s, [*s.title, s.writer.word(), s.writer.word()])),
    "last word lost": plain(lambda stream, s: stream.again(s, s.title[:-1])),
    "halves swapped": plain(swapped),
    "signs": plain(lambda stream, s: stream.again(s, f"“{s.writer.join(s.title)}”…")),
    "post": plain(as_post),
    "same address": plain(readdressed),
}  # fmt: skip

COPIES_OF_ARTICLES: dict[str, Callable[[Stream, Story], Copied]] = {
    "same": plain(lambda stream, s: stream.again(s, s.title)),
    "own headline": plain(lambda stream, s: stream.again(s, s.writer.headline())),
    "sentence lost": plain(lambda stream, s: stream.again(s, s.writer.headline(), s.body[:2] + s.body[3:])),
    "sentence added": plain(lambda stream, s: stream.again(s, s.writer.headline(), [*s.body, *s.writer.body(1)])),
    "beginning lost": plain(lambda stream, s: stream.again(s, s.writer.headline(), s.body[1:])),
    "end cut": plain(lambda stream, s: stream.again(s, s.writer.headline(), s.body[: 2 * len(s.body) // 3])),
    "footer added": plain(lambda stream, s: stream.again(s, signed(stream, s).title, [*s.body, *s.writer.body(2)])),
    "slips": plain(misprinted),
    "same address": plain(readdressed),
    "number altered": recounted,
    "name altered": renamed,
}  # fmt: skip


def rolling(stream: Stream, story: Story) -> Item:
    made = stream.again(story, story.title, [], outlet=story.item.source)
    return replace(made, seen_at=story.item.seen_at + timedelta(hours=24))


def same_form(stream: Stream, story: Story) -> Item:
    """The same report of another happening: every number and every name is another."""
    writer = story.writer
    fresh = [
        [
            writer.number() if w.isdigit() else writer.name() if n and is_name(w) else w
            for n, w in enumerate(words)
        ]
        for words in story.body
    ]
    return stream.again(story, stream.changed(story.title, str.isdigit, writer.number), fresh)


def negated(stream: Stream, story: Story) -> Item:
    title = list(story.title)
    title.insert(stream.random.randrange(1, len(title)), NEGATION[story.writer.script])
    return stream.again(story, title)


def own_words(stream: Stream, story: Story) -> Item:
    """Another's report: it shares the names and numbers and every third word."""
    title = [
        w if n % 3 == 0 or is_name(w) or w.isdigit() else story.writer.word()
        for n, w in enumerate(story.title)
    ]
    return stream.again(story, title, story.writer.body(8) if story.body else [])


FALSE_TITLES: dict[str, Callable[[Stream, Story], Item]] = {
    "other number": lambda stream, s: stream.again(s, stream.changed(s.title, str.isdigit, s.writer.number)),
    "other name": lambda stream, s: stream.again(s, stream.changed(s.title, is_name, s.writer.name)),
    "negated": negated,
    "other day": rolling,
    "own words": own_words,
    "unrelated": lambda stream, s: stream.again(s, s.writer.headline()),
}
FALSE_ARTICLES: dict[str, Callable[[Stream, Story], Item]] = {
    "same form": same_form,
    "same headline": lambda stream, s: stream.again(s, s.title, s.writer.body(9)),
    "own words": own_words,
    "unrelated": lambda stream, s: stream.again(s, s.writer.headline(), s.writer.body(9)),
}
