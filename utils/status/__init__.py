"""The answer of `status`: from the journal, kept ready, true for the moment, and as a page."""
