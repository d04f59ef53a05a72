"""Alembic migrations: every revision goes up and down on both databases, and its upgraded schema equals the tables."""
