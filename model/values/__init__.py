"""Values: money, instants, quantities and derived ids. They know no record and no table."""
