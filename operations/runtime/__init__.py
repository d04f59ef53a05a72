"""What every verb needs to run: configuration, secrets, clock, database and logging, brought together in a `Hub`."""
