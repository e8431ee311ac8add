-- Window, month and cache look-up of any number of requests, in one call (contract.md §4, §7).
--
-- KEYS[1] is any key of the requests' partition: all that are used have its hash tag, and so are in its slot.
-- ARGV[1] is a token for a store whose cached answers have no generation yet. ARGV[2] are the requests, one behind the
-- other, each as FORMAT has it:
--   cost | window limit | address limit | month limit, or -1 | month limit of public keys, or -1 | flags
--   | key of the API key's window | address that is limited within it, or '' | key of the month, without its number
--   | key of the generation of the store's cached answers, or '' | digest of the answer, or ''
-- Each gets 8 values back: state | remaining | reset ms | retry ms | generation | answer | month number | month count.
-- An answer that several of them get is given once; the others get the place of that one.
-- States: 0 let through, 1 window full, 2 address's window full, 3 month used up, 4 the month's count has to be seeded.
--
-- A window is 61 counts, one a second: the running second and the 60 before it. Whatever interval of 60 s one takes,
-- it lies within them, so no more than the limit passes in it; and nothing older than 61 s is ever counted.

local REQUEST = '<i8i8i8i8i8Bsssss'
local PUBLIC = 1
local SECONDS = 61
local FORMAT = '<I4' .. string.rep('I4', SECONDS)

local time = redis.call('TIME')
local now, milliseconds = tonumber(time[1]), math.floor(tonumber(time[2]) / 1000)

-- The number of a civil month since year 0, and the seconds until the next one begins (H. Hinnant's algorithms).
local function civil_month(seconds)
  local z = math.floor(seconds / 86400) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local mp = math.floor((5 * (doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))) + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return year * 12 + month - 1
end

local function month_start(number)
  local year, month = math.floor(number / 12), number % 12 + 1
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local doy = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5)
  local doe = yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy
  return (era * 146097 + doe - 719468) * 86400
end

local month = civil_month(now)

-- Returns the window as counts by place (second % 61), their sum, and its second: the server's, or a later one that was
-- counted already, should its clock have been set back. What has left the window is zero.
local function read_window(key)
  local stored = redis.call('GET', key)
  local counts, total, second = {}, 0, now
  if stored then
    counts = {struct.unpack(FORMAT, stored)}
    local last = table.remove(counts, 1)
    counts[SECONDS + 1] = nil
    second = math.max(now, last)
    if second - last >= SECONDS then counts = {} end
    for passed = last + 1, second do counts[passed % SECONDS + 1] = 0 end
  end
  for place = 1, SECONDS do
    counts[place] = counts[place] or 0
    total = total + counts[place]
  end
  return counts, total, second
end

-- The milliseconds until so many of the counted have left the window; 0 when there is nothing to wait for.
local function until_freed(counts, second, needed)
  local freed, first = 0, second - SECONDS + 1
  for passed = first, second do
    freed = freed + counts[passed % SECONDS + 1]
    if freed >= needed and freed > 0 then return (passed + SECONDS - now) * 1000 - milliseconds end
  end
  return freed == 0 and 0 or SECONDS * 1000
end

local function refused(state, limit, window, retry, used)
  return {state, math.max(limit - window.total, 0), until_freed(window.counts, window.second, 1), retry, '', false, month, used}
end

-- The windows that were looked at, by their keys; those that have changed are written once, at the end.
local windows = {}

local function opened(key)
  local window = windows[key]
  if not window then
    local counts, total, second = read_window(key)
    window = {counts = counts, total = total, second = second, changed = false}
    windows[key] = window
  end
  return window
end

local function count(window, cost)
  local place = window.second % SECONDS + 1
  window.counts[place] = window.counts[place] + cost
  window.total = window.total + cost
  window.changed = true
end

-- The milliseconds until a window has room for so much, or nil when it has.
local function wait_for_room(window, cost, limit)
  local excess = window.total + cost - limit
  return excess > 0 and until_freed(window.counts, window.second, excess) or nil
end

-- Returns the generation of a store's cached answers; it gets one where it has none.
local function generation_of(key)
  local generation = redis.call('GET', key)
  if not generation then
    generation = ARGV[1]
    redis.call('SET', key, generation)
  end
  return generation
end

-- The places of the requests that were given an answer, by its key.
local given = {}

local function answer_at(key, place)
  if given[key] then return given[key] end
  local answer = redis.call('GET', key)
  if answer then given[key] = place end
  return answer
end

local function admit(place, cost, limit, address_limit, month_limit, public_limit, flags, name, address_name, month_name,
    generation_name, digest)
  local window = opened(name)
  local address = address_name ~= '' and opened(name .. ':' .. address_name)
  local wait = wait_for_room(window, cost, limit)
  if wait then return refused(1, limit, window, wait, 0) end
  wait = address and wait_for_room(address, cost, address_limit)
  if wait then return refused(2, limit, window, wait, 0) end
  local used = 0
  if month_limit >= 0 then
    local key, public = month_name .. month, flags == PUBLIC
    local stored = redis.call('HMGET', key, 'all', 'public')
    if not stored[1] then return refused(4, limit, window, 0, 0) end
    used = tonumber(stored[1])
    if used + cost > month_limit or (public and tonumber(stored[2] or 0) + cost > public_limit) then
      return refused(3, limit, window, (month_start(month + 1) - now) * 1000 - milliseconds, used)
    end
    used = redis.call('HINCRBY', key, 'all', cost)
    if public then redis.call('HINCRBY', key, 'public', cost) end
  end
  count(window, cost)
  if address then count(address, cost) end
  local generation, answer = '', false
  if generation_name ~= '' then
    generation = generation_of(generation_name)
    if digest ~= '' then answer = answer_at(generation_name .. ':' .. generation .. ':' .. digest, place) end
  end
  return {0, limit - window.total, until_freed(window.counts, window.second, 1), 0, generation, answer, month, used}
end

local verdicts, start, size = {}, 1, #ARGV[2]
while start <= size do
  local place = #verdicts + 1
  local request = {struct.unpack(REQUEST, ARGV[2], start)}
  start = table.remove(request)
  verdicts[place] = admit(place, unpack(request))
end

for key, window in pairs(windows) do
  if window.changed then
    redis.call('SET', key, struct.pack(FORMAT, window.second, unpack(window.counts, 1, SECONDS)), 'EX', SECONDS)
  end
end
return verdicts
