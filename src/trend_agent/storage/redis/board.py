"""A board in Redis, on which whoever hands out jobs and whoever does them tell each other how they stand.

A broker carries a job's name and id, and forgets them. The board knows of each job what is asked, how often it was
begun, who has it in hand and since when nothing was heard of it, and what came of it. Everything on it may be lost:
then a job is done once more. The clock is Redis's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trend_agent.storage.address import Address
from trend_agent.storage.redis import connected, our_errors

SECONDS = 10.0
OPTIONS = ("prefix", "timeout")

KEPT = 3600
"""Seconds that what came of a job can be read again."""

FORGOTTEN = 24 * 3600
"""Seconds after which a job that nobody asks for any more is wiped off."""

QUIET = 5000
"""Milliseconds without a sign after which whoever has a job in hand counts as gone."""

BEGIN = """
local said = redis.call('HMGET', KEYS[1], 'what', 'answer', 'fault')
if not said[1] or said[2] or said[3] then return {0, 0, ''} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('HGET', KEYS[1], 'holder')
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then
  if now - tonumber(redis.call('HGET', KEYS[1], 'heard') or 0) < tonumber(ARGV[3]) then return {0, 0, ''} end
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'heard', now)
redis.call('EXPIRE', KEYS[1], ARGV[4])
local attempt = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
local asked = redis.call('HMGET', KEYS[1], 'most', 'asked')
return {attempt, tonumber(asked[1]), asked[2]}
"""
BEAT = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'heard', time[1] * 1000 + math.floor(time[2] / 1000))
return 1
"""
TELL = """
if redis.call('HEXISTS', KEYS[1], 'what') == 0 then return 0 end
redis.call('HDEL', KEYS[1], 'holder')
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('HDEL', KEYS[1], 'asked')
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('LPUSH', KEYS[2], '1')
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
SENT = """
if redis.call('HEXISTS', KEYS[1], 'what') == 1 then redis.call('HSET', KEYS[1], 'sent', '1') end
return 1
"""
LOOK = """
local time = redis.call('TIME')
local found = redis.call('HMGET', KEYS[1], 'what', 'holder', 'heard', 'attempts', 'answer', 'fault', 'sent')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {found[1], found[2], now - tonumber(found[3] or now), tonumber(found[4] or 0), found[5], found[6], found[7]}
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands. `what` tells one piece of work from another, empty where the board knows of none; `sent` is
    whether a broker took it. `quiet` are the seconds since whoever has it in hand, if anybody, gave a sign."""

    what: str = ""
    holder: str = ""
    quiet: float = 0.0
    attempts: int = 0
    answer: bytes | None = None
    fault: bytes | None = None
    sent: bool = False

    @property
    def lost(self) -> bool:
        """Whether whoever had it in hand is gone."""
        return bool(self.holder) and self.quiet * 1000 >= QUIET


class Board:
    """Every method raises Unavailable or Denied for Redis's faults."""

    def __init__(self, address: Address) -> None:
        options = address.known(OPTIONS)
        self.address = address
        self.prefix = options.get("prefix", "trend")
        self._redis: Any = connected(address, seconds=address.number("timeout", SECONDS))
        self._begin, self._beat, self._tell, self._look, self._sent = (
            self._redis.register_script(script) for script in (BEGIN, BEAT, TELL, LOOK, SENT)
        )

    async def post(self, job: str, what: str, asked: bytes, *, most: int) -> None:
        """Write down that a job is to be done, what is asked of it, and that it is begun `most` times at most."""
        with our_errors(self.address):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(self._job(job), mapping={"what": what, "asked": asked, "most": most})
                pipe.expire(self._job(job), FORGOTTEN)
                await pipe.execute()

    async def sent(self, job: str) -> None:
        """Write down that a broker took it; what was wiped off or forgotten meanwhile stays so."""
        with our_errors(self.address):
            await self._sent(keys=[self._job(job)])

    async def look(self, job: str) -> Standing:
        with our_errors(self.address):
            found = await self._look(keys=[self._job(job)])
        what, holder, quiet, attempts, answer, fault, sent = found
        return Standing(_text(what), _text(holder), quiet / 1000, attempts, answer, fault, bool(sent))

    async def wait(self, job: str, *, seconds: float) -> None:
        """Return when something is told of the job, or after so long."""
        with our_errors(self.address):
            await self._redis.blpop([self._told(job)], timeout=seconds)

    async def begin(self, job: str, holder: str, *, dead: str = "") -> tuple[int, int, bytes]:
        """Take a job in hand: the number of this attempt, how many there may be, and what is asked. The number is 0
        where nobody waits for it, it is done, or in the hand of somebody who is neither `dead` nor quiet."""
        with our_errors(self.address):
            found = await self._begin(keys=[self._job(job)], args=[holder, dead, QUIET, FORGOTTEN])
        return int(found[0]), int(found[1]), found[2]

    async def beat(self, job: str, holder: str) -> bool:
        """Give a sign; whether the job is still the holder's."""
        with our_errors(self.address):
            return bool(await self._beat(keys=[self._job(job)], args=[holder]))

    async def answer(self, job: str, answer: bytes) -> None:
        """Say what came of it, to whoever still waits: for nobody nothing is kept."""
        await self._say(job, "answer", answer)

    async def fail(self, job: str, fault: bytes) -> None:
        """Say that it cannot be done, and why."""
        await self._say(job, "fault", fault)

    async def let_go(self, job: str) -> None:
        """Take it in hand no longer, so that it is handed out again at once."""
        await self._say(job, "", b"")

    async def forget(self, *jobs: str) -> None:
        """Wipe off what was read."""
        if jobs:
            with our_errors(self.address):
                await self._redis.unlink(*(key(job) for job in jobs for key in (self._job, self._told)))

    async def check(self) -> list[str]:
        with our_errors(self.address):
            await self._redis.ping()
        return []

    async def close(self) -> None:
        await self._redis.aclose()

    async def _say(self, job: str, field: str, value: bytes) -> None:
        with our_errors(self.address):
            await self._tell(keys=[self._job(job), self._told(job)], args=[field, value, KEPT])

    def _job(self, job: str) -> str:
        return f"{self.prefix}:{{{job}}}:job"

    def _told(self, job: str) -> str:
        return f"{self.prefix}:{{{job}}}:told"


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""
