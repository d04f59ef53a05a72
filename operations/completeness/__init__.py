"""Whether nothing is missing: days compared with their sources, certificates, and how late changes are seen."""
