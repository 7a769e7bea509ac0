"""What comes in: taken in once, read, planned and sorted."""
