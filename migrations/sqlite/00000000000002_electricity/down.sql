DROP VIEW registers;
DROP TABLE register_read;
DROP TABLE interval_event;
DROP TABLE day_version;
ALTER TABLE reading_history DROP COLUMN manner;
