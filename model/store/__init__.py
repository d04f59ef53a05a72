"""The store: the only SQL of the product. Every write happens in a short transaction that its caller can repeat."""
