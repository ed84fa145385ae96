DROP INDEX source_file_received_at;
