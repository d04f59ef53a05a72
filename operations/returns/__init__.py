"""Goods that come back: returns opened by people, by channels or by what arrives; received, judged, and exchanged."""
