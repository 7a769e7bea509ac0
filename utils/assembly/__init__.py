"""The engine put together from its parts, on the ground of one home."""
