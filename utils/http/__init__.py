"""HTTP behind its client: answers, and what failures mean."""
