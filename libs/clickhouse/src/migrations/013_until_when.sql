-- What a list of alerts needs to say until when it is complete: how far each sweep has looked.
CREATE TABLE {{database}}.sweep_runs
(
    round_at DateTime64(3, 'UTC') COMMENT 'When the round of sweeps ended; the same for all sweeps of a round',
    sweep LowCardinality(String) COMMENT 'Sweep',
    as_of DateTime64(3, 'UTC') COMMENT 'Up to when it looked: everything that had arrived by then was in',
    outcome Enum8('done' = 0, 'cut' = 1, 'failed' = 2) COMMENT 'done: all it found was told; cut: there may be more, which the next round tells; failed: nothing was looked up',
    alerts UInt32 COMMENT 'Alerts told in this round',
    seconds Float32 COMMENT 'Time it took in seconds',
    error String COMMENT 'Why it failed; empty: it did not'
)
ENGINE = {{MergeTree}}
ORDER BY (round_at, sweep)
TTL toDateTime(round_at) + INTERVAL 30 DAY
SETTINGS {{deduplication}}
COMMENT 'Rounds of sweeps: a row for each sweep that is on';

CREATE VIEW {{database}}_views.sweep_runs
(
    round_at DateTime64(3, 'UTC') COMMENT 'When the round of sweeps ended; the same for all sweeps of a round',
    sweep LowCardinality(String) COMMENT 'Sweep',
    as_of DateTime64(3, 'UTC') COMMENT 'Up to when it looked: everything that had arrived by then was in',
    outcome Enum8('done' = 0, 'cut' = 1, 'failed' = 2) COMMENT 'done: all it found was told; cut: there may be more, which the next round tells; failed: nothing was looked up',
    alerts UInt32 COMMENT 'Alerts told in this round',
    seconds Float32 COMMENT 'Time it took in seconds',
    error String COMMENT 'Why it failed; empty: it did not'
)
SQL SECURITY DEFINER AS
SELECT round_at, sweep, as_of, outcome, alerts, seconds, error
FROM {{database}}.sweep_runs
COMMENT 'Rounds of sweeps: until when each has looked';

-- What was done about a dead letter stands beside it.
CREATE OR REPLACE VIEW {{database}}_views.dead_letters
(
    received_at DateTime64(3, 'UTC') COMMENT 'When the message arrived in the log',
    topic LowCardinality(String) COMMENT 'Kafka topic it came on',
    partition UInt32 COMMENT 'Kafka partition it came on',
    offset UInt64 COMMENT 'Its offset in the partition',
    reason LowCardinality(String) COMMENT 'Kind of fault, for example not-json, invalid-data, secret-in-payload',
    error String COMMENT 'What is wrong, in a sentence',
    message_key String COMMENT 'Key of the message, redacted',
    payload String COMMENT 'Start of the message, redacted',
    payload_bytes UInt64 COMMENT 'Size of the whole message in bytes',
    state String COMMENT 'open: nobody has done anything about it; replayed: sent again; discarded: given up by an operator',
    handled_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was replayed or discarded; NULL: it is open',
    note String COMMENT 'Why, in the words of the operator; empty: it is open, or no reason was given'
)
SQL SECURITY DEFINER AS
SELECT letter.log_time AS received_at, letter.topic AS topic, letter.partition AS partition, letter.offset AS offset, letter.reason AS reason,
    letter.error AS error, letter.message_key AS message_key, letter.payload AS payload, letter.payload_bytes AS payload_bytes,
    letter.state AS state, if(letter.state = 'open', NULL, letter.handled_at) AS handled_at, letter.note AS note
FROM {{database}}.dead_letter_states AS letter
COMMENT 'Messages that can not be events, each with its reason and what was done about it';

-- sweep: reads everything of ours, and records how far it looked.
CREATE ROLE {{database}}_sweep;
GRANT SELECT ON {{database}}.* TO {{database}}_sweep;
GRANT SELECT ON {{database}}_views.* TO {{database}}_sweep;
GRANT INSERT ON {{database}}.sweep_runs TO {{database}}_sweep;
