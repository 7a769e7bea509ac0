"""The core: nouns and rules, without files, clock, environment, network or logging."""
