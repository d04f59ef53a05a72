"""Rules: pure decisions over records."""
