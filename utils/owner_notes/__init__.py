"""The notes that the employee writes for the owner, and finds again."""
