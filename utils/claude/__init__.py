"""Claude Code as an untrusted client: its settings, its jail, and its way to the model."""
