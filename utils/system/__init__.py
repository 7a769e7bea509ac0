"""What the operating system offers: files, mounts, sockets, lines between processes."""
