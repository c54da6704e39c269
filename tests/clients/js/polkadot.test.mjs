// @polkadot/api and polkadot-api against a node: metadata, constants, extrinsics, events, souk_ RPC.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "polkadot-api";
import { getWsProvider } from "polkadot-api/ws";
import { WebSocket } from "ws";
import { connect, developer, send, stranger } from "./chain.mjs";

const url = process.env.SOUK_NODE;
const listed = ["listings", "listing", "moderation", "moderations", "lineage", "reviews", "store", "search"];
const sales = ["purchase", "purchases", "licence", "licences", "licencesOf", "isLicensed"];
const calls = ["specs", "spec", "providers", "provider", "quote", "channels", "channel", "batches", "audits", "audit", "solvency"];
const stake = ["stake", "validators", "pools", "rewards", "exam", "emission"];
const votes = ["power", "votes", "tracks", "referenda", "referendum"];
const names = [...listed, ...sales, ...calls, ...stake, ...votes];
let api, raw;

before(async () => {
  ({ api, call: raw } = await connect(url, names));
});
after(() => api?.disconnect());

test("metadata has our pallets, their calls, constants and docs", () => {
  for (const pallet of ["listings", "compute", "channels", "rewards", "governance"]) {
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

test("what is at stake, and with whom, is what the state says", async () => {
  const head = await raw("chain_getFinalizedHead");
  const { staking, balances, dap } = (await api.at(head)).query;
  const era = (await staking.activeEra()).unwrap();
  const rows = await raw("souk_validators", null, 200, head);
  const standing = await staking.validators.entries();
  assert.deepEqual(rows.map(({ account }) => account).sort(), standing.map(([{ args: [who] }]) => who.toString()).sort());
  for (const row of rows) {
    const [prefs, ledger, backing] = await Promise.all([
      staking.validators(row.account),
      staking.ledger(row.account),
      staking.erasStakersOverview(era.index, row.account),
    ]);
    assert.deepEqual([row.blocked, row.commission], [prefs.blocked.isTrue, Math.floor(prefs.commission.unwrap().toNumber() / 1_000)]);
    assert.deepEqual([row.own, row.elected], [ledger.unwrap().active.toString(), backing.isSome]);
    if (!row.elected) continue;
    const { total, nominatorCount } = backing.unwrap();
    assert.deepEqual([row.stake, row.nominators], [total.toString(), nominatorCount.toNumber()]);
  }
  const { account } = rows.find(({ elected }) => elected);
  const ledger = (await staking.ledger(account)).unwrap();
  const { bond, pool, era: running } = await raw("souk_stake", account, head);
  assert.deepEqual([bond.total, bond.active, bond.elected, pool], [ledger.total.toString(), ledger.active.toString(), true, null]);
  assert.deepEqual([running.index, running.started], [era.index.toNumber(), era.start.unwrap().toNumber()]);
  const power = await raw("souk_power", account, head);
  assert.equal(power.bond, ledger.active.toString());
  const parts = ["bond", "pool", "provider"].reduce((sum, part) => sum + BigInt(power[part]), 0n);
  assert.equal(BigInt(power.power) + BigInt(power.warming), parts);
  assert.ok(BigInt(power.power) > 0n, "who validates since genesis can't vote");

  const emission = await raw("souk_emission", head);
  assert.equal(emission.issuance, (await balances.totalIssuance()).toString());
  assert.equal(emission.staked, (await staking.erasTotalStake(era.index)).toString());
  const shares = [...(await dap.budgetAllocation()).entries()].map(([key, share]) => [key.toUtf8(), share.toNumber() / 1_000]);
  assert.deepEqual(emission.budgets.map(({ key, share }) => [key, share]).sort(), shares.sort());
  assert.equal(emission.budgets.reduce((sum, { share }) => sum + share, 0), 1_000_000);
});

test("tracks are those of the metadata, and nobody's view of nothing is empty", async () => {
  const head = await raw("chain_getFinalizedHead");
  const tracks = api.consts.referenda.tracks.map(([id, info]) => ({
    id: id.toNumber(),
    name: info.name.toString().replace(/\0+$/, ""),
    maxDeciding: info.maxDeciding.toNumber(),
    decisionDeposit: info.decisionDeposit.toString(),
    prepare: info.preparePeriod.toNumber(),
    decision: info.decisionPeriod.toNumber(),
    confirm: info.confirmPeriod.toNumber(),
    enactment: info.minEnactmentPeriod.toNumber(),
  }));
  const rows = await raw("souk_tracks", head);
  assert.deepEqual(rows.map(({ deciding, queued, origin, ...conditions }) => conditions), tracks);
  const submitted = api.tx.referenda.submit(rows[1].origin, { Inline: "0x000000" }, { After: 1 });
  assert.equal(submitted.method.args[0].toHex(), rows[1].origin);
  assert.deepEqual([rows[0].origin, rows[1].name], ["0x0000", "whitelisted"]);
  const count = (await (await api.at(head)).query.referenda.referendumCount()).toNumber();
  assert.equal((await raw("souk_referenda", false, null, 200, head)).length, Math.min(count, 200));
  assert.equal(await raw("souk_referendum", count, head), null);

  const nobody = stranger().address;
  const { bond, pool } = await raw("souk_stake", nobody, head);
  const { power, warming, moreIn } = await raw("souk_power", nobody, head);
  const { accrued, pending, missing, expiresEpoch } = await raw("souk_rewards", nobody, head);
  assert.deepEqual([bond, pool, power, warming, moreIn, accrued, pending, expiresEpoch], [null, null, "0", "0", null, "0", "0", null]);
  assert.equal(missing, "0");
  assert.deepEqual(await raw("souk_votes", nobody, head), []);
  assert.equal(await raw("souk_exam", nobody, head), null);
});

test("the exam that is going on is what the state says", async () => {
  const head = await raw("chain_getFinalizedHead");
  const [provider] = await raw("souk_providers", null, 10, head);
  const { rewards, governance } = (await api.at(head)).query;
  const { epoch, stage } = await rewards.currentRound();
  const exam = await raw("souk_exam", provider.account, head);
  const isOver = stage.isOpen && (await governance.liveBlocks()).gt(stage.asOpen.by);
  assert.deepEqual([exam.epoch, exam.phase], [epoch.toNumber(), isOver ? "Closed" : stage.type]);
  const [drawn, by] = stage.isOpen ? [stage.asOpen.drawn.toHex(), stage.asOpen.by.toNumber()] : [null, null];
  assert.deepEqual([exam.drawn, exam.commitBy], [drawn, by]);
  const specs = stage.isOpen ? provider.serving.map(({ spec }) => spec) : [];
  assert.deepEqual(exam.papers.map(({ spec }) => spec).sort(), specs.sort());
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
