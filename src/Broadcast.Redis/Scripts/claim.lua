-- A node has seen this position. If the room's own is before it, what lay between was lost with a crash, and the room goes on after it: no position
-- is given twice. What is kept from before the loss goes, since a history has no holes.
--
-- KEYS  1 head (hash)  2 history (stream)  3 full spans (list)
-- ARGV  1 epoch and 2 offset that were seen
local head = KEYS[1]
local state = redis.call('HMGET', head, 'epoch', 'offset')
if state[1] ~= ARGV[1] or tonumber(state[2]) >= tonumber(ARGV[2]) then
  return 0
end

redis.call('DEL', KEYS[2], KEYS[3])
redis.call('HSET', head, 'offset', ARGV[2], 'count', 0, 'bytes', 0, 'spanCount', 0, 'spanBytes', 0)
return 1
