"""The generated pages: contracts, the log's fields, the variables."""
