"""How the employee itself is: what it looks at, what keeps it from working."""
