"""Words that an agent wrote for a page whose numbers come from code."""
