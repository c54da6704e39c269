// The published vectors, recomputed in JavaScript. Needs no chain.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { concat, fromHex, hash, tag, toHex, u64 } from "./bytes.mjs";
import { complaintDeposit, encodeOffer, handling, offerDigest, sellerBond, settle } from "./deal.mjs";
import * as exchange from "./exchange.mjs";
import { copyResource, fetchMessage } from "./store.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../../../docs/vectors/${name}.json`, import.meta.url), "utf8"));
const [vectors, money] = [read("exchange"), read("licence")];
const [genesis, purchase, key] = [vectors.genesis, vectors.purchase, vectors.key].map(fromHex);
const buyer = fromHex(vectors.buyer.secret);
const all = Uint8Array.from({ length: vectors.content.size }, (_, i) => (i ^ (i >> 8)) & 0xff);
const content = { root: fromHex(vectors.content.root), size: vectors.content.size };

/** What a published complaint is judged by. */
const agreed = (published) => ({
  genesis,
  purchase,
  content,
  buyerKey: exchange.publicKey(buyer),
  ciphertextRoot: fromHex(published.ciphertext_root),
  keyCommitment: fromHex(published.key_commitment),
  sealedKey: fromHex(published.sealed_key),
});
const published = (what) => vectors.complaints.find((complaint) => complaint.case === what);

test("sum trees: root, total, proofs, and no leaf at another index", () => {
  for (const tree of read("sumtree").trees) {
    const leaves = tree.leaves.map((leaf) => ({ digest: fromHex(leaf.digest), amount: BigInt(leaf.amount) }));
    const shape = exchange.shapeOf(leaves);
    assert.deepEqual([toHex(shape.root), String(shape.total)], [tree.root, tree.total]);
    for (const { index, scale } of tree.proofs) {
      const proof = exchange.prove(leaves, index);
      assert.equal(toHex(exchange.encodeProof(proof)), scale);
      const before = leaves.slice(0, index).reduce((sum, leaf) => sum + leaf.amount, 0n);
      for (let at = 0; at <= leaves.length; at += 1) {
        assert.equal(exchange.verify(shape, at, leaves[index], proof), at === index ? before : null);
      }
    }
  }
});

test("ids, keys, commitment and seal", () => {
  const { parent, buyer: creator, counter, id } = vectors.purchase_id;
  assert.equal(toHex(hash(tag("souk/purchase"), fromHex(parent), fromHex(creator), u64(counter))), id);
  assert.equal(toHex(copyResource(purchase)), vectors.resource);
  const { audit, expires, signed_bytes: signed } = read("call").fetch;
  assert.equal(toHex(fetchMessage(genesis, hash(tag("souk/transcript"), fromHex(audit)), expires)), signed);
  for (const side of ["buyer", "ephemeral"]) {
    assert.equal(toHex(exchange.publicKey(fromHex(vectors[side].secret))), vectors[side].public);
  }
  assert.equal(toHex(exchange.commitment(purchase, key)), vectors.key_commitment);
  const sealed = exchange.seal(key, purchase, exchange.publicKey(buyer), fromHex(vectors.ephemeral.secret));
  assert.equal(toHex(sealed), vectors.sealed_key);
  assert.deepEqual(exchange.unseal(sealed, purchase, fromHex(vectors.key_commitment), buyer), key);
  for (const { key, verdict } of vectors.public_keys) assert.equal(exchange.publicKeyVerdict(fromHex(key)), verdict);
});

test("a copy: chunks, their digests, both trees, and back again", () => {
  assert.deepEqual(exchange.contentOf(all), content);
  const copy = exchange.makeCopy(key, genesis, purchase, all);
  assert.equal(toHex(copy.ciphertextRoot), vectors.content.ciphertext_root);
  assert.ok(exchange.listMatches(content, copy.digests));
  assert.ok(exchange.copyMatches(content, copy.ciphertextRoot, copy.served));
  vectors.content.chunks.forEach((chunk, i) => {
    const { ciphertextProof, plaintextProof } = exchange.badChunk(buyer, content, copy, i);
    const computed = {
      length: exchange.chunkLength(content, i),
      digest: toHex(copy.digests[i]),
      path: toHex(exchange.encodeProof(plaintextProof)),
      ciphertext_digest: toHex(hash(copy.served[i])),
      ciphertext_path: toHex(exchange.encodeProof(ciphertextProof)),
    };
    assert.deepEqual(computed, chunk);
  });
  const open = (sealed, i) => exchange.decryptChunk(key, genesis, purchase, content.root, i, sealed);
  assert.deepEqual(concat(...copy.served.map(open)), all);

  const moved = [copy.digests[1], copy.digests[0], copy.digests[2]];
  // The first two chunks of these bytes are equal: another list needs the third one elsewhere.
  assert.ok(exchange.listMatches(content, moved));
  assert.ok(!exchange.listMatches(content, moved.reverse()));
  assert.ok(!exchange.copyMatches(content, copy.ciphertextRoot, copy.served.slice(0, 2)));
});

test("complaints: the bytes that are sent, and how each is judged", () => {
  const honest = exchange.makeCopy(key, genesis, purchase, all);
  const flip = (i, chunk) => (i === 2 ? Uint8Array.from(chunk, (byte, at) => (at === 5 ? byte ^ 1 : byte)) : chunk);
  const made = {
    "an honest seal": exchange.badSeal(buyer),
    "an honest chunk": exchange.badChunk(buyer, content, honest, 2),
    "a chunk with a flipped bit": exchange.badChunk(buyer, content, exchange.makeCopy(key, genesis, purchase, all, flip), 2),
  };
  for (const [what, complaint] of Object.entries(made)) {
    assert.equal(toHex(exchange.encodeComplaint(complaint)), published(what).complaint, what);
  }
  for (const { case: what, judgement, complaint, ...rest } of vectors.complaints) {
    assert.equal(exchange.judge(agreed(rest), exchange.decodeComplaint(fromHex(complaint))), judgement, what);
  }
});

test("a chunk of another length is the seller's fault, even where all lengths add up", () => {
  // 16 bytes from one chunk to the next: every sum of the tree above them stays as it was.
  const honest = exchange.makeCopy(key, genesis, purchase, all);
  const served = [honest.served[0].slice(0, -16), concat(honest.served[0].slice(-16), honest.served[1]), honest.served[2]];
  const ciphertextRoot = exchange.shapeOf(served.map(exchange.leafOf)).root;
  assert.ok(exchange.copyMatches(content, ciphertextRoot, served));
  const side = { ...agreed(published("an honest seal")), ciphertextRoot };
  const judge = (i) => exchange.judge(side, exchange.badChunk(buyer, content, { ...honest, served }, i));
  assert.deepEqual([0, 1, 2].map(judge), ["upheld: length", "upheld: length", "disproved"]);
});

test("offers and money", () => {
  const grants = {
    perpetual: () => "Perpetual",
    lease: (period) => ({ Lease: { period } }),
    metered: (share) => ({ Metered: { share } }),
  };
  for (const published of money.offers) {
    const [[kind, value]] = Object.entries(published.grant);
    const offer = {
      ...published,
      grant: grants[kind](value),
      deliverWithin: published.deliver_within,
      terms: { uri: published.terms_uri, digest: fromHex(published.terms_digest) },
    };
    assert.equal(toHex(encodeOffer(offer)), published.scale);
    assert.equal(toHex(offerDigest(offer)), published.digest);
  }
  for (const deal of money.deals) {
    const price = BigInt(deal.price);
    assert.equal(String(handling(price)), deal.handling);
    assert.equal(String(complaintDeposit(price)), deal.complaint_deposit);
    assert.equal(String(sellerBond(price, BigInt(deal.complaint_fee))), deal.seller_bond);
  }
  for (const { price, protocol, royalties, referral, ...parts } of money.settlements) {
    const split = settle(BigInt(price), protocol, royalties, referral);
    const computed = {
      burnt: String(split.burnt),
      treasury: String(split.treasury),
      to_parents: split.toParents.map(String),
      to_referrer: String(split.toReferrer),
      to_owner: String(split.toOwner),
    };
    assert.deepEqual(computed, parts);
  }
});
