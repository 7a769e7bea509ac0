"""The real Claude Code, driven by a scripted model on loopback: no login, no network."""
