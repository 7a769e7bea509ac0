"""Gmail and IMAP behind one mailbox: connection, reading, sending."""
