"""The ShipStation account of the street: people there make labels for what they are asked to ship, in their own time."""
