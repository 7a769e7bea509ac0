"""LinkedIn behind its client: errors, posts, and its own way of writing text."""
