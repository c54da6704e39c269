// A whole purchase by hand from a seller that we did not write here: the sidecar of the local market's publisher makes the
// copy and reveals its key, and this test fetches, checks, accepts, decrypts and settles with @polkadot/api and store.mjs.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { Reader, fromHex, hash, same, toHex } from "./bytes.mjs";
import { Party, connect, developer, eventOf, stranger } from "./chain.mjs";
import { SOUK, complaintDeposit, offerDigest, settle } from "./deal.mjs";
import * as exchange from "./exchange.mjs";
import { Store } from "./store.mjs";

const PROTOCOL = 10_000;
let api, call, ask;

before(async () => {
  ({ api, call } = await connect(process.env.SOUK_NODE));
  ask = (method, ...params) => call(`souk_${method}`, ...params);
});
after(() => api?.disconnect());

/** Something for ever that a store delivers: its listing, its cheapest such offer, and where the store is. */
const onOffer = async () => {
  for (const listing of await ask("listings", 0, 100)) {
    const endpoint = await ask("store", listing.owner);
    const [sold] = listing.offers.filter(({ grant }) => grant === "Perpetual").sort((a, b) => a.price - b.price);
    if (endpoint && sold && listing.status === "Active" && listing.versions.length > 0) return { listing, sold, endpoint };
  }
  return assert.fail("nobody sells anything for ever from a store here");
};

/** The purchase once it is at `stage` in a final block. */
const at = async (id, stage) => {
  for (let i = 0; i < 240; i += 1) {
    const view = await ask("purchase", id);
    if (view?.stage[stage]) return view;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return assert.fail(`the purchase is not ${stage} after a minute, but ${JSON.stringify((await ask("purchase", id))?.stage)}`);
};

test("a copy from a sidecar is fetched, proven, accepted, decrypted and paid", async () => {
  const { listing, sold, endpoint } = await onOffer();
  const { version, contentRoot, size } = listing.versions.at(-1);
  const content = { root: fromHex(contentRoot), size };
  const price = BigInt(sold.price);
  const digest = offerDigest({ ...sold, terms: { uri: sold.termsUri, digest: fromHex(sold.termsDigest) } });
  assert.equal(toHex(digest), sold.digest);

  const buyer = new Party(api);
  const eve = developer("//Eve");
  await new Party(api, eve).send(api.tx.balances.transferKeepAlive(buyer.address, price + complaintDeposit(price) + 10n * SOUK));
  const secret = new Uint8Array(randomBytes(32));
  // The least of the purposes that are sold.
  const purpose = sold.purposes & -sold.purposes;
  const order = [listing.id, sold.offer, digest, version, content.root, purpose, sold.termsDigest, exchange.publicKey(secret), null];
  const ordered = await buyer.send(api.tx.licensing.purchase(...order));
  const id = eventOf(ordered, "licensing", "Ordered").purchase.toHex();
  const purchase = fromHex(id);
  const start = await buyer.money(ordered.block);

  const offered = await at(id, "Offered");
  const [ciphertextRoot, keyCommitment] = [offered.ciphertextRoot, offered.keyCommitment].map(fromHex);
  const genesis = api.genesisHash.toU8a();
  const expires = (await api.rpc.chain.getHeader()).number.toNumber() + 200;
  const store = new Store(endpoint, { genesis, purchase, expires }, buyer.pair);

  const other = new Store(endpoint, { genesis, purchase, expires }, stranger());
  await assert.rejects(other.get("/copy"), { status: 403, code: "fetch_refused" });
  const elsewhere = new Store(endpoint, { genesis, purchase: new Uint8Array(32), expires }, buyer.pair);
  await assert.rejects(elsewhere.get("/copy"), { status: 404, code: "unknown_purchase" });

  const [plain, encrypted] = await Promise.all([store.digests("plain"), store.digests("encrypted")]);
  assert.ok(exchange.listMatches(content, plain));
  const leaves = encrypted.map((digest, i) => ({ digest, amount: BigInt(exchange.chunkLength(content, i) + exchange.TAG) }));
  assert.deepEqual(exchange.shapeOf(leaves), exchange.encryptedShape(content, ciphertextRoot));
  const count = exchange.chunkCount(content);
  const served = [];
  const take = async (chunks, most) => {
    for await (const chunk of chunks) {
      assert.ok(same(hash(chunk), encrypted[served.length]), `chunk ${served.length} is not the promised one`);
      if (served.push(chunk) >= most) return;
    }
  };
  // A fetch that breaks off goes on where it stopped.
  await take(store.chunks(content), Math.ceil(count / 2));
  await take(store.chunks(content, served.length, { "if-range": `"${offered.ciphertextRoot.slice(2)}"` }), count);
  assert.equal(served.length, count);

  const alone = await store.get(`/chunks/${count - 1}`);
  const proof = exchange.readProof(new Reader(Buffer.from(alone.headers.get("x-souk-proof"), "base64")));
  const last = exchange.leafOf(new Uint8Array(await alone.arrayBuffer()));
  assert.notEqual(exchange.verify(exchange.encryptedShape(content, ciphertextRoot), count - 1, last, proof), null);

  await buyer.send(api.tx.licensing.acceptCopy(id, ciphertextRoot, keyCommitment));
  const { sealedKey } = await at(id, "Revealed");
  const key = exchange.unseal(fromHex(sealedKey), purchase, keyCommitment, secret);
  assert.ok(key, "the sealed key does not open");
  served.forEach((chunk, i) => {
    const opened = exchange.decryptChunk(key, genesis, purchase, content.root, i, chunk);
    assert.ok(opened && same(hash(opened), plain[i]), `chunk ${i} is not the listed one`);
  });

  const settled = await buyer.send(api.tx.licensing.settle(id));
  const { amounts } = eventOf(settled, "licensing", "PurchaseEnded");
  const split = settle(price, PROTOCOL, listing.parents.map(({ royalty }) => royalty), 0);
  assert.equal(amounts.paid.toBigInt(), split.toOwner);
  const end = await buyer.money(settled.block);
  assert.deepEqual([end.worth, end.held], [start.worth - price, 0n]);
  assert.equal(await ask("isLicensed", buyer.address, listing.id, purpose, settled.block), true);
});
