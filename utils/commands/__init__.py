"""The commands of `orchestrator.py`, one module each; every one returns its exit status."""
