// Listings sold by hand: @polkadot/api signs for both sides, and the cryptography is that of exchange.mjs, which shares no
// line with the chain's. Three exchanges run at the same time: a good one, a false complaint, and a copy with a flipped bit.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { concat, fromHex, hash, same, tag, toHex } from "./bytes.mjs";
import { Party, connect, developer, eventOf, stranger } from "./chain.mjs";
import { SOUK, complaintDeposit, offerDigest, sellerBond, settle } from "./deal.mjs";
import * as exchange from "./exchange.mjs";

const RESEARCH = 1;
const COMMERCIAL = 2;
const PRICE = 25n * SOUK + 7n;
const DEPOSIT = complaintDeposit(PRICE);
// The dearest complaint costs less than a hundredth of a SOUK, so that the bond is a fifth of the price.
const BOND = sellerBond(PRICE, SOUK / 100n);
// Shares in millionths: the protocol's as it is unless governance changes it, the others as agreed here.
const [PROTOCOL, ROYALTY, REFERRAL] = [10_000, 100_000, 20_000];

const TERMS = { uri: "https://example.org/terms", digest: hash(tag("use it well")) };
const OFFER = {
  grant: "Perpetual",
  price: PRICE,
  purposes: RESEARCH,
  seats: 3,
  transferable: true,
  deliverWithin: 100,
  referral: REFERRAL,
  terms: TERMS,
};
const STORE = "https://store.example.org";
const MANIFEST = hash(tag("manifest"));
const CARD = { uri: "https://example.org/card", digest: hash(tag("card")) };
// Nobody else's listings have these words, so the search finds this run's alone.
const run = `byhand${randomBytes(6).toString("hex")}`;

let api, call, genesis, ask, parent, referrer;
const sides = [];

before(async () => {
  ({ api, call } = await connect(process.env.SOUK_NODE));
  genesis = api.genesisHash.toU8a();
  ask = (method, ...params) => call(`souk_${method}`, ...params);
  for (let i = 0; i < 3; i += 1) sides.push({ seller: new Party(api), buyer: new Party(api) });
  [parent, referrer] = [new Party(api), new Party(api)];
  const everybody = [parent, referrer, ...sides.flatMap(({ seller, buyer }) => [seller, buyer])];
  const gifts = everybody.map((who) => api.tx.balances.transferKeepAlive(who.address, 100n * SOUK));
  await new Party(api, developer("//Eve")).send(api.tx.utility.batchAll(gifts));
});
after(() => api?.disconnect());

/** Some chunks, the last one short. */
const someBytes = (chunks) => new Uint8Array(randomBytes((chunks - 1) * exchange.CHUNK + 1_234));

const registration = (name) => api.tx.listings.register("Dataset", name, "made and sold by hand", [run, "test"], CARD);

/** The calls that put content and an offer under a listing. */
const publication = (id, all) => {
  const { root, size } = exchange.contentOf(all);
  const chunks = exchange.chunkCount({ size });
  return [api.tx.listings.publishVersion(id, root, size, chunks, MANIFEST), api.tx.listings.addOffer(id, OFFER)];
};

/** Lists some bytes in two steps: sellers who register at the same time can't know their numbers before. */
const list = async (seller, all) => {
  const registered = await seller.send(registration(run));
  const id = eventOf(registered, "listings", "Registered").listing.toNumber();
  const { block } = await seller.send(api.tx.utility.batchAll(publication(id, all)));
  return { id, block };
};

/**
 * A sale up to the revealed key, each side with what it may know: the buyer reads the chain over JSON-RPC and gets from the
 * seller `copy.served` and `copy.digests` alone.
 */
const sell = async ({ seller, buyer }, listing, all, { tamper, broughtBy = null } = {}) => {
  const view = await ask("listing", listing.id, listing.block);
  const [{ version, contentRoot, size }, sold] = [view.versions.at(-1), view.offers[0]];
  const content = { root: fromHex(contentRoot), size };
  const start = { buyer: await buyer.money(listing.block), seller: await seller.money(listing.block) };

  const secret = new Uint8Array(randomBytes(32));
  const order = [listing.id, sold.offer, offerDigest(OFFER), version, content.root, RESEARCH, TERMS.digest];
  const ordered = await buyer.send(api.tx.licensing.purchase(...order, exchange.publicKey(secret), broughtBy));
  const id = eventOf(ordered, "licensing", "Ordered").purchase.toHex();
  const purchase = fromHex(id);
  assert.equal((await buyer.money(ordered.block)).held, PRICE + DEPOSIT);

  const key = new Uint8Array(randomBytes(32));
  const copy = exchange.makeCopy(key, genesis, purchase, all, tamper);
  const promise = [copy.ciphertextRoot, copy.keyCommitment];
  const offered = await seller.send(api.tx.licensing.offerCopy(id, ...promise));
  assert.equal((await seller.money(offered.block)).held, start.seller.held + BOND);

  const promised = await ask("purchase", id, offered.block);
  assert.ok(exchange.listMatches(content, copy.digests), "the list of digests is not that of the listed content");
  assert.ok(exchange.copyMatches(content, fromHex(promised.ciphertextRoot), copy.served), "not the promised copy");
  const other = [promise[0], new Uint8Array(32)];
  await assert.rejects(buyer.send(api.tx.licensing.acceptCopy(id, ...other)), { name: "licensing.CopyMismatch" });
  await buyer.send(api.tx.licensing.acceptCopy(id, ...promise));

  const sealed = exchange.seal(key, purchase, fromHex(promised.buyerKey), new Uint8Array(randomBytes(32)));
  const { block } = await seller.send(api.tx.licensing.revealKey(id, sealed));
  const revealed = await ask("purchase", id, block);
  const agreed = {
    genesis,
    purchase,
    content,
    ciphertextRoot: fromHex(revealed.ciphertextRoot),
    keyCommitment: fromHex(revealed.keyCommitment),
    buyerKey: fromHex(revealed.buyerKey),
    sealedKey: fromHex(revealed.sealedKey),
  };
  const opened = exchange.unseal(agreed.sealedKey, purchase, agreed.keyCommitment, secret);
  assert.ok(opened, "the sealed key does not open");
  const open = (chunk, i) => exchange.decryptChunk(opened, genesis, purchase, content.root, i, chunk);
  return { id, content, copy, secret, agreed, view: revealed, block, start, plain: copy.served.map(open) };
};

/** Where the money of an ended purchase went, as its event says: amounts that are not 0. */
const amountsOf = (receipt) => {
  const { amounts } = eventOf(receipt, "licensing", "PurchaseEnded");
  const all = [...amounts.entries()].map(([name, amount]) => [name, amount.toBigInt()]);
  return Object.fromEntries(all.filter(([, amount]) => amount > 0n));
};

/** What money moved from hold to whom in a block, for one payer. */
const paidBy = (receipt, payer) =>
  receipt.events
    .filter(({ section, method, data }) => section === "balances" && method === "TransferOnHold" && data.source.eq(payer.address))
    .map(({ data }) => [data.dest.toString(), data.amount.toBigInt()]);

const complain = (id, complaint) => api.tx.licensing.complain(id, exchange.encodeComplaint(complaint));

/** What the good exchange leaves for the tests of the views. */
let good;

describe("exchanges", { concurrency: true }, () => {
  test("a good copy: the buyer has the bytes and a licence, everybody is paid", async () => {
    const [{ seller, buyer }, all] = [sides[0], someBytes(5)];
    const origin = await list(parent, someBytes(1));
    // All of it in one transaction, which only works for who registers alone: the number has to be known before.
    const id = (await api.query.listings.nextListing()).toNumber();
    const parents = api.tx.listings.setParents(id, [{ listing: origin.id, version: 0, royalty: ROYALTY }]);
    const calls = [registration(run), parents, ...publication(id, all), api.tx.licensing.setStore(STORE)];
    const listed = await seller.send(api.tx.utility.batchAll(calls));
    assert.equal(eventOf(listed, "listings", "Registered").listing.toNumber(), id);

    const before = await Promise.all([parent, referrer].map((who) => who.money(listed.block)));
    const sale = await sell({ seller, buyer }, { id, block: listed.block }, all, { broughtBy: referrer.address });
    assert.ok(same(concat(...sale.plain), all), "the decrypted bytes are not the listed ones");
    const judgements = sale.plain.map((_, i) => exchange.judge(sale.agreed, exchange.badChunk(sale.secret, sale.content, sale.copy, i)));
    assert.deepEqual(judgements, Array(5).fill("disproved"));

    await assert.rejects(seller.send(api.tx.licensing.settle(sale.id)), { name: "licensing.TooEarly" });
    const settled = await buyer.send(api.tx.licensing.settle(sale.id));
    const split = settle(PRICE, PROTOCOL, [ROYALTY], REFERRAL);
    const gained = async (who, start) => (await who.money(settled.block)).worth - start.worth;
    assert.equal(await gained(buyer, sale.start.buyer), -PRICE);
    assert.equal(await gained(seller, sale.start.seller), split.toOwner);
    assert.equal(await gained(parent, before[0]), split.toParents[0]);
    assert.equal(await gained(referrer, before[1]), split.toReferrer);
    assert.equal((await buyer.money(settled.block)).held, 0n);
    assert.equal((await seller.money(settled.block)).held, sale.start.seller.held);
    assert.deepEqual(amountsOf(settled), {
      refunded: DEPOSIT,
      bondReturned: BOND,
      paid: split.toOwner,
      royalties: split.toParents[0],
      referral: split.toReferrer,
      treasury: split.treasury,
      burnt: split.burnt,
    });
    const [treasury, ...rest] = paidBy(settled, buyer);
    assert.equal(treasury[1], split.treasury);
    const shares = [[parent, split.toParents[0]], [referrer, split.toReferrer], [seller, split.toOwner]];
    assert.deepEqual(rest, shares.map(([who, amount]) => [who.address, amount]));
    await assert.rejects(buyer.send(api.tx.licensing.settle(sale.id)), { name: "licensing.Ended" });
    good = { ...sale, seller, buyer, listing: id, origin: origin.id, listed, settled, all };
  });

  test("a flipped bit: the buyer has price, deposit and the seller's bond", async () => {
    const [{ seller, buyer }, all] = [sides[1], someBytes(4)];
    const listing = await list(seller, all);
    const flip = (i, chunk) => (i === 2 ? Uint8Array.from(chunk, (byte, at) => (at === 77 ? byte ^ 4 : byte)) : chunk);
    const sale = await sell({ seller, buyer }, listing, all, { tamper: flip });
    const bad = sale.plain.findIndex((chunk, i) => !same(hash(chunk), sale.copy.digests[i]));
    assert.equal(bad, 2);

    const complaint = exchange.badChunk(sale.secret, sale.content, sale.copy, bad);
    assert.equal(exchange.judge(sale.agreed, complaint), "upheld: bytes");
    const free = (await buyer.money(sale.block)).free;
    const upheld = await buyer.send(complain(sale.id, complaint));
    assert.equal(upheld.fee, 0n, "who was cheated pays no fee");
    assert.deepEqual(amountsOf(upheld), { refunded: PRICE + DEPOSIT, compensation: BOND });
    const [has, left] = [await buyer.money(upheld.block), await seller.money(upheld.block)];
    assert.equal(has.free - free, PRICE + DEPOSIT + BOND);
    assert.equal(has.worth - sale.start.buyer.worth, BOND);
    assert.equal(left.worth - sale.start.seller.worth, -BOND);
    assert.deepEqual([has.held, left.held], [0n, sale.start.seller.held]);

    const view = await ask("purchase", sale.id, upheld.block);
    assert.deepEqual([view.fault, view.stage.Ended.reason], ["Bytes", "Cheated"]);
    assert.equal(await ask("licence", sale.id, upheld.block), null);
    assert.equal(await ask("isLicensed", buyer.address, listing.id, RESEARCH, upheld.block), false);
    await assert.rejects(buyer.send(complain(sale.id, complaint)), { name: "licensing.Ended" });
  });

  test("complaints about a good copy: what proves nothing is refused, what disproves itself pays the seller", async () => {
    const [{ seller, buyer }, all] = [sides[2], someBytes(4)];
    const listing = await list(seller, all);
    const sale = await sell({ seller, buyer }, listing, all);
    const honest = exchange.badChunk(sale.secret, sale.content, sale.copy, 1);
    // The node over the last two leaves, which is in the path of the first two, shown as the leaf at 2: what is left of the
    // path of 2 above it.
    const inner = honest.plaintextProof[1].hash;
    const above = exchange.badChunk(sale.secret, sale.content, sale.copy, 2);
    const innerAsLeaf = { ...above, plaintextDigest: inner, plaintextProof: above.plaintextProof.slice(1) };
    const nothing = [
      [{ ...honest, index: 2 }, "malformed", "licensing.MalformedComplaint"],
      [innerAsLeaf, "malformed", "licensing.MalformedComplaint"],
      [{ ...honest, secret: new Uint8Array(randomBytes(32)) }, "wrong secret", "licensing.WrongSecret"],
    ];
    const first = (await api.rpc.system.accountNextIndex(buyer.address)).toNumber();
    const refused = nothing.map(async ([complaint, judgement, name], i) => {
      assert.equal(exchange.judge(sale.agreed, complaint), judgement);
      const error = await buyer.send(complain(sale.id, complaint), { nonce: first + i }).then(assert.fail, (error) => error);
      assert.equal(error.name, name);
      assert.ok(error.receipt.fee > 0n && error.receipt.fee < SOUK / 100n, `a fee of ${error.receipt.fee}`);
      return error.receipt.block;
    });
    const last = (await Promise.all(refused)).at(-1);
    assert.deepEqual(await ask("purchase", sale.id, last), sale.view);
    const [waits, stays] = [await buyer.money(last), await seller.money(last)];
    assert.deepEqual([waits.worth, waits.held], [sale.start.buyer.worth, PRICE + DEPOSIT]);
    assert.deepEqual([stays.worth, stays.held], [sale.start.seller.worth, sale.start.seller.held + BOND]);

    assert.equal(exchange.judge(sale.agreed, honest), "disproved");
    const disproved = await buyer.send(complain(sale.id, honest));
    const split = settle(PRICE, PROTOCOL, [], 0);
    const [has, got] = [await buyer.money(disproved.block), await seller.money(disproved.block)];
    assert.ok(disproved.fee > 0n);
    assert.equal(has.worth - sale.start.buyer.worth, -PRICE - DEPOSIT);
    assert.equal(got.worth - sale.start.seller.worth, split.toOwner + DEPOSIT);
    assert.deepEqual(amountsOf(disproved), {
      bondReturned: BOND,
      forfeited: DEPOSIT,
      paid: split.toOwner,
      treasury: split.treasury,
      burnt: split.burnt,
    });
    const view = await ask("purchase", sale.id, disproved.block);
    assert.deepEqual([view.fault, view.stage.Ended.reason], [null, "Disproved"]);
    assert.equal(await ask("isLicensed", buyer.address, listing.id, RESEARCH, disproved.block), true);
  });
});

test("every view of the sale is what was listed, agreed and paid, in the types that the pages name", async () => {
  const { seller, buyer, listing, origin, id, all, content, copy, view, agreed } = good;
  const reviewed = await buyer.send(api.tx.listings.review(listing, { Licence: id }, 4, hash(tag("fine"))));
  const weight = eventOf(reviewed, "listings", "Reviewed").weight.toString();
  const answered = await seller.send(api.tx.listings.answer(listing, 0, hash(tag("thanks"))));
  const at = answered.block;
  const shown = (value) => assert.ok(Number.isSafeInteger(value) && value > 0, `${value} is no block number`);

  const { versions: [{ publishedAt }], deposit } = await ask("listing", listing, at);
  shown(publishedAt);
  const edge = { child: listing, parent: origin, version: 0, royalty: ROYALTY };
  const expected = {
    id: listing,
    owner: seller.address,
    kind: "Dataset",
    name: run,
    summary: "made and sold by hand",
    tags: [run, "test"],
    cardUri: CARD.uri,
    cardDigest: toHex(CARD.digest),
    status: "Active",
    versions: [{ version: 0, contentRoot: toHex(content.root), size: all.length, chunks: 5, manifest: toHex(MANIFEST), publishedAt }],
    offers: [
      {
        offer: 0,
        digest: toHex(offerDigest(OFFER)),
        grant: "Perpetual",
        price: String(PRICE),
        purposes: RESEARCH,
        seats: 3,
        transferable: true,
        deliverWithin: 100,
        referral: REFERRAL,
        termsUri: TERMS.uri,
        termsDigest: toHex(TERMS.digest),
      },
    ],
    parents: [edge],
    minRoyalty: 0,
    rating: { reviews: 1, payers: 1, averageMilli: 4_000 },
    deposit,
  };
  assert.deepEqual(await ask("listing", listing, at), expected);
  assert.deepEqual(await ask("listings", listing, 1, at), [expected]);
  const names = ["Registered", "VersionPublished", "OfferAdded"];
  const held = names.map((name) => eventOf(good.listed, "listings", name).deposit.toBigInt());
  assert.equal(deposit, String(held.reduce((sum, part) => sum + part)));
  assert.deepEqual(await ask("lineage", listing, at), { up: [edge], down: [], truncated: false });
  assert.deepEqual(await ask("lineage", origin, at), { up: [], down: [edge], truncated: false });
  assert.equal(await ask("store", seller.address, at), STORE);

  const [review] = await ask("reviews", listing, 0, 10, at);
  shown(review.at);
  const answer = toHex(hash(tag("thanks")));
  const words = { review: 0, author: buyer.address, stars: 4, digest: toHex(hash(tag("fine"))), weight, at: review.at, answer };
  assert.deepEqual(await ask("reviews", listing, 0, 10, at), [words]);

  const ended = await ask("purchase", id, at);
  const { complainBy } = view.stage.Revealed;
  for (const block of [ended.orderedAt, ended.cancelFrom, ended.stage.Ended.at, complainBy]) shown(block);
  const bought = {
    id,
    buyer: buyer.address,
    seller: seller.address,
    listing,
    version: 0,
    offer: 0,
    purpose: RESEARCH,
    termsDigest: toHex(TERMS.digest),
    price: String(PRICE),
    deposit: String(DEPOSIT),
    bond: String(BOND),
    referrer: referrer.address,
    contentRoot: toHex(content.root),
    size: all.length,
    chunks: 5,
    buyerKey: toHex(exchange.publicKey(good.secret)),
    ciphertextRoot: toHex(copy.ciphertextRoot),
    keyCommitment: toHex(copy.keyCommitment),
    sealedKey: toHex(agreed.sealedKey),
    orderedAt: ended.orderedAt,
    cancelFrom: ended.cancelFrom,
    stage: { Ended: { at: ended.stage.Ended.at, reason: "Delivered" } },
    fault: null,
  };
  assert.deepEqual(ended, bought);
  for (const who of [buyer, seller]) {
    assert.deepEqual(await ask("purchases", who.address, null, 10, at), [bought]);
    assert.deepEqual(await ask("purchases", who.address, id, 10, at), []);
  }

  const licence = {
    id,
    listing,
    version: 0,
    holder: buyer.address,
    users: [],
    purpose: RESEARCH,
    termsDigest: toHex(TERMS.digest),
    grant: "Perpetual",
    issuedAt: ended.stage.Ended.at,
    expiresAt: null,
    isLive: true,
    transferable: true,
    seats: 3,
    sealedKey: toHex(agreed.sealedKey),
  };
  assert.deepEqual(await ask("licence", id, at), licence);
  assert.deepEqual(await ask("licences", listing, null, 10, at), [licence]);
  assert.deepEqual(await ask("licences", listing, id, 10, at), []);
  assert.deepEqual(await ask("licencesOf", buyer.address, 10, at), [licence]);
  assert.equal(await ask("isLicensed", buyer.address, listing, RESEARCH, at), true);
  assert.equal(await ask("isLicensed", buyer.address, listing, COMMERCIAL, at), false);
  assert.equal(await ask("isLicensed", stranger().address, listing, RESEARCH, at), false);

  // Only finalised blocks feed the index, and this is the last thing that they show of the listing.
  const query = { text: run, purpose: RESEARCH, maxPrice: String(PRICE), minRating: 4_000, sort: "rating" };
  let page;
  for (let i = 0; i < 120 && !page?.results.length; i += 1) {
    if (page) await new Promise((resolve) => setTimeout(resolve, 250));
    page = await ask("search", query);
  }
  assert.deepEqual(page.results, [{ ...expected, score: null }]);
  assert.deepEqual([page.next, page.truncated], [null, false]);
  assert.equal(page.at.hash, await call("chain_getBlockHash", page.at.number));
  assert.deepEqual((await ask("search", { ...query, maxPrice: String(PRICE - 1n) })).results, []);
  assert.deepEqual((await ask("search", { ...query, purpose: COMMERCIAL })).results, []);
});

test("the same reads are runtime APIs, for wallets", async () => {
  const { settled, id, listing, buyer } = good;
  const { soukApi } = (await api.at(settled.block)).call;
  const view = await ask("purchase", id, settled.block);
  const read = (await soukApi.purchase(id)).unwrap();
  assert.deepEqual([read.price.toString(), read.sealedKey.unwrap().toHex()], [view.price, view.sealedKey]);
  assert.deepEqual([read.buyer.toString(), read.stage.asEnded.reason.type], [buyer.address, "Delivered"]);
  assert.equal((await soukApi.listing(listing)).unwrap().name.toString(), run);
  assert.equal((await soukApi.isLicensed(buyer.address, listing, RESEARCH)).isTrue, true);
});
