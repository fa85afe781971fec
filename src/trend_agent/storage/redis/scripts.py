"""What the queue does to its keys, as scripts: Redis runs each whole or not at all, by its own clock.

Per queue there are three sorted sets of numbers, `ready` (by priority, then age), `later` (by when it is due,
in milliseconds) and `dead` (by when it was given up), the sorted set `taken` (by when the lease ends), and the
hash `rows`, which holds a message's parts under `<part>:<number>`.
"""

PARTS = ("body", "key", "priority", "attempt", "holder", "reason")

_BEGIN = """
local ready, later, taken, dead, rows = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function get(number, part) return redis.call('HGET', rows, part .. ':' .. number) end
local function set(number, part, value) redis.call('HSET', rows, part .. ':' .. number, value) end
local function line_up(number)
    redis.call('ZADD', ready, (9 - get(number, 'priority')) * 100000000000000 + number, number)
end
local function give_up(number, reason)
    redis.call('ZADD', dead, now, number)
    set(number, 'reason', reason)
end
local function held(number, holder)
    return redis.call('ZSCORE', taken, number) and get(number, 'holder') == holder
end
local function due()
    for _, number in ipairs(redis.call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 1000)) do
        redis.call('ZREM', later, number)
        line_up(number)
    end
end
"""

PUBLISH = (
    _BEGIN
    + """
local delay = tonumber(ARGV[1])
for place = 2, #ARGV, 3 do
    local number = redis.call('HINCRBY', rows, 'newest', 1)
    redis.call('HSET', rows, 'body:' .. number, ARGV[place], 'key:' .. number, ARGV[place + 1],
        'priority:' .. number, ARGV[place + 2], 'attempt:' .. number, 0)
    if delay > 0 then redis.call('ZADD', later, now + delay, number) else line_up(number) end
end
return 1
"""
)

TAKE = (
    _BEGIN
    + """
local limit, lease, holder = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local most, reason = tonumber(ARGV[4]), ARGV[5]
for _, number in ipairs(redis.call('ZRANGEBYSCORE', taken, '-inf', now, 'LIMIT', 0, 1000)) do
    redis.call('ZREM', taken, number)
    if tonumber(get(number, 'attempt')) >= most then give_up(number, reason) else line_up(number) end
end
due()
local found = {}
for _, number in ipairs(redis.call('ZRANGE', ready, 0, limit - 1)) do
    redis.call('ZREM', ready, number)
    redis.call('ZADD', taken, now + lease, number)
    set(number, 'holder', holder)
    local attempt = redis.call('HINCRBY', rows, 'attempt:' .. number, 1)
    table.insert(found, {number, get(number, 'body'), get(number, 'key'), get(number, 'priority'), attempt})
end
return found
"""
)

ACKNOWLEDGE = (
    _BEGIN
    + """
local lost = 0
for place = 1, #ARGV, 2 do
    local number = ARGV[place]
    if held(number, ARGV[place + 1]) then
        redis.call('ZREM', taken, number)
        redis.call('HDEL', rows, 'body:' .. number, 'key:' .. number, 'priority:' .. number,
            'attempt:' .. number, 'holder:' .. number, 'reason:' .. number)
    else
        lost = lost + 1
    end
end
return lost
"""
)

GIVE_BACK = (
    _BEGIN
    + """
local number, holder, delay, reason = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if not held(number, holder) then return 1 end
redis.call('ZREM', taken, number)
if reason ~= '' then
    give_up(number, reason)
elseif delay > 0 then
    redis.call('ZADD', later, now + delay, number)
else
    line_up(number)
end
return 0
"""
)

DEAD = (
    _BEGIN
    + """
local found = {}
for _, number in ipairs(redis.call('ZRANGE', dead, 0, ARGV[1] - 1)) do
    table.insert(found, {get(number, 'body'), get(number, 'key'), get(number, 'priority'), get(number, 'reason')})
end
return found
"""
)

REVIVE = (
    _BEGIN
    + """
local numbers = redis.call('ZRANGE', dead, 0, -1)
for _, number in ipairs(numbers) do
    set(number, 'attempt', 0)
    redis.call('ZREM', dead, number)
    line_up(number)
end
return #numbers
"""
)

DEPTH = (
    _BEGIN
    + """
local waiting = redis.call('ZCARD', ready) + redis.call('ZCOUNT', later, '-inf', now)
return {waiting + redis.call('ZCOUNT', taken, '-inf', now), redis.call('ZCARD', dead)}
"""
)
