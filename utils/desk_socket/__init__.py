"""The desk over its Unix socket: both ends and what passes between them."""
