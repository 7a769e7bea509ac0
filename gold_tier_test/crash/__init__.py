"""Dying at every system call, and what must be true afterwards."""
