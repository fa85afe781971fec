"""Which sources to collect: those of a file, or well-known publishers with public feeds that need no key."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from trend_agent.errors import Misconfigured, Missing
from trend_agent.sources import Source, source
from trend_agent.sources.roster import Fill

# language, category, name, publisher, address of the feed
FEEDS = """
en world      bbc              BBC                  https://feeds.bbci.co.uk/news/world/rss.xml
en world      guardian         The Guardian         https://www.theguardian.com/world/rss
en world      aljazeera        Al Jazeera           https://www.aljazeera.com/xml/rss/all.xml
en world      dw               Deutsche Welle       https://rss.dw.com/rdf/rss-en-all
en world      france24         France 24            https://www.france24.com/en/rss
en world      un-news          United Nations       https://news.un.org/feed/subscribe/en/news/all/rss.xml
en world      npr              NPR                  https://feeds.npr.org/1001/rss.xml
en world      cbc              CBC                  https://www.cbc.ca/webfeed/rss/rss-topstories
en world      abc-au           ABC Australia        https://www.abc.net.au/news/feed/51120/rss.xml
en world      times-of-india   The Times of India   https://timesofindia.indiatimes.com/rssfeedstopstories.cms
en business   cnbc             CNBC                 https://www.cnbc.com/id/100003114/device/rss/rss.html
en business   bbc-business     BBC                  https://feeds.bbci.co.uk/news/business/rss.xml
en technology ars-technica     Ars Technica         https://feeds.arstechnica.com/arstechnica/index
en technology the-verge        The Verge            https://www.theverge.com/rss/index.xml
en technology techcrunch       TechCrunch           https://techcrunch.com/feed/
en technology wired            WIRED                https://www.wired.com/feed/rss
en technology lobsters         Lobsters             https://lobste.rs/rss
en science    nature           Nature               https://www.nature.com/nature.rss
en science    phys-org         Phys.org             https://phys.org/rss-feed/
en science    sciencedaily     ScienceDaily         https://www.sciencedaily.com/rss/all.xml
en science    nasa             NASA                 https://www.nasa.gov/feed/
en sport      bbc-sport        BBC                  https://feeds.bbci.co.uk/sport/rss.xml
de world      tagesschau       ARD                  https://www.tagesschau.de/index~rss2.xml
de world      spiegel          Der Spiegel          https://www.spiegel.de/schlagzeilen/index.rss
de technology heise            heise                https://www.heise.de/rss/heise-atom.xml
fr world      le-monde         Le Monde             https://www.lemonde.fr/rss/une.xml
fr world      franceinfo       franceinfo           https://www.franceinfo.fr/titres.rss
es world      el-pais          El País              https://feeds.elpais.com/mrss-s/pages/ep/site/elpais.com/portada
es world      bbc-mundo        BBC                  https://feeds.bbci.co.uk/mundo/rss.xml
pt world      g1               G1                   https://g1.globo.com/rss/g1/
it world      ansa             ANSA                 https://www.ansa.it/sito/ansait_rss.xml
nl world      nos              NOS                  https://feeds.nos.nl/nosnieuwsalgemeen
sv world      svt              SVT                  https://www.svt.se/nyheter/rss.xml
uk world      pravda-ua        Українська правда    https://www.pravda.com.ua/rss/
ru world      bbc-russian      BBC                  https://feeds.bbci.co.uk/russian/rss.xml
ar world      bbc-arabic       BBC                  https://feeds.bbci.co.uk/arabic/rss.xml
hi world      bbc-hindi        BBC                  https://feeds.bbci.co.uk/hindi/rss.xml
zh world      bbc-chinese      BBC                  https://feeds.bbci.co.uk/zhongwen/simp/rss.xml
ja world      nhk              NHK                  https://www3.nhk.or.jp/rss/news/cat0.xml
ko world      yonhap           연합뉴스             https://www.yna.co.kr/rss/news.xml
id world      antara           ANTARA               https://www.antaranews.com/rss/terkini.xml
"""


def default_sources(*, every: float = 900) -> list[Source]:
    """The sources a fresh installation collects from, each visited `every` so many seconds."""
    lines = FEEDS.strip().splitlines()
    return [source("hackernews", interval=every), *(feed(line, every) for line in lines)]


def feed(line: str, every: float) -> Source:
    language, category, called, rest = line.split(maxsplit=3)
    publisher, url = rest.rsplit(maxsplit=1)
    about = {"language": language, "category": category, "publisher": publisher.strip()}
    return source("rss", url=url, called=called, interval=every, **about)


def sources_from(file: Path, fill: Fill = dict) -> list[Source]:
    """The sources of a TOML file: tables named by the kind of source, `[[rss]]` with its `url` and so on.

    `fill` puts values where settings name variables. `Misconfigured` says which table is wrong, and how.
    """
    try:
        kinds = tomllib.loads(file.read_text("utf-8"))
    except OSError as fault:
        raise Misconfigured(f"cannot read the sources in {str(file)!r}: {fault.strerror}") from fault
    except ValueError as fault:
        raise Misconfigured(f"the sources in {str(file)!r} are no TOML: {fault}") from fault
    tables = ((kind, table) for kind, found in kinds.items() for table in as_list(found))
    found = [configured(file, kind, table, fill) for kind, table in tables]
    twice = [key for key, count in Counter(one.key for one in found).items() if count > 1]
    if twice or not found:
        raise Misconfigured(f"{str(file)!r} names {f'{twice[0]!r} twice' if twice else 'no source at all'}")
    return found


def as_list(found: object) -> list[object]:
    return found if isinstance(found, list) else [found]


def configured(file: Path, kind: str, table: object, fill: Fill) -> Source:
    if not isinstance(table, dict):
        raise Misconfigured(f"{kind!r} in {str(file)!r} is no table, expected [[{kind}]]")
    try:
        return source(kind, **fill(table))
    except (Missing, Misconfigured) as fault:
        raise Misconfigured(f"{str(file)!r}: {fault}") from fault
