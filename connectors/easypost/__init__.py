"""EasyPost, a seller of many carriers' labels and a teller of where parcels are, through its API v2."""

from connectors.easypost.connector import EasyPost

CONNECTOR = EasyPost
