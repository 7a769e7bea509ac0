"""X behind its client: wire, errors, posts and what is told of them."""
