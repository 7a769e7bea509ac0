"""Credentials that are tried, end, or are written anew."""
