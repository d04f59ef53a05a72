"""Any trading partner that orders by X12, by files over SFTP or in a folder."""

from connectors.edi_partner.connector import EdiPartner

CONNECTOR = EdiPartner
