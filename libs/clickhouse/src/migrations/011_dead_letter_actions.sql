CREATE TABLE {{database}}.dead_letter_actions
(
    topic LowCardinality(String) COMMENT 'Kafka topic of the dead letter',
    partition UInt32 COMMENT 'Kafka partition of the dead letter',
    offset UInt64 COMMENT 'Kafka offset of the dead letter',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time of the dead letter: tells it from one at the same offset of a topic created anew',
    action LowCardinality(String) COMMENT 'replayed or discarded',
    at DateTime64(3, 'UTC') COMMENT 'When an operator did it',
    note String COMMENT 'Why, in the words of the operator',
    replays UInt32 COMMENT 'How often the message has been replayed with this; 0: discarded'
)
ENGINE = {{MergeTree}}
ORDER BY (topic, partition, offset, log_time)
TTL toDateTime(log_time) + INTERVAL 400 DAY
SETTINGS {{deduplication}}
COMMENT 'What operators did about dead letters';

CREATE VIEW {{database}}.dead_letter_states AS
SELECT letter.topic AS topic, letter.partition AS partition, letter.offset AS offset, letter.log_time AS log_time,
    reason, error, message_key, payload, payload_bytes,
    if(action = '', 'open', action) AS state, handled_at, note, replays
FROM {{database}}.dead_letters AS letter
LEFT JOIN
(
    SELECT topic, partition, offset, log_time, argMax(action, at) AS action, max(at) AS handled_at, argMax(note, at) AS note,
        max(replays) AS replays
    FROM {{database}}.dead_letter_actions
    GROUP BY topic, partition, offset, log_time
) AS done USING (topic, partition, offset, log_time);
