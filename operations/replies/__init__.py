"""What trading partners are answered about their orders: whether we take them, what left, and what it owes."""
