"""The week: facts with their sources, sections of the pages, charts."""
