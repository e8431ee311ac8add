-- A try, counted against all of its limits or, where one of them is reached, against none (contract.md §9).
--
-- Each of KEYS is a limit's list of the moments of its tries, the oldest first; it has two of ARGV: how many there may
-- be, and in how many milliseconds. Answers {0, 0}, or the place of the limit that is reached and the milliseconds
-- until there is room.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

for place, key in ipairs(KEYS) do
  local most, span = tonumber(ARGV[place * 2 - 1]), tonumber(ARGV[place * 2])
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= now - span do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  local excess = redis.call('LLEN', key) - most
  if excess >= 0 then return {place, tonumber(redis.call('LINDEX', key, excess)) + span - now} end
end

for place, key in ipairs(KEYS) do
  redis.call('RPUSH', key, now)
  redis.call('PEXPIRE', key, ARGV[place * 2])
end
return {0, 0}
