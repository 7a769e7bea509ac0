"""The senses: each watcher turns something that happened into Items, in a process of its own."""
