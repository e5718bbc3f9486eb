-- Note a finished segment (or that it is cold now), guarded by the epoch.
-- The same call twice is the same as once.
-- KEYS: head, seals
-- ARGV: epoch, segment, its row; for a new seal also: the next segment, its first record,
--       the hash before it
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return redis.call('HGET', KEYS[1], 'epoch')
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if ARGV[4] then
  redis.call('HSET', KEYS[1], 'segment', ARGV[4],
    'segment_first', ARGV[5], 'segment_previous', ARGV[6])
end
return 1
