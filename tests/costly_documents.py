"""Documents of GraphQL that are built to be costly."""

from itertools import pairwise

from graphql import get_introspection_query

from trend_agent.api.graphql.limits import LIMITS


def nested(depth: int) -> str:
    return "{trends{nodes{" + "headline{" * depth + "text" + "}" * depth + "}}}"


def spread(levels: int, times: int, inner: str) -> str:
    """Fragments that each spread the next one several times."""
    last = f"fragment F{levels} on Query{{{inner}}}"
    chain = "".join(f"fragment F{n} on Query{{{f'...F{n + 1} ' * times}}}" for n in range(levels))
    return "{...F0}" + chain + last


ABUSE = {
    "depth 50": nested(50),
    "depth in fragments": "{trends{nodes{...A}}}" + "".join(
        f"fragment {a} on Trend{{headline{{...{b}}}}}" for a, b in pairwise("ABCDEFGHIJKLMOPN")
    ) + "fragment N on Sentence{text}",
    "1,000 aliases": "{" + " ".join(f"a{n}:trends{{at}}" for n in range(1000)) + "}",
    "100 aliases": "{" + " ".join(f"a{n}:__typename" for n in range(100)) + "}",
    "aliases inside fragments, ten times ten": spread(2, 10, " ".join(f"a{n}:__typename" for n in range(10))),
    "fragments that double 20 times": spread(20, 10, "a:__typename"),
    "a fragment that spreads itself": "{...A}fragment A on Query{...A}",
    "a cycle of fragments": "{...A}" + "".join(f"fragment {a} on Query{{...{b}}}" for a, b in pairwise("ABCA")),
    "a cycle that is not used": "{trends{at}}fragment A on Query{...B}fragment B on Query{...A}",
    "500 directives": "{trends{at" + " @include(if:true)" * 500 + "}}",
    "450 short directives": "{trends{at" + " @a" * 450 + "}}",
    "10,000 tokens": "{" + "a " * 7900 + "}",
    "10,000 characters of comments": "#\n" * 7900 + "{trends{at}}",
    "a flood of @defer": "{" + "...@defer{trends{at}}" * 100 + "}",
    "a flood of @stream": "{trends{" + "nodes@stream{at}" * 100 + "}}",
    "introspection": get_introspection_query(),
    "introspection of one type": '{__type(name:"Trend"){fields{name}}}',
    "introspection in a fragment": "{...A}fragment A on Query{...B}fragment B on Query{__schema{types{name}}}",
    "one field 900 times": "{trends{nodes{" + "topic " * 900 + "}}}",
    "lists in lists": '{trends(first:500){nodes{newest(first:100){id title body}}}}',
    "lists by variables": "query($n:Int=500){trends(first:$n){nodes{newest(first:$n){id}}}}",
    "deeply nested values": "{trends(first:" + "[" * 400 + "]" * 400 + "){at}}",
    "searches": "{" + " ".join(f'a{n}:search(query:"x"){{way}}' for n in range(20)) + "}",
    "past lists": "{" + " ".join(f'a{n}:trends(asOf:"2026-03-0{n}T00:00:00Z"){{at}}' for n in range(1, 9)) + "}",
    "unknown fields": "{" + " ".join(f"q{n}" for n in range(480)) + "}",
    "unused fragments": "{trends{at}}" + "".join(f"fragment f{n} on Trend{{at}}" for n in range(120)),
    "another operation that costs": "query A{trends{at}}query B" + nested(40),
    "a text over the limit": "{trends{at}}" + " " * LIMITS.characters,
    "unclosed": "{trends{" * 200,
    "nulls": "\x00" * 100,
}  # fmt: skip
