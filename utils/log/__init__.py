"""The audit log on the disk: the files of its days, compressed when they are old, and checked."""
