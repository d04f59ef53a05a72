"""The EasyPost of the street: it rates parcels, sells labels once each, and tells where parcels are."""
