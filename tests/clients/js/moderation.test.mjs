// Delisting and appeal by hand, with @polkadot/api alone: a moderator with a bond opens four cases; one referendum decides the
// two that were appealed, each for another side, and the others end without one. Who was wrong pays, and what was sold stays.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { fromHex, hash, tag, toHex } from "./bytes.mjs";
import { Party, connect, developer, eventOf, until } from "./chain.mjs";
import { SOUK, offerDigest } from "./deal.mjs";
import * as exchange from "./exchange.mjs";
import { ballot, ended, propose } from "./referenda.mjs";

const MARKETPLACE = 21;
const RESEARCH = 1;
/** What the parameters of the `local` preset ask for. */
const [BOND, CASE, APPEAL] = [1_000n * SOUK, 100n * SOUK, 50n * SOUK];
const EVIDENCE = hash(tag("evidence"));
const STATEMENT = hash(tag("statement"));
const CARD = { uri: "https://example.org/card", digest: hash(tag("card")) };
const TERMS = { uri: "https://example.org/terms", digest: hash(tag("terms")) };
const OFFER = {
  grant: "Perpetual",
  price: SOUK,
  purposes: RESEARCH,
  seats: 1,
  transferable: false,
  deliverWithin: 100,
  referral: 0,
  terms: TERMS,
};
const CONTENT = new Uint8Array(randomBytes(100));

let api, ask, alice, voters, moderator, judge, buyer, guilty, innocent, silent, forgiven;

before(async () => {
  let call;
  ({ api, call } = await connect(process.env.SOUK_NODE));
  ask = (method, ...params) => call(`souk_${method}`, ...params);
  voters = ["Alice", "Bob", "Charlie", "Dave"].map((name) => new Party(api, developer(`//${name}`)));
  [alice] = voters;
  [moderator, judge, buyer, guilty, innocent, silent, forgiven] = Array.from({ length: 7 }, () => new Party(api));
  const gift = (who, amount) => api.tx.balances.transferKeepAlive(who.address, amount * SOUK);
  const gifts = [gift(moderator, 1_100n), gift(judge, 600n), ...[buyer, guilty, innocent, silent, forgiven].map((who) => gift(who, 100n))];
  await Promise.all([
    new Party(api, developer("//Eve")).send(api.tx.utility.batchAll(gifts)),
    alice.sudo(api.tx.listings.appointModerator(moderator.address)),
  ]);
});
after(() => api?.disconnect());

/** A listing with content and an offer. */
const list = async (owner) => {
  const registered = await owner.send(api.tx.listings.register("Dataset", "moderated", "made by hand", ["test"], CARD));
  const id = eventOf(registered, "listings", "Registered").listing.toNumber();
  const { root, size } = exchange.contentOf(CONTENT);
  const published = api.tx.listings.publishVersion(id, root, size, 1, EVIDENCE);
  await owner.send(api.tx.utility.batchAll([published, api.tx.listings.addOffer(id, OFFER)]));
  return id;
};

const purchase = (listing, secret) =>
  buyer.send(
    api.tx.licensing.purchase(
      ...[listing, 0, offerDigest(OFFER), 0, exchange.contentOf(CONTENT).root, RESEARCH, TERMS.digest],
      ...[exchange.publicKey(secret), null],
    ),
  );

/** Sells a listing: the id of the licence. */
const sell = async (seller, listing) => {
  const secret = new Uint8Array(randomBytes(32));
  const id = eventOf(await purchase(listing, secret), "licensing", "Ordered").purchase.toHex();
  const key = new Uint8Array(randomBytes(32));
  const { ciphertextRoot, keyCommitment } = exchange.makeCopy(key, api.genesisHash.toU8a(), fromHex(id), CONTENT);
  await seller.send(api.tx.licensing.offerCopy(id, ciphertextRoot, keyCommitment));
  await buyer.send(api.tx.licensing.acceptCopy(id, ciphertextRoot, keyCommitment));
  const sealed = exchange.seal(key, fromHex(id), exchange.publicKey(secret), new Uint8Array(randomBytes(32)));
  await seller.send(api.tx.licensing.revealKey(id, sealed));
  await buyer.send(api.tx.licensing.settle(id));
  return id;
};

const delist = (listing, reason) => moderator.send(api.tx.listings.delist(listing, reason, EVIDENCE));
const statusOf = async (listing, block) => (await ask("listing", listing, block)).status;
const finalized = async () => (await api.rpc.chain.getFinalizedHead()).toHex();
/** What an account has won or lost since `start`, fees apart. */
const change = async (who, start, block) => (await who.money(block)).worth - start.worth;
const bondOf = async (block) => {
  const { bond, tied } = (await (await api.at(block)).query.listings.moderators(moderator.address)).unwrap();
  return [bond.toBigInt(), tied.toBigInt()];
};

test("four cases: who was wrong pays the other side, nobody else pays, and a licence outlives its listing", async () => {
  const [a, b, c, d] = await Promise.all([guilty, innocent, silent, forgiven].map(list));
  const [licence] = await Promise.all([
    sell(guilty, a),
    assert.rejects(buyer.send(api.tx.listings.delist(a, "Fraud", EVIDENCE)), { name: "listings.NotAModerator" }),
    assert.rejects(delist(a, "Fraud"), { name: "listings.BondTooLow" }).then(() => moderator.send(api.tx.listings.postBond(BOND))),
  ]);
  const opened = await Promise.all([delist(a, "Fraud"), delist(b, "Malware"), delist(c, "Misleading"), delist(d, "Other")]);
  const cases = opened.map((receipt) => eventOf(receipt, "listings", "CaseOpened"));
  assert.deepEqual(cases.map(({ bond }) => bond.toBigInt()), [CASE, CASE, CASE, CASE]);
  const start = {};
  const from = await finalized();
  for (const [name, who] of Object.entries({ moderator, guilty, innocent, silent, forgiven })) start[name] = await who.money(from);
  assert.equal(start.moderator.held, BOND);
  assert.deepEqual(await bondOf(from), [BOND, 4n * CASE]);
  // In the notice everything goes on.
  assert.deepEqual(await Promise.all([a, b, c, d].map((id) => statusOf(id, from))), ["Active", "Active", "Active", "Active"]);

  const appeal = (who, listing) => who.send(api.tx.listings.appeal(listing, STATEMENT));
  const [appealed] = await Promise.all([
    appeal(guilty, a),
    appeal(innocent, b),
    assert.rejects(appeal(buyer, c), { name: "listings.NotAuthorized" }),
    assert.rejects(moderator.send(api.tx.listings.withdrawBond(SOUK)), { name: "listings.BondTied" }),
    assert.rejects(guilty.send(api.tx.listings.retire(a)), { name: "listings.CaseOpen" }),
    moderator.send(api.tx.listings.withdrawCase(d)),
  ]);
  const { deposit, until: window } = eventOf(appealed, "listings", "Appealed");
  assert.equal(deposit.toBigInt(), APPEAL);
  assert.ok(window.toNumber() > cases[0].noticeUntil.toNumber(), "no time for a referendum");

  const at = await finalized();
  const views = await Promise.all([a, c, d].map((listing) => ask("moderation", listing, at)));
  const view = {
    listing: a,
    case: cases[0].case.toNumber(),
    reason: "Fraud",
    evidence: toHex(EVIDENCE),
    moderator: moderator.address,
    bond: String(CASE),
    noticeUntil: cases[0].noticeUntil.toNumber(),
    appeal: { by: guilty.address, deposit: String(APPEAL), statement: toHex(STATEMENT), until: window.toNumber() },
    isOver: false,
  };
  assert.deepEqual([views[0], views[1].appeal, views[2]], [view, null, null]);
  const open = (await ask("moderations", null, 200, at)).map(({ listing }) => listing);
  assert.ok([a, b, c].every((listing) => open.includes(listing)) && !open.includes(d), `cases against ${open}`);

  const decisions = [
    api.tx.listings.decideAppeal(a, cases[0].case, true),
    api.tx.listings.decideAppeal(b, cases[1].case, false),
  ];
  const [{ index }] = await Promise.all([
    propose(judge, "MarketplaceAdmin", api.tx.utility.batchAll(decisions)),
    assert.rejects(appeal(guilty, a), { name: "listings.AlreadyAppealed" }),
    // Only the vote decides.
    assert.rejects(guilty.send(api.tx.listings.decideAppeal(a, cases[0].case, false)), { name: "BadOrigin" }),
    assert.rejects(delist(d, "Malware"), { name: "listings.AlreadyFailed" }),
  ]);
  await Promise.all(
    voters.map(async (who) => who.send(api.tx.convictionVoting.vote(index, ballot(BigInt((await ask("power", who.address)).power))))),
  );
  assert.equal((await ended(api, index)).how, "Approved");
  const { block } = await until(api, "the decisions", async (at) => (await at.query.listings.cases(a)).isNone);

  assert.deepEqual(await statusOf(a, block), { Delisted: { reason: "Fraud" } });
  assert.equal(await statusOf(b, block), "Active");
  const of = await Promise.all([
    change(guilty, start.guilty, block),
    change(innocent, start.innocent, block),
    change(moderator, start.moderator, block),
  ]);
  assert.deepEqual(of, [-APPEAL, CASE / 2n, APPEAL / 2n - CASE]);
  assert.equal((await innocent.money(block)).held, start.innocent.held);
  const [bond] = await bondOf(block);
  assert.equal(bond, BOND - CASE);
  assert.ok((await ask("licence", licence, block)).isLive);
  assert.equal(await ask("isLicensed", buyer.address, a, RESEARCH, block), true);

  await until(api, "the end of the notice", async (at) => (await at.query.governance.liveBlocks()).gt(cases[2].noticeUntil));
  const fresh = () => new Uint8Array(randomBytes(32));
  const clear = (who) => [api.tx.convictionVoting.removeVote(MARKETPLACE, index), api.tx.convictionVoting.unlock(MARKETPLACE, who.address)];
  await Promise.all([
    assert.rejects(purchase(a, fresh()), { name: "licensing.NotForSale" }),
    assert.rejects(purchase(c, fresh()), { name: "licensing.NotForSale" }),
    purchase(b, fresh()),
    buyer.send(api.tx.listings.closeCase(c)),
    judge.send(api.tx.referenda.refundDecisionDeposit(index)),
    ...voters.map((who) => who.send(api.tx.utility.batchAll(clear(who)))),
  ]);
  const closed = await moderator.send(api.tx.listings.withdrawBond(BOND - CASE));
  assert.equal((await moderator.money(closed.block)).held, 0n);
  assert.deepEqual(await statusOf(c, closed.block), { Delisted: { reason: "Misleading" } });
  assert.equal(await statusOf(d, closed.block), "Active");
  const free = await Promise.all([change(silent, start.silent, closed.block), change(forgiven, start.forgiven, closed.block)]);
  assert.deepEqual(free, [0n, 0n]);
  assert.equal(await change(moderator, start.moderator, closed.block), APPEAL / 2n - CASE);
  assert.equal(await ask("isLicensed", buyer.address, a, RESEARCH, closed.block), true);
});
