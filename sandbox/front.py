"""The page at the street's front door: what lives here and how to knock."""

from typing import Final

PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The street</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}code{background:#eee;padding:0 .2em}
td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}</style></head><body>
<h1>The street</h1>
<p>Three make-believe shops, two warehouses and a seller of labels over one seeded world of orders. They speak in each vendor’s own wire
format; nobody here is real.</p>
<table><tr><th>Account</th><th>Speaks</th><th>Where</th><th>Credentials</th></tr>
<tr><td><code>shopify-main</code></td><td>Shopify GraphQL Admin 2026-07</td>
<td><code>/shopify/admin/api/2026-07/graphql.json</code></td>
<td><code>X-Shopify-Access-Token: street-shopify-token</code></td></tr>
<tr><td><code>woo-shop</code></td><td>WooCommerce REST v3</td><td><code>/woo/wp-json/wc/v3/…</code></td>
<td>Basic <code>ck_street</code> : <code>cs_street</code></td></tr>
<tr><td><code>square-till</code></td><td>Square v2, location <code>LSTREET1</code></td><td><code>/square/v2/…</code></td>
<td>Bearer <code>street-square-token</code></td></tr>
<tr><td>(a partner)</td><td>ShipBob 2026-01, channel <code>441200</code></td><td><code>/shipbob/2026-01/…</code></td>
<td>Bearer <code>street-shipbob-token</code></td></tr>
<tr><td>(a partner)</td><td>ShipStation V1, store <code>61700</code></td><td><code>/shipstation/…</code></td>
<td>Basic <code>street-shipstation-key</code> : <code>street-shipstation-secret</code></td></tr>
<tr><td>(a partner)</td><td>EasyPost v2</td><td><code>/easypost/v2/…</code></td>
<td>Basic <code>street-easypost-key</code>, no password</td></tr></table>
<p><a href="/truth">/truth</a> lists every order that exists, with its total, and every parcel that left;
<a href="/stock">/stock</a> what is counted and sold; <a href="/truth/money">/truth/money</a> every payout, and what the bank booked. The
bank’s statements (camt.053) lie in the folder of this world, in <code>bank/eur/out</code> and <code>bank/gbp/out</code>.</p></body></html>
""".encode()
