"""The roof: signals, children and the alarm; nobody else touches these."""
