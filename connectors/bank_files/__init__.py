"""Any bank whose statements come as files: camt.053, MT940, OFX, BAI2, or a CSV that the account describes."""

from connectors.bank_files.connector import BankFiles

CONNECTOR = BankFiles
