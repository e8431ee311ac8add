-- Raises what is counted of a month to what is written of it, where that is more; a month that isn't known stays so.
-- KEYS  month, with its number    ARGV  requests of the month | those of public keys
for place, member in ipairs({'all', 'public'}) do
  local counted = redis.call('HGET', KEYS[1], member)
  if counted and tonumber(counted) < tonumber(ARGV[place]) then redis.call('HSET', KEYS[1], member, ARGV[place]) end
end
return 1
