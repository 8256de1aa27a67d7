-- title: How far each partition of the log is stored, and what of it is missing or unreadable
SELECT topic, partition, max(to_offset) AS stored_to, max(last_received_at) AS last_received,
    dateDiff('second', last_received, now64(3)) AS seconds_ago, sum(messages) AS all_messages, sum(events) AS stored,
    sum(duplicates) AS dropped_duplicates, sum(dead_letters) AS unreadable,
    toInt64(max(to_offset)) - toInt64(min(from_offset)) - toInt64(sum(to_offset - from_offset)) AS gap_offsets,
    sumIf(to_offset - from_offset, kind = 'abandoned') AS abandoned_offsets
FROM ranges
GROUP BY topic, partition
ORDER BY topic, partition
