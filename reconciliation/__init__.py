"""Pure money: frames in, matches, breaks and vouchers out. No network, database or clock. Its first pass arrives with the money sources."""
