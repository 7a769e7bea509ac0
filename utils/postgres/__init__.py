"""PostgreSQL, for a business that runs on more than one machine."""
