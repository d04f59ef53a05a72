"""Orders that a partner, a marketplace or a person puts into a folder as CSV, XLSX or EDIFACT."""

from connectors.order_files.connector import OrderFiles

CONNECTOR = OrderFiles
