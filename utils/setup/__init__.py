"""Setting a home up: the questions, and what is written."""
