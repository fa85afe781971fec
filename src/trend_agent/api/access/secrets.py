"""What a key looks like: `trend_<id>_<secret><checksum>`.

The id finds the key; the secret, 190 random bits, opens it; the checksum shows a slip of the pen, and a scanner of
leaked keys that this is one, without any database. Only the SHA-256 of a secret is ever kept: of random bits it
gives nothing away.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from zlib import crc32

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID, SECRET, CHECKSUM = 10, 32, 6
"""Characters of each part."""

LONGEST = len("trend_") + ID + 1 + SECRET + CHECKSUM
SHAPE = re.compile(rf"trend_([0-9A-Za-z]{{{ID}}})_([0-9A-Za-z]{{{SECRET}}})([0-9A-Za-z]{{{CHECKSUM}}})")
MENTIONED = re.compile(r"trend_[0-9A-Za-z]{10}_[0-9A-Za-z]{8,}")
"""What looks like a key wherever it stands."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A key as its holder has it. It is shown once and has no other text than its id."""

    id: str
    secret: str

    def __str__(self) -> str:
        raise TypeError("a secret is not to be printed by chance; ask for its `written`")

    def __repr__(self) -> str:
        return f"Secret(id={self.id!r})"

    @property
    def written(self) -> str:
        body = f"trend_{self.id}_{self.secret}"
        return body + _checksum(body)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.written.encode()).hexdigest()


def made(id: str = "") -> Secret:  # noqa: A002  # it is called so everywhere
    """A new one, or a new secret for the key `id`."""
    return Secret(id or _drawn(ID), _drawn(SECRET))


def read(text: str) -> Secret | None:
    """The key a text is, or None where it is none."""
    found = SHAPE.fullmatch(text) if len(text) == LONGEST else None
    if found is None or not hmac.compare_digest(_checksum(text[:-CHECKSUM]), found[3]):
        return None
    return Secret(found[1], found[2])


def opens(secret: Secret, digest: str) -> bool:
    """Whether this is the secret of that digest, in constant time."""
    return hmac.compare_digest(secret.digest, digest)


def _drawn(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, found = crc32(body.encode()), ""
    for _ in range(CHECKSUM):
        number, place = divmod(number, len(ALPHABET))
        found = ALPHABET[place] + found
    return found


def same(shown: bytes, expected: str) -> bool:
    """Whether what is shown is what is expected, in constant time."""
    return hmac.compare_digest(shown, expected.encode())
