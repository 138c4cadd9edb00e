-- Reads a part of a room's history, and its newest position at that moment. A room that has no epoch yet gets one, so that the position stays true.
--
-- KEYS  1 head (hash)  2 history (stream)  3 full spans (list)
-- ARGV  1 an epoch for a room that has none  2 milliseconds a position lives  3 epoch and 4 offset after which it is read; empty if from the end
--       5 how many at most  6 "1" for newest first
-- Gives the position, then offset and body of each publication in turn.
local head, history, spans = KEYS[1], KEYS[2], KEYS[3]
local since, limit, backwards = ARGV[4], tonumber(ARGV[5]), ARGV[6] == '1'

local state = redis.call('HMGET', head, 'epoch', 'offset')
local epoch, offset = state[1], state[2]
if not epoch then
  epoch, offset = ARGV[1], '0'
  redis.call('HSET', head, 'epoch', epoch, 'offset', offset)
  redis.call('DEL', history, spans)
  redis.call('PEXPIRE', head, ARGV[2])
elseif redis.call('PTTL', head) < ARGV[2] / 2 then
  -- A position that somebody looks at stays.
  redis.call('PEXPIRE', head, ARGV[2])
end

local answer = { offset .. '.' .. epoch }
local from = nil
if since ~= '' and ARGV[3] == epoch then
  from = '(' .. since .. '-0'
end

local read = {}
if limit > 0 and not backwards then
  read = redis.call('XRANGE', history, from or '-', '+', 'COUNT', limit)
elseif limit > 0 and not (from and since == '0') then
  read = redis.call('XREVRANGE', history, from or '+', '-', 'COUNT', limit)
end

for _, entry in ipairs(read) do
  answer[#answer + 1] = string.match(entry[1], '^%d+')
  answer[#answer + 1] = entry[2][2]
end

return answer
