"""Mails as text: parts, headers, readable HTML, and writing one."""
