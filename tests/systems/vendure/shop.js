// A Vendure shop for the tests, on SQLite in STORE: `node shop.js fill` makes and fills the database, `node shop.js open` serves it.
"use strict";
const path = require("node:path");
const vendure = require("@vendure/core");

const store = process.env.STORE;
const config = {
  apiOptions: { hostname: "127.0.0.1", port: Number(process.env.PORT), adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: ["bearer", "api-key"],
    requireVerification: false,
    superadminCredentials: { identifier: "keeper", password: process.env.KEEPER_PASSWORD },
  },
  dbConnectionOptions: { type: "better-sqlite3", database: path.join(store, "shop.sqlite"), synchronize: true },
  importExportOptions: { importAssetsDir: store },
  paymentOptions: { paymentMethodHandlers: [vendure.dummyPaymentHandler] },
  shippingOptions: { fulfillmentHandlers: [vendure.manualFulfillmentHandler] },
  logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn }),
};

const handled = (name, automaticSettle) => ({
  name,
  handler: { code: "dummy-payment-handler", arguments: [{ name: "automaticSettle", value: String(automaticSettle) }] },
});
const firstContents = {
  defaultLanguage: "en",
  defaultZone: "Union",
  countries: [{ name: "Denmark", code: "DK", zone: "Union" }],
  taxRates: [{ name: "Full rate", percentage: 25 }],
  shippingMethods: [{ name: "Parcel", price: 3900 }],
  paymentMethods: [handled("Paid at once", true), handled("Paid on shipping", false)],
  collections: [],
};

async function fill() {
  const { populate } = require("@vendure/core/cli");
  const app = await populate(() => vendure.bootstrap(config), firstContents, path.join(__dirname, "goods.csv"));
  await app.close();
  process.exit(0);
}

async function open() {
  const app = await vendure.bootstrap(config);
  await app.get(vendure.JobQueueService).start();
}

const run = { fill, open }[process.argv[2]];
run().catch((error) => {
  console.error(error);
  process.exit(1);
});
