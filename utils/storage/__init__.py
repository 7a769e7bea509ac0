"""What lies under the journal: databases, tables, steps, and what else it remembers."""
