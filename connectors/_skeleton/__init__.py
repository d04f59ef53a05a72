"""A make-believe shop, the connector that new ones begin as: `make new NAME=…` copies it."""

from connectors._skeleton.connector import Skeleton

CONNECTOR = Skeleton
