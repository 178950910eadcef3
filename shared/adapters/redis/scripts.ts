/**
 * Every operation is one script, so that the server runs it as a whole. Keys are named by `KEYS` alone, as proxies of
 * sharded servers ask for. The first two arguments are the same for all: a time to go by instead of the server's own
 * (empty in production), and the server's time after which the caller has given up: what arrives later does nothing.
 */
const script = (body: string): string => `
local clock = redis.call('TIME')
local real = clock[1] * 1000 + math.floor(clock[2] / 1000)
if ARGV[2] ~= '' and real > tonumber(ARGV[2]) then
  return redis.error_reply('LATE its caller has given up')
end
local now = real
if ARGV[1] ~= '' then now = tonumber(ARGV[1]) end
local function whole(number) return string.format('%.0f', number) end
${body.trim()}
`;

/** KEYS: lease. ARGV: holder, span, nonce, span to keep the record. The token as text, nil while it is held. */
export const ACQUIRE = script(`
local held = redis.call('HMGET', KEYS[1], 'token', 'until', 'nonce')
if held[3] == ARGV[5] then return held[1] end
if held[2] and tonumber(held[2]) > now then return false end
local token = whole(math.max(tonumber(held[1] or '0') + 1, now))
redis.call('HSET', KEYS[1], 'token', token, 'holder', ARGV[3], 'until', whole(now + ARGV[4]), 'nonce', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return token
`);

/** KEYS: lease. ARGV: token, span, span to keep the record. 1 when it was renewed. */
export const RENEW = script(`
local held = redis.call('HMGET', KEYS[1], 'token', 'until')
if held[1] ~= ARGV[3] or not held[2] or tonumber(held[2]) <= now then return 0 end
redis.call('HSET', KEYS[1], 'until', whole(now + ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
`);

/** KEYS: lease. ARGV: token. The token stays, so that the next one is higher. */
export const RELEASE = script(`
if redis.call('HGET', KEYS[1], 'token') == ARGV[3] then
  redis.call('HDEL', KEYS[1], 'until', 'nonce', 'holder')
end
return 1
`);

/** KEYS: lease. ARGV: token. 1 when another one is known. */
export const IS_FENCED = script(`
local token = redis.call('HGET', KEYS[1], 'token')
return token and token ~= ARGV[3] and 1 or 0
`);

/**
 * KEYS: era. The server's time in milliseconds; and notes what this server calls the history of its data. A server that lost its
 * memory, or took the place of another, has a new name for it: then the newest writes before may be missing. Asked in a script, since
 * a proxy might ask any of its servers otherwise.
 */
export const GREET = script(`
local told = redis.pcall('INFO', 'replication')
if type(told) ~= 'string' then return real end
if string.find(told, 'role:slave', 1, true) then return redis.error_reply('READONLY this server is a replica') end
local history = string.match(told, 'master_replid:(%w+)')
if history and redis.call('GET', KEYS[1]) ~= history then redis.call('SET', KEYS[1], history) end
return real
`);

/** KEYS: any. The server's time in milliseconds, where nothing may be asked of the server itself; else the time that was told. */
export const TELL_TIME = script('return now');

/** KEYS: document, era. Version and value as texts, and 1 when it was written in an earlier era; the value of a deleted one is nil. */
export const READ = script(`
local known = redis.call('HMGET', KEYS[1], 'version', 'value', 'era')
local era = redis.call('GET', KEYS[2]) or ''
return { known[1], known[2], (known[3] or '') ~= era and 1 or 0 }
`);

/** KEYS: document, index, era, lease of the fence if any. ARGV: key, value, expected version or empty, token or empty, nonce. */
export const COMPARE_AND_SET = script(`
if ARGV[6] ~= '' then
  local token = redis.call('HGET', KEYS[4], 'token')
  if token and token ~= ARGV[6] then return 'fenced' end
end
local known = redis.call('HMGET', KEYS[1], 'version', 'value', 'nonce')
if known[3] == ARGV[7] then return 'stored' end
local version = known[2] and known[1] or ''
if version ~= ARGV[5] then return 'conflict' end
local following = whole(math.max(tonumber(known[1] or '0') + 1, now))
local era = redis.call('GET', KEYS[3]) or ''
redis.call('HSET', KEYS[1], 'version', following, 'value', ARGV[4], 'nonce', ARGV[7], 'era', era)
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], 0, ARGV[3])
return 'stored'
`);

/** KEYS: document, index. ARGV: key, span to keep the version. */
export const DELETE = script(`
local known = redis.call('HMGET', KEYS[1], 'version', 'value')
if known[2] then
  redis.call('HDEL', KEYS[1], 'value', 'nonce')
  redis.call('HSET', KEYS[1], 'version', whole(math.max(tonumber(known[1]) + 1, now)))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('ZREM', KEYS[2], ARGV[3])
end
return 1
`);

/** KEYS: index. ARGV: beginning of the keys; no byte of a text is 255. */
export const LIST = script(
  `return redis.call('ZRANGEBYLEX', KEYS[1], '[' .. ARGV[3], '(' .. ARGV[3] .. '\\255')`,
);

/** KEYS: marks. ARGV: mark, how many to keep. */
export const MARK = script(`
redis.call('RPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], -ARGV[4], -1)
return 1
`);

/** KEYS: marks. */
export const CLEAR = script(`
local marks = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
return marks
`);

/** KEYS: marks. */
export const IS_MARKED = script(`return redis.call('EXISTS', KEYS[1])`);

/**
 * KEYS: bucket. ARGV: count, capacity, refill per minute, reserve, parts of a token. Milliseconds to wait; -1 when granted.
 * The rule of `token-rules.ts`. A bucket that has had the time to fill up is forgotten: unknown ones are full.
 */
export const TAKE = script(`
local count, capacity, refill, reserve, parts = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local full = capacity * parts
local known = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = tonumber(known[1] or full)
local elapsed = math.max(0, now - tonumber(known[2] or now))
level = math.min(full, level + elapsed * refill)
local missing = (count + reserve) * parts - level
if missing <= 0 then level = level - count * parts end
redis.call('HSET', KEYS[1], 'level', whole(level), 'at', whole(now))
redis.call('PEXPIRE', KEYS[1], whole(math.ceil((full - level) / refill) + parts))
if missing <= 0 then return -1 end
return math.ceil(missing / refill)
`);
