"""The fault programme: seeded worlds in which everything goes wrong, and a judge who compares the store with the world's own books."""
