"""Doors to the outside: one folder per remote system; nothing else talks to it."""
