"""Addresses of web pages: when two of them mean the same page, and whose page it is."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LONGEST = 4096
"""Characters of an address; a longer one is refused."""

TRACKING = re.compile(
    r"utm_.*|ga_.*|hsa_.*|pk_.*|mtm_.*|matomo_.*|mc_[ce]id|_hs(?:enc|mi)|fb_.*|fbclid|gclid|gclsrc|dclid|gbraid"
    r"|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|li_fat_id|mkt_tok|oly_(?:anon|enc)_id|vero_id"
    r"|rb_clickid|s_cid|s_kwcid|ef_id|ns_[a-z_]+|at_[a-z_]+|xtor|wt_mc|wt\.mc_id|cmp|cmpid|cmp_id|ocid|icid|ito"
    r"|smid|smtyp|sr_share|soc_src|soc_trk|partner|guccounter|guce_referrer(?:_sig)?|ref_src|ref_url|referrer"
    r"|__twitter_impression|feature|spm|amp|outputtype|_ga|_gl|share_?(?:id|from|token|source|medium)?|rss",
    re.IGNORECASE,
)
"""Parameters that say where a reader came from, never what is read."""

EDITIONS = ("www", "www2", "m", "mobile", "amp")
"""First labels of a host that show the same pages for another device."""

HOSTS = frozenset(
    ("blogspot.com", "github.io", "gitlab.io", "livejournal.com", "medium.com", "netlify.app", "substack.com",
     "tumblr.com", "typepad.com", "vercel.app", "wordpress.com")
)  # fmt: skip
"""Sites whose every subdomain is somebody else, beside those of the Public Suffix List."""

SAME_SITE = {
    "mobile.twitter.com": "x.com",
    "twitter.com": "x.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "old.reddit.com": "reddit.com",
}

UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]")
AMP_CACHE = re.compile(
    r"(?:www\.)?google\.[a-z.]+/amp/(?:s/)?(.+)|[a-z0-9-]+\.cdn\.ampproject\.org/[cvw]/(?:s/)?(.+)"
)
AMP_PATH = re.compile(r"/amp(?:/|\.html)?$|\.amp(?:\.html)?$|^/amp(?=/)|(?<=\.)amp\.(?=html$)")
PLAIN = re.compile(
    r"https?://(?!(?:www\.)?google\.|[a-z0-9-]+\.cdn\.ampproject\.|[a-z0-9.]*youtu\.be)[a-z0-9.-]+(?=[/?#]|$)"
)
"""The beginning of an address that tells whose it is whatever follows: no copy that somebody else keeps."""
HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\]")


@lru_cache(maxsize=2048)  # every stage asks, one after the other
def canonical(url: str) -> str:
    """The one spelling of a page's address, to compare by; the page itself is fetched from the original.

    Scheme and host in small letters, `https` for both schemes, no default port, fragment or tracking
    parameters, parameters in order, no `www.`, `m.` or `amp` edition. `Rejected` for what is no http(s)
    address, holds a user name, a blank, a control character or a backslash, or is too long.
    """
    host, port, path, query = _parts(url.strip(" \t\r\n"))
    if (cached := AMP_CACHE.fullmatch(host + path)) and (page := cached[1] or cached[2]):
        host, port, path, query = _parts(f"https://{page}{'?' if query else ''}{query}")
    host, path, query = _edition(host), _path(path), _query(query)
    if host == "youtu.be" and len(path) > 1:
        host, path, query = "youtube.com", "/watch", f"v={path[1:]}"
    if host == "x.com":
        query = ""
    return f"https://{host}{port}{path}{'?' if query else ''}{query}"


def publisher(url: str) -> str:
    """Whose page it is: the host without subdomains (`edition.cnn.com` is `cnn.com`), save on sites that
    give each of their people a subdomain. Empty for what is no address."""
    plain = PLAIN.match(url)
    if plain and len(url) <= LONGEST and not UNSAFE.search(url):
        return _publisher(plain[0])
    return _publisher(url)


@lru_cache(maxsize=1 << 14)
def _publisher(url: str) -> str:
    try:
        host = urlsplit(canonical(url)).hostname or ""
    except Rejected:
        return ""
    return registrable(host)


def _parts(url: str) -> tuple[str, str, str, str]:
    """Host, port (with its colon, empty for the usual one), path and query of an address."""
    if len(url) > LONGEST or UNSAFE.search(url):
        raise Rejected(f"no address of a page: {url[:80]!r}")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as fault:
        raise Rejected(f"no address of a page: {url[:80]!r} ({fault})") from fault
    if split.scheme.lower() not in ("http", "https"):
        raise Rejected(f"expected an http or https address, found {url[:80]!r}")
    if "@" in split.netloc:
        raise Rejected(f"an address may not hold a user name: {url[:80]!r}")
    shown = "" if port in (None, 80, 443) else f":{port}"
    route = split.path + (f"#{split.fragment}" if split.fragment.startswith("!") else "")
    return (
        _host(split.netloc.rpartition(":")[0] if port is not None else split.netloc),
        shown,
        route,
        split.query,
    )


def _host(netloc: str) -> str:
    host = netloc.rstrip(":").rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode().lower()
        except UnicodeError as fault:
            raise Rejected(f"no name of a host: {netloc[:80]!r}") from fault
    if not HOST.fullmatch(host):
        raise Rejected(f"no name of a host: {netloc[:80]!r}")
    return host


def _edition(host: str) -> str:
    """The host without a first label that names an edition, where a site remains; `en.m.x` is `en.x`."""
    host = SAME_SITE.get(host, host)
    labels = host.split(".")
    while labels[0] in EDITIONS and registrable(".".join(labels[1:])):
        labels = labels[1:]
    if len(labels) > 3 and labels[1] in ("m", "mobile"):
        del labels[1]
    host = ".".join(labels)
    return SAME_SITE.get(host, host)


@lru_cache(maxsize=1 << 14)
def registrable(host: str) -> str:
    """The part of a host name that somebody registered, by the Public Suffix List; empty where all of it is a
    registry's."""
    if _is_ip(host):
        return host
    labels = host.split(".")
    site = ".".join(labels[-2:])
    if site in HOSTS:
        return ".".join(labels[-3:])
    return _suffixes().privatesuffix(host) or ""


@cache
def _suffixes() -> PublicSuffixList:
    """Loaded when first needed: it takes 60 ms."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _path(path: str) -> str:
    """Percent signs spelt one way, no dot segments, no doubled or trailing slash, no amp edition."""
    kept: list[str] = []
    for segment in _spelt(path, safe="/!$&'()*+,;=:@~#").split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    joined = "/" + "/".join(kept)
    return AMP_PATH.sub("", joined) or "/"


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = _spelt(query, safe="/!$&'()*+,;=:@~?").split("&")
    return "&".join(sorted(pair for pair in pairs if pair and not TRACKING.fullmatch(pair.partition("=")[0])))


def _spelt(text: str, *, safe: str) -> str:
    """Percent-encoding only where it is needed, in capitals; what was encoded to be no separator stays so."""
    if "%" not in text and text.isascii():
        return text
    pieces = re.split(r"(%(?:2[356fFbB]|3[bdfBDF]|40))", text)
    return "".join(
        piece.upper()
        if n % 2
        else quote(unquote(piece, errors="surrogateescape"), safe=safe, errors="surrogateescape")
        for n, piece in enumerate(pieces)
    )
