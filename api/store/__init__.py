"""What is kept: districts, keys, problems, plan versions and the audit log, in SQLite or PostgreSQL."""
