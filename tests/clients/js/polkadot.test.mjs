// @polkadot/api and polkadot-api against a node: metadata, constants, extrinsics, events, souk_ RPC.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "polkadot-api";
import { getWsProvider } from "polkadot-api/ws";
import { WebSocket } from "ws";
import { connect, developer, send, stranger } from "./chain.mjs";

const url = process.env.SOUK_NODE;
const sales = ["listings", "listing", "lineage", "reviews", "purchase", "purchases", "licence", "licences", "licencesOf", "isLicensed", "store", "search"];
const names = [...sales, "specs", "spec", "providers", "provider", "quote", "channels", "channel", "batches", "audits", "audit", "solvency"];
let api, raw;

before(async () => {
  ({ api, call: raw } = await connect(url, names));
});
after(() => api?.disconnect());

test("metadata has our pallets, their calls, constants and docs", () => {
  for (const pallet of ["listings", "compute", "channels"]) {
    assert.ok(api.tx[pallet], `${pallet} has no calls`);
    for (const [name, call] of Object.entries(api.tx[pallet])) {
      assert.ok(call.meta.docs.length > 0, `${pallet}.${name} has no docs`);
    }
  }
  assert.equal(api.consts.babe.expectedBlockTime.toNumber(), 3000);
  assert.equal(api.consts.system.ss58Prefix.toNumber(), 42);
});

test("souk_ RPC is what rpc_methods says", async () => {
  const { methods } = (await api.rpc.rpc.methods()).toJSON();
  assert.deepEqual(methods.filter((m) => m.startsWith("souk_")).sort(), names.map((n) => `souk_${n}`).sort());
});

test("the registered model is listed, specified, served and quoted", async () => {
  const [listing] = await raw("souk_listings", 0, 10);
  assert.equal(listing.kind, "Model");
  const specs = await raw("souk_specs", null, 10);
  assert.ok(specs.some((s) => s.audited));
  const [provider] = await raw("souk_providers", null, 10);
  assert.equal(provider.status, "Active");
  const quotes = await raw("souk_quote", provider.serving[0].spec);
  assert.equal(quotes[0].provider, provider.account);
});

test("what was sold and who may use it is read by listing and by account", async () => {
  const at = await raw("chain_getFinalizedHead");
  const [listing] = await raw("souk_listings", 0, 1, at);
  const { up, down, truncated } = await raw("souk_lineage", listing.id, at);
  assert.ok(Array.isArray(up) && Array.isArray(down) && truncated === false);
  assert.ok(Array.isArray(await raw("souk_reviews", listing.id, 0, 10, at)));
  for (const licence of await raw("souk_licences", listing.id, null, 10, at)) {
    assert.deepEqual(await raw("souk_licence", licence.id, at), licence);
    assert.ok((await raw("souk_licencesOf", licence.holder, 200, at)).some((l) => l.id === licence.id));
    if (licence.isLive) assert.equal(await raw("souk_isLicensed", licence.holder, listing.id, licence.purpose, at), true);
  }
  assert.equal(await raw("souk_isLicensed", listing.owner, listing.id, 8, at), true);
  const nobody = stranger().address;
  assert.equal(await raw("souk_isLicensed", nobody, listing.id, 8, at), false);
  for (const purchase of await raw("souk_purchases", listing.owner, null, 10, at)) {
    assert.deepEqual(await raw("souk_purchase", purchase.id, at), purchase);
  }
  const unknown = "0x" + "77".repeat(32);
  for (const method of ["souk_purchase", "souk_licence"]) assert.equal(await raw(method, unknown, at), null);
  assert.equal(await raw("souk_store", nobody, at), null);
  await assert.rejects(raw("souk_licences", listing.id, null, 201), /most rows/);
});

test("a limit over the most rows is refused with a sentence", async () => {
  await assert.rejects(raw("souk_listings", 0, 10_000), /most rows/);
});

test("held is owed", async () => {
  const rows = await raw("souk_solvency");
  assert.ok(rows.length > 0);
  for (const row of rows) assert.equal(row.held, row.owed, `${row.pallet} ${row.purpose}`);
});

test("a listing is registered by hand, and its event names it", async () => {
  const eve = developer("//Eve");
  const args = api.tx.listings.register.meta.args.map((a) => a.name.toString());
  const value = { kind: "Dataset", name: "by hand", summary: "made with polkadot.js", tags: ["test"] };
  const card = { uri: "https://example.org/card.json", digest: "0x" + "11".repeat(32) };
  const call = api.tx.listings.register(...args.map((a) => value[a] ?? (a === "card" ? card : card[a.replace(/^card_?/, "").toLowerCase()])));
  const { events } = await send(api, call, eve);
  const made = events.find((e) => e.section === "listings");
  assert.ok(made, "no event of listings");
  const held = (await api.query.system.account(eve.address)).data.reserved.toBigInt();
  assert.ok(held > 0n, "no deposit was held");
});

test("what is listed is found, by what it is", async () => {
  const find = (query) => raw("souk_search", query);
  const query = { text: "hand pol", kind: "Dataset", tags: ["TEST"], limit: 1 };
  let page = await find(query);
  // Only finalised blocks feed the index.
  for (let i = 0; i < 60 && page.results.length === 0; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    page = await find(query);
  }
  const [{ score, ...listing }] = page.results;
  assert.equal(listing.name, "by hand");
  assert.ok(score > 0);
  assert.deepEqual(await raw("souk_listing", listing.id, page.at.hash), listing);
  assert.deepEqual((await find({ ...query, kind: "Model" })).results, []);
  assert.deepEqual((await find({ ...query, maxPrice: "0" })).results, []);

  const first = await find({ sort: "newest", limit: 1 });
  assert.ok(first.next, "there should be another listing");
  const rest = await find({ sort: "newest", limit: 200, cursor: first.next });
  const all = [...first.results, ...rest.results].map((l) => l.id);
  assert.deepEqual(all, [...new Set(all)].sort((a, b) => b - a));

  await assert.rejects(find({ limit: 1000 }), /most results/);
  await assert.rejects(find({ text: "x".repeat(300) }), /256 bytes/);
  await assert.rejects(find({ text: "by hand", cursor: first.next }), /leave it out/);
  await assert.rejects(find({ colour: "red" }), /colour/);
});

test("a refused call names its error and leaves the balance but for the fee", async () => {
  const ferdie = developer("//Ferdie");
  const before = (await api.query.system.account(ferdie.address)).data;
  const call = api.tx.compute.drain();
  await assert.rejects(send(api, call, ferdie), { name: /^compute\./ });
  const after = (await api.query.system.account(ferdie.address)).data;
  assert.equal(after.reserved.toBigInt(), before.reserved.toBigInt());
  assert.ok(before.free.toBigInt() - after.free.toBigInt() < 10n ** 11n, "the fee is over 0.1 SOUK");
});

test("polkadot-api reads the finalised chain", async () => {
  const client = createClient(getWsProvider(url, { websocketClass: WebSocket }));
  const spec = await client.getChainSpecData();
  assert.match(spec.name, /Souk/i);
  const block = await client.getFinalizedBlock();
  assert.ok(block.number > 0);
  client.destroy();
});
