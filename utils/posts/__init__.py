"""What posts on every network share: length, links, price, pictures."""
