-- Become the writer: raise the epoch by one. Makes the head of a journal that has none yet.
-- KEYS: head, seals, stream of the first segment
-- ARGV: owner, hash before the first append
if redis.call('EXISTS', KEYS[1]) == 0 then
  if redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 then
    return redis.error_reply('CORRUPT the head of the journal is gone, its records are not')
  end
  redis.call('HSET', KEYS[1], 'epoch', '0', 'number', '0', 'hash', ARGV[2],
    'segment', '1', 'segment_first', '1', 'segment_previous', ARGV[2])
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
return redis.call('HMGET', KEYS[1], 'epoch', 'number', 'hash',
  'segment', 'segment_first', 'segment_previous')
