"""The owner's phone: what is worth a notice, and how it gets there."""
