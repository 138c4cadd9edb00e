-- Gives a publication its position, keeps it, and hands it over to every node that listens, in one step.
-- The history goes in spans: runs of publications that are dropped together, each about a sixteenth of what the rule keeps, so that
-- bounds in count, bytes and age need a look at the oldest span only. It keeps what the rule says, and at most two spans more.
--
-- KEYS  1 head (hash)  2 history (stream)  3 full spans, oldest first (list)  4 idempotency key, if there is one
-- ARGV  1 an epoch for a room that has none  2 body  3 its cost in bytes  4 channel
--       5 count, 6 bytes and 7 milliseconds that are kept  8 milliseconds a position outlives its history  9 milliseconds an idempotency key lives
local head, history, spans, once = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local body, cost = ARGV[2], tonumber(ARGV[3])
local most, mostBytes, mostAge = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

if once then
  local before = redis.call('GET', once)
  if before then
    return before
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local state = redis.call('HMGET', head, 'epoch', 'offset', 'count', 'bytes', 'spanCount', 'spanBytes', 'spanBegan', 'last', 'dies')
local epoch, offset = state[1], tonumber(state[2] or 0)
local count, bytes = tonumber(state[3] or 0), tonumber(state[4] or 0)
local spanCount, spanBytes, spanBegan = tonumber(state[5] or 0), tonumber(state[6] or 0), tonumber(state[7] or 0)
local last, dies = tonumber(state[8] or 0), tonumber(state[9] or 0)

if not epoch or now >= dies then
  -- Nothing of a history that ran out, or of one whose head was lost, may be taken for what follows. The first write is one that is refused
  -- when there is no memory left.
  epoch = epoch or ARGV[1]
  redis.call('HSET', head, 'epoch', epoch)
  redis.call('DEL', history, spans)
  count, bytes, spanCount, spanBytes = 0, 0, 0, 0
end

local ended = false
local function endSpan(at)
  ended = true
  redis.call('RPUSH', spans, string.format('%.0f %.0f %.0f', spanCount, spanBytes, at))
  spanCount, spanBytes = 0, 0
end

offset = offset + 1
local position = string.format('%.0f', offset)
redis.call('XADD', history, position .. '-0', 'p', body)

if spanCount > 0 and now - spanBegan >= mostAge / 16 then
  endSpan(last)
end

local begins = spanCount == 0
if begins then
  spanBegan = now
end

count, bytes = count + 1, bytes + cost
spanCount, spanBytes = spanCount + 1, spanBytes + cost
if spanCount >= most / 16 or spanBytes >= mostBytes / 16 then
  endSpan(now)
end

local before = count
while true do
  local oldest = redis.call('LINDEX', spans, 0)
  if not oldest then
    break
  end

  local itsCount, itsBytes, itsEnd = string.match(oldest, '(%d+) (%d+) (%d+)')
  if count - itsCount < most and bytes - itsBytes < mostBytes and now - itsEnd <= mostAge then
    break
  end

  redis.call('LPOP', spans)
  count, bytes = count - itsCount, bytes - itsBytes
end

if count < before then
  redis.call('XTRIM', history, 'MAXLEN', string.format('%.0f', count))
end

if begins then
  -- Set anew with each span, not with each publication.
  dies = now + math.ceil(mostAge * 17 / 16)
end

redis.call('HSET', head, 'epoch', epoch, 'offset', position, 'count', count, 'bytes', bytes,
  'spanCount', spanCount, 'spanBytes', spanBytes, 'spanBegan', spanBegan, 'last', now, 'dies', dies)
if begins then
  redis.call('PEXPIREAT', history, dies)
  redis.call('PEXPIREAT', head, dies + ARGV[8])
end

if ended then
  redis.call('PEXPIREAT', spans, dies)
end

local answer = position .. '.' .. epoch
if once then
  redis.call('SET', once, answer, 'PX', ARGV[9])
end

redis.call('PUBLISH', ARGV[4], 'p' .. answer .. '\n' .. body)
return answer
