"""The legal entity whose hubs tests open."""

from operations.runtime.hub_file import Entity

ENTITY = Entity(id="main", name="Main", currency="EUR", country="DE", zone="Europe/Berlin")
