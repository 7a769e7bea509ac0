"""The vault as Obsidian and clients that sync it treat it: folders, listings, settings."""
