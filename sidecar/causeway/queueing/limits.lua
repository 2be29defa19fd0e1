-- The limits of one connection, shared by all workers. Every call runs alone in Redis.
-- KEYS: 1 the connection's state (hash), 2 its slots (sorted set: slot -> when it lapses)
-- ARGV: 1 what to do, 2 the time or '' for Redis' own clock, 3 slot seconds, 4 failures in a row,
--   5 window seconds, 6 window calls, 7 window share, 8 first and 9 longest open seconds,
--   10 longest hold seconds, 11 concurrency, 12 rate, 13 burst, 14… the slots (renew),
--   slot, result, hold of each (settle), or how many are settled, these, and the slots (take)
local state, slots = KEYS[1], KEYS[2]
local what, now = ARGV[1], tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local slot_s, in_a_row, window_s = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local window_calls, window_share = tonumber(ARGV[6]), tonumber(ARGV[7])
local first_s, longest_s, hold_s = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local concurrency, rate, burst = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])

local names = {'in_a_row', 'window_at', 'calls', 'failures', 'open_since', 'open_until',
  'probes_failed', 'hold_until', 'tokens', 'tokens_at'}
local s, changed = {}, false
local got = redis.call('HMGET', state, 'probe', unpack(names))
s.probe = got[1] or ''
for i, name in ipairs(names) do s[name] = tonumber(got[i + 1]) end

local function text(number) return string.format('%.6f', number) end
local function set(name, value)
  s[name], changed = value, true
  if value == nil then redis.call('HDEL', state, name)
  elseif type(value) == 'number' then redis.call('HSET', state, name, text(value))
  else redis.call('HSET', state, name, value) end
end
local function keep()
  if changed then redis.call('EXPIRE', state, 86400) end
  redis.call('EXPIRE', slots, math.ceil(slot_s) + 5)
end

-- A clock that was set back holds nobody up for longer.
if what ~= 'standing' then redis.call('ZREMRANGEBYSCORE', slots, '-inf', text(now)) end
local held = math.min(s.hold_until or 0, now + hold_s)
local open_until = math.min(s.open_until or 0, now + longest_s)

local function settle(first, last)
  for i = first, last, 3 do
    local slot, result, hold = ARGV[i], ARGV[i + 1], math.min(tonumber(ARGV[i + 2]), hold_s)
    redis.call('ZREM', slots, slot)
    if hold > 0 then
      held = math.max(held, now + hold)
      set('hold_until', held)
    end
    if result == 'unused' then
      if s.tokens then set('tokens', math.min(s.tokens + 1, burst)) end
      if s.probe == slot then set('probe', '') end
    elseif not s.open_since then
      local since = now - (s.window_at or 0)
      if since < 0 or since >= window_s then
        set('window_at', now) set('calls', 0) set('failures', 0)
      end
      local failed = result == 'failed'
      set('calls', (s.calls or 0) + 1)
      set('in_a_row', failed and (s.in_a_row or 0) + 1 or 0)
      if failed then
        set('failures', (s.failures or 0) + 1)
        if s.in_a_row >= in_a_row
            or (s.calls >= window_calls and s.failures >= window_share * s.calls) then
          set('open_since', now) set('open_until', now + first_s)
          set('probes_failed', 0) set('probe', '')
        end
      end
    elseif s.probe == slot then
      set('probe', '')
      if result == 'failed' then
        set('probes_failed', math.min((s.probes_failed or 0) + 1, 30))
        set('open_until', now + math.min(first_s * 2 ^ s.probes_failed, longest_s))
      else
        for _, name in ipairs({'open_since', 'open_until', 'probes_failed', 'in_a_row', 'calls',
          'failures', 'window_at'}) do set(name, nil) end
      end
    end
  end
end

if what == 'take' then
  local first = 15 + 3 * tonumber(ARGV[14])
  settle(15, first - 1)
  if first > 15 then
    keep()
    held = math.min(s.hold_until or 0, now + hold_s)
    open_until = math.min(s.open_until or 0, now + longest_s)
  end
  if held > now then return {'held', text(held - now)} end
  local wanted = #ARGV - first + 1
  if s.open_since then
    if open_until > now then return {'open', text(open_until - now)} end
    if s.probe ~= '' and redis.call('ZSCORE', slots, s.probe) then return {'open', '1'} end
    wanted = math.min(wanted, 1)
  end
  local count = math.min(wanted, concurrency - redis.call('ZCARD', slots))
  if count < 1 then return {'busy', '0'} end
  if rate > 0 then
    local passed = math.max(now - (s.tokens_at or 0), 0)
    local tokens = math.min((s.tokens or burst) + passed * rate, burst)
    count = math.min(count, math.floor(tokens + 1e-6))
    set('tokens_at', now)
    set('tokens', tokens - math.max(count, 0))
    if count < 1 then keep() return {'rate', text((1 - tokens) / rate)} end
  end
  for i = 1, count do redis.call('ZADD', slots, text(now + slot_s), ARGV[first - 1 + i]) end
  if s.open_since then set('probe', ARGV[first]) end
  keep()
  return {'', tostring(count)}
end

if what == 'renew' then
  for i = 14, #ARGV do redis.call('ZADD', slots, text(now + slot_s), ARGV[i]) end
  keep()
  return {}
end

if what == 'standing' then
  return {s.open_since and text(s.open_since) or '', text(open_until), text(held),
    redis.call('ZCOUNT', slots, text(now), '+inf'), text(now)}
end

settle(14, #ARGV)
keep()
return {}
