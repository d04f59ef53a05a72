"""Doors for people: the command line; later the web pages and the webhook doorbell."""
