"""Any warehouse that speaks X12, by files over SFTP or in a folder."""

from connectors.edi_warehouse.connector import EdiWarehouse

CONNECTOR = EdiWarehouse
