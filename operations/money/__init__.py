"""Money: read what processors and banks tell, match it, name what is left over, report and sign."""
