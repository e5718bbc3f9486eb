-- Commit records: compare epoch, number, hash and segment, then write. O(1).
-- Scripts are not rolled back on an error: everything is checked first, and the head moves last.
-- KEYS: head, stream of the segment
-- ARGV: epoch, number and hash expected, segment, id of the entry, header, payload,
--       number and hash that follow
local head = redis.call('HMGET', KEYS[1], 'epoch', 'number', 'hash', 'segment')
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] or head[3] ~= ARGV[3] or head[4] ~= ARGV[4] then
  return {head[1], head[2], head[3]}
end
redis.call('XADD', KEYS[2], ARGV[5], 'header', ARGV[6], 'payload', ARGV[7])
redis.call('HSET', KEYS[1], 'number', ARGV[8], 'hash', ARGV[9])
return 1
