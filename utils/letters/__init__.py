"""What a message says: its own words, amounts, dates, lines, names and numbers, with evidence.

Everything here is pure and never raises on any text; whatever is missing or can be read in two
ways comes back as a question, never as a guess.
"""
