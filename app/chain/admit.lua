-- Window, month and cache look-up of any number of requests, in one call (contract.md §4, §7).
--
-- ARGV[1] is the number of requests. Each has 4 keys and 8 arguments, in order:
--   KEYS  window of the API key | window of the address within it | month, without its number
--         | generation of the store's cached answers; 'absent:…' for what is not wanted
--   ARGV  cost | window limit | address limit | month limit | month limit of public keys, or -1
--         | 1 for a public key | digest of the answer, or '' | a token, should there be no generation yet
-- and gets 8 values back: state | remaining | reset ms | retry ms | generation | answer | month number | month count.
-- States: 0 let through, 1 window full, 2 address's window full, 3 month used up, 4 the month's count has to be seeded.
--
-- A window is 61 counts, one a second: the running second and the 60 before it. Whatever interval of 60 s one takes,
-- it lies within them, so no more than the limit passes in it; and nothing older than 61 s is ever counted.

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

local function add_to_window(key, counts, second, cost)
  local place = second % SECONDS + 1
  counts[place] = counts[place] + cost
  redis.call('SET', key, struct.pack(FORMAT, second, unpack(counts, 1, SECONDS)), 'EX', SECONDS)
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

local function wanted(key)
  return key:sub(1, 7) ~= 'absent:'
end

local function opened(key)
  local counts, total, second = read_window(key)
  return {key = key, counts = counts, total = total, second = second}
end

-- The milliseconds until a window has room for so much, or nil when it has.
local function wait_for_room(window, cost, limit)
  local excess = window.total + cost - limit
  return excess > 0 and until_freed(window.counts, window.second, excess) or nil
end

local function admit(key, argument)
  local cost, limit, address_limit = tonumber(ARGV[argument]), tonumber(ARGV[argument + 1]), tonumber(ARGV[argument + 2])
  local month_limit, public_limit = tonumber(ARGV[argument + 3]), tonumber(ARGV[argument + 4])
  local public = ARGV[argument + 5] == '1'
  local window, address = opened(KEYS[key]), wanted(KEYS[key + 1]) and opened(KEYS[key + 1])
  local wait = wait_for_room(window, cost, limit)
  if wait then return refused(1, limit, window, wait, 0) end
  wait = address and wait_for_room(address, cost, address_limit)
  if wait then return refused(2, limit, window, wait, 0) end
  local month_key, used = KEYS[key + 2], 0
  if wanted(month_key) then
    month_key = month_key .. month
    local stored = redis.call('HMGET', month_key, 'all', 'public')
    if not stored[1] then return refused(4, limit, window, 0, 0) end
    used = tonumber(stored[1])
    if used + cost > month_limit or (public and tonumber(stored[2] or 0) + cost > public_limit) then
      return refused(3, limit, window, (month_start(month + 1) - now) * 1000 - milliseconds, used)
    end
    used = redis.call('HINCRBY', month_key, 'all', cost)
    if public then redis.call('HINCRBY', month_key, 'public', cost) end
  end
  add_to_window(window.key, window.counts, window.second, cost)
  if address then add_to_window(address.key, address.counts, address.second, cost) end
  local generation, answer = '', false
  local generation_key = KEYS[key + 3]
  if wanted(generation_key) then
    generation = redis.call('GET', generation_key)
    if not generation then
      generation = ARGV[argument + 7]
      redis.call('SET', generation_key, generation)
    end
    local digest = ARGV[argument + 6]
    if digest ~= '' then answer = redis.call('GET', generation_key .. ':' .. generation .. ':' .. digest) end
  end
  local reset = until_freed(window.counts, window.second, 1)
  return {0, limit - window.total - cost, reset, 0, generation, answer, month, used}
end

local verdicts = {}
for place = 1, tonumber(ARGV[1]) do
  verdicts[place] = admit(place * 4 - 3, place * 8 - 6)
end
return verdicts
