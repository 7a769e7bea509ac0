"""Measurements of what is promised in numbers, each beside a floor from the same run."""
