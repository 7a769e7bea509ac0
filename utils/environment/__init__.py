"""What is set: variables, the file `.env`, secrets in files of their own."""
