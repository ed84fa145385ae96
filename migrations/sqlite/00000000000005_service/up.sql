-- Files are listed and counted by when they were received last, page by page.
CREATE INDEX source_file_received_at ON source_file (received_at, id);
