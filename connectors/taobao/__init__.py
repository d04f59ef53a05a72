"""Taobao and Tmall, over Taobao's open platform (TOP)."""

from connectors.taobao.connector import Taobao

CONNECTOR = Taobao
