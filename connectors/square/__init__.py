"""Square: sales of the till and the web shop, their returns, and the payments behind them (Square API v2)."""

from connectors.square.connector import Square

CONNECTOR = Square
