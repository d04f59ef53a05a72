"""Records: frozen facts that cross the border between connectors and store. Built by our own mapping, so plain dataclasses."""
