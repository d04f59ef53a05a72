"""WooCommerce shops through their REST API v3."""

from connectors.woocommerce.connector import WooCommerce

CONNECTOR = WooCommerce
