-- Roles for servers, each with what it needs and nothing more. They are made where the user who migrates may make roles;
-- the embedded engine has none, its front does the same for its two users. Users get a role, for example:
--   CREATE USER ana IDENTIFIED BY '...' DEFAULT DATABASE {{database}}_views;
--   GRANT {{database}}_analyst TO ana;
--   ALTER USER ana DEFAULT ROLE {{database}}_analyst;

-- Reads the views made for people. 0 would lift a limit, so each has a minimum beside its maximum. A query may still say
-- SETTINGS max_rows_to_read = DEFAULT, which servers take whatever the constraint is (tried on 26.7): the quota bounds what
-- a user can use up in an hour, and no setting lifts it.
CREATE ROLE {{database}}_analyst SETTINGS readonly = 2,
    max_execution_time = 30 MIN 1 MAX 30,
    max_memory_usage = 2000000000 MIN 1 MAX 2000000000,
    max_threads = 2 MIN 1 MAX 2,
    max_rows_to_read = 1000000000 MIN 1 MAX 1000000000,
    max_result_rows = 1000000 MIN 1 MAX 1000000,
    max_result_bytes = 268435456 MIN 1 MAX 268435456,
    read_overflow_mode = 'throw' CONST,
    timeout_overflow_mode = 'throw' CONST;
GRANT SELECT ON {{database}}_views.* TO {{database}}_analyst;
CREATE QUOTA {{database}}_analyst KEYED BY user_name FOR INTERVAL 1 hour MAX read_rows = 100000000000, result_rows = 50000000, execution_time = 1800 TO {{database}}_analyst;

-- api and sweep: read everything of ours, change nothing. They set limits with each question.
CREATE ROLE {{database}}_api SETTINGS readonly = 2;
GRANT SELECT ON {{database}}.* TO {{database}}_api;
GRANT SELECT ON {{database}}_views.* TO {{database}}_api;

-- ingest and operators' decisions: adds rows at the entrances and to what is recorded about the log.
CREATE ROLE {{database}}_ingest;
GRANT SELECT ON {{database}}.* TO {{database}}_ingest;
GRANT INSERT ON {{database}}.key_event_intake TO {{database}}_ingest;
GRANT INSERT ON {{database}}.alert_event_intake TO {{database}}_ingest;
GRANT INSERT ON {{database}}.delivery_event_intake TO {{database}}_ingest;
GRANT INSERT ON {{database}}.ranges TO {{database}}_ingest;
GRANT INSERT ON {{database}}.dead_letter_actions TO {{database}}_ingest;

-- Owns both databases and nothing else: no users, no roles, no other database, nothing outside the server.
CREATE ROLE {{database}}_migrator;
GRANT SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE ON {{database}}.* TO {{database}}_migrator;
GRANT SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE ON {{database}}_views.* TO {{database}}_migrator;
GRANT SELECT ON system.zookeeper TO {{database}}_migrator;
GRANT SELECT ON system.macros TO {{database}}_migrator;
GRANT TABLE ENGINE ON Null TO {{database}}_migrator;
GRANT TABLE ENGINE ON MergeTree TO {{database}}_migrator;
GRANT TABLE ENGINE ON AggregatingMergeTree TO {{database}}_migrator;
GRANT TABLE ENGINE ON ReplicatedMergeTree TO {{database}}_migrator;
GRANT TABLE ENGINE ON ReplicatedAggregatingMergeTree TO {{database}}_migrator;
