"""What is carried out, looked into, taken back, and what follows from it."""
