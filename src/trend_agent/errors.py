"""What can go wrong, named by what to do about it.

Messages are lower case, end without a full stop, name the thing with `!r` and say what was expected.
"""


class TrendError(Exception):
    """Anything we foresee; everything else is a bug and propagates."""


class Rejected(TrendError):
    """The input is wrong; trying again will not help."""


class Misconfigured(Rejected):
    """The operator's settings are wrong; stop before any work."""


class Missing(TrendError):
    """There is no such thing."""


class Conflict(TrendError):
    """It exists already, or it changed underneath us."""


class Denied(TrendError):
    """The other side refuses our credentials; a person has to act."""


class Unavailable(TrendError):
    """Down, slow or limiting us; try again after `retry_after` seconds, where known."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
