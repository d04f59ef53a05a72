"""A make-believe street of shops: one seeded world, spoken in each vendor's own wire format, with a fault dial."""
