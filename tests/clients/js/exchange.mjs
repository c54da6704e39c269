// Souk's fair exchange a second time, in JavaScript, from the encodings page and the published vectors alone: the tree over
// a content's chunks, the encrypted copy of one purchase, its sealed key, and the complaint with the rule that judges it.
//
// Digests, keys and ids are Uint8Array; amounts bigint; a leaf is { digest, amount }, a node { hash, sum }, the shape of a
// tree { root, total, count }, a content { root, size }.
import { chacha20poly1305 } from "@noble/ciphers/chacha";
import { x25519 } from "@noble/curves/ed25519";
import { Reader, bytes, concat, hash, same, tag, u128, u32, u8, vec } from "./bytes.mjs";

/** Bytes of a chunk; the last one of a content may be shorter. */
export const CHUNK = 65_536;
/** By how much a chunk's ciphertext is longer. */
export const TAG = 16;

const MAX_SUM = (1n << 128n) - 1n;
const PRIME = (1n << 255n) - 19n;

// --- the tree ---

/** The leaf of a chunk, plain or encrypted. */
export const leafOf = (chunk) => ({ digest: hash(chunk), amount: BigInt(chunk.length) });

const leafNode = ({ digest, amount }) => ({ hash: hash(u8(0), digest, u128(amount)), sum: amount });

const parentNode = (left, right) => ({
  hash: hash(u8(1), left.hash, u128(left.sum), right.hash, u128(right.sum)),
  sum: left.sum + right.sum,
});

/** All levels of the tree, leaves first; an odd last node is promoted as it is. */
const levelsOf = (leaves) => {
  const levels = [leaves.map(leafNode)];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const pairs = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => below.slice(2 * i, 2 * i + 2));
    levels.push(pairs.map(([left, right]) => (right ? parentNode(left, right) : left)));
  }
  return levels;
};

/** The shape of the tree over one leaf or more. */
export const shapeOf = (leaves) => {
  const [top] = levelsOf(leaves).at(-1);
  return { root: top.hash, total: top.sum, count: leaves.length };
};

/** The siblings of the leaf at `index`, up to the root. */
export const prove = (leaves, index) => {
  const siblings = levelsOf(leaves).slice(0, -1).map((level, height) => level[(index >> height) ^ 1]);
  return siblings.filter((sibling) => sibling !== undefined);
};

/** The sum of the leaves before `index`; null unless `proof` leads from `leaf`, standing there, to the root. */
export const verify = (shape, index, leaf, proof) => {
  if (index >= shape.count) return null;
  let [node, prefix, at, width, next] = [leafNode(leaf), 0n, index, shape.count, 0];
  while (width > 1) {
    const promoted = at === width - 1 && width % 2 === 1;
    if (!promoted) {
      const sibling = proof[next++];
      if (sibling === undefined || node.sum + sibling.sum > MAX_SUM) return null;
      if (at % 2 === 1) prefix += sibling.sum;
      node = at % 2 === 1 ? parentNode(sibling, node) : parentNode(node, sibling);
    }
    [at, width] = [at >> 1, Math.ceil(width / 2)];
  }
  const leads = next === proof.length && node.sum === shape.total && same(node.hash, shape.root);
  return leads ? prefix : null;
};

/** A proof as it is sent. */
export const encodeProof = (proof) => vec(proof.map(({ hash, sum }) => concat(hash, u128(sum))));

/** Reads a proof. */
export const readProof = (reader) =>
  Array.from({ length: reader.compact() }, () => ({ hash: reader.take(32), sum: reader.number(16) }));

// --- contents ---

/** The chunks of some bytes. */
export const chunksOf = (all) =>
  Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, i) => all.subarray(i * CHUNK, (i + 1) * CHUNK));

/** What is listed of some bytes. */
export const contentOf = (all) => ({ root: shapeOf(chunksOf(all).map(leafOf)).root, size: all.length });

/** How many chunks a content has. */
export const chunkCount = ({ size }) => Math.ceil(size / CHUNK);

/** The length that its size gives the chunk at `index`. */
export const chunkLength = ({ size }, index) => Math.min(CHUNK, size - index * CHUNK);

/** The tree over the listed chunks. */
export const plainShape = (content) => ({ root: content.root, total: BigInt(content.size), count: chunkCount(content) });

/** The tree over the encrypted chunks, if its root is `root`. */
export const encryptedShape = (content, root) => {
  const count = chunkCount(content);
  return { root, total: BigInt(content.size + TAG * count), count };
};

/** Whether `digests` are those of the listed chunks: without the true list a buyer could prove nothing later. */
export const listMatches = (content, digests) => {
  if (digests.length !== chunkCount(content)) return false;
  const leaves = digests.map((digest, i) => ({ digest, amount: BigInt(chunkLength(content, i)) }));
  return same(shapeOf(leaves).root, content.root);
};

/** Whether `served` are the encrypted chunks that the seller promised. */
export const copyMatches = (content, ciphertextRoot, served) => {
  const [shape, wanted] = [shapeOf(served.map(leafOf)), encryptedShape(content, ciphertextRoot)];
  return shape.count === wanted.count && shape.total === wanted.total && same(shape.root, wanted.root);
};

// --- keys ---

/** The public key of an X25519 secret. */
export const publicKey = (secret) => x25519.getPublicKey(secret);

/** What a secret shares with a public key; null when that is zero, which the library refuses to give out. */
const shared = (secret, key) => {
  try {
    return x25519.getSharedSecret(secret, key);
  } catch {
    return null;
  }
};

/** What the chain says about a public key: `good`, `non-canonical` or `low order`. */
export const publicKeyVerdict = (key) => {
  if (new Reader(key).number(32) >= PRIME) return "non-canonical";
  // Any secret will do: a point of small order shares nothing but zero with all of them.
  return shared(new Uint8Array(32).fill(0x11), key) ? "good" : "low order";
};

/** The commitment to the content key of a purchase. */
export const commitment = (purchase, key) => hash(tag("souk/key"), purchase, key);

/** The cipher that wraps a content key. */
const wrapCipher = (purchase, committed, secretShared, ephemeralKey, buyerKey) => {
  const wrap = hash(tag("souk/seal"), purchase, secretShared, ephemeralKey, buyerKey);
  return chacha20poly1305(wrap, new Uint8Array(12), concat(purchase, committed));
};

/** Seals a content key to the buyer's public key: 80 bytes. `ephemeral` is a secret for this once. */
export const seal = (key, purchase, buyerKey, ephemeral) => {
  const ephemeralKey = publicKey(ephemeral);
  const common = shared(ephemeral, buyerKey);
  if (!common) throw new RangeError("the buyer's key is of small order: nothing can be sealed to it");
  return concat(ephemeralKey, wrapCipher(purchase, commitment(purchase, key), common, ephemeralKey, buyerKey).encrypt(key));
};

/** Opens a sealed key; null when it does not open or breaks the commitment, each of which is the seller's fault. */
export const unseal = (sealed, purchase, committed, secret) => {
  const [ephemeralKey, body] = [sealed.slice(0, 32), sealed.slice(32)];
  const common = shared(secret, ephemeralKey);
  if (!common) return null;
  const key = open(wrapCipher(purchase, committed, common, ephemeralKey, publicKey(secret)), body);
  return key && same(commitment(purchase, key), committed) ? key : null;
};

/** Decrypts; null when the tag is false. */
const open = (cipher, sealed) => {
  try {
    return cipher.decrypt(sealed);
  } catch {
    return null;
  }
};

// --- copies ---

const chunkCipher = (key, genesis, purchase, root, index) =>
  chacha20poly1305(key, concat(u32(index), new Uint8Array(8)), concat(genesis, purchase, root));

/** Encrypts a chunk for one purchase. */
export const encryptChunk = (key, genesis, purchase, root, index, chunk) =>
  chunkCipher(key, genesis, purchase, root, index).encrypt(chunk);

/** Decrypts a chunk; null when it is not what this key encrypted at this index. */
export const decryptChunk = (key, genesis, purchase, root, index, sealed) =>
  open(chunkCipher(key, genesis, purchase, root, index), sealed);

/**
 * A seller's copy for one purchase. `tamper(index, chunk)` may change a chunk before it is encrypted: how a seller would cheat.
 *
 * @returns {{digests: Uint8Array[], served: Uint8Array[], ciphertextRoot: Uint8Array, keyCommitment: Uint8Array}} the digests
 * of the true chunks, the encrypted chunks, and what the chain is told of them.
 */
export const makeCopy = (key, genesis, purchase, all, tamper = (_, chunk) => chunk) => {
  const { root } = contentOf(all);
  const chunks = chunksOf(all);
  const served = chunks.map((chunk, i) => encryptChunk(key, genesis, purchase, root, i, tamper(i, chunk)));
  return {
    digests: chunks.map((chunk) => hash(chunk)),
    served,
    ciphertextRoot: shapeOf(served.map(leafOf)).root,
    keyCommitment: commitment(purchase, key),
  };
};

// --- complaints ---

/** That the sealed key does not open. */
export const badSeal = (secret) => ({ kind: "BadSeal", secret });

/** That a chunk of a copy is not what was listed: all that the buyer has of it, with both proofs. */
export const badChunk = (secret, content, { digests, served }, index) => ({
  kind: "BadChunk",
  secret,
  index,
  ciphertext: served[index],
  ciphertextProof: prove(served.map(leafOf), index),
  plaintextDigest: digests[index],
  plaintextProof: prove(digests.map((digest, i) => ({ digest, amount: BigInt(chunkLength(content, i)) })), index),
});

/** A complaint as the call takes it. */
export const encodeComplaint = (complaint) => {
  if (complaint.kind === "BadSeal") return concat(u8(0), complaint.secret);
  const { secret, index, ciphertext, ciphertextProof, plaintextDigest, plaintextProof } = complaint;
  const proofs = [encodeProof(ciphertextProof), plaintextDigest, encodeProof(plaintextProof)];
  return concat(u8(1), secret, u32(index), bytes(ciphertext), ...proofs);
};

/** Reads an encoded complaint. */
export const decodeComplaint = (encoded) => {
  const reader = new Reader(encoded);
  const [kind, secret] = [Number(reader.number(1)), reader.take(32)];
  const complaint = kind === 0 ? badSeal(secret) : { kind: "BadChunk", secret };
  if (kind !== 0) {
    complaint.index = Number(reader.number(4));
    complaint.ciphertext = reader.take(reader.compact());
    complaint.ciphertextProof = readProof(reader);
    complaint.plaintextDigest = reader.take(32);
    complaint.plaintextProof = readProof(reader);
  }
  reader.end();
  return complaint;
};

/**
 * What the chain will say to a complaint: `disproved`, `malformed`, `wrong secret`, or `upheld: ` and the seller's fault.
 *
 * @param {{genesis, purchase, content, ciphertextRoot, keyCommitment, buyerKey, sealedKey}} exchange what both sides agreed on.
 */
export const judge = (exchange, complaint) => {
  const { genesis, purchase, content, ciphertextRoot, keyCommitment, buyerKey, sealedKey } = exchange;
  if (!same(publicKey(complaint.secret), buyerKey)) return "wrong secret";
  const key = unseal(sealedKey, purchase, keyCommitment, complaint.secret);
  if (!key) return "upheld: seal";
  if (complaint.kind === "BadSeal") return "disproved";

  const { index, ciphertext, ciphertextProof, plaintextDigest, plaintextProof } = complaint;
  if (index >= chunkCount(content)) return "malformed";
  const listed = { digest: plaintextDigest, amount: BigInt(chunkLength(content, index)) };
  const isListed = verify(plainShape(content), index, listed, plaintextProof) !== null;
  const isServed = verify(encryptedShape(content, ciphertextRoot), index, leafOf(ciphertext), ciphertextProof) !== null;
  if (!isListed || !isServed) return "malformed";
  if (ciphertext.length !== chunkLength(content, index) + TAG) return "upheld: length";
  const plain = decryptChunk(key, genesis, purchase, content.root, index, ciphertext);
  if (!plain) return "upheld: tag";
  return same(hash(plain), plaintextDigest) ? "disproved" : "upheld: bytes";
};
