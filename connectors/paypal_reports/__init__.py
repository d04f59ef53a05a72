"""PayPal's reports of a merchant's balance: the settlement report by SFTP, and the activity download."""

from connectors.paypal_reports.connector import PayPalReports

CONNECTOR = PayPalReports
