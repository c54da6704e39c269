// Bytes as the chain writes them: hex, blake2-256 and the little of SCALE that hashes and proofs need.
import { blake2b } from "@noble/hashes/blake2";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils";

export { concatBytes as concat };

/** @param {Uint8Array} bytes @returns {string} `0x` hex, as JSON-RPC shows digests. */
export const toHex = (bytes) => "0x" + bytesToHex(bytes);

/** @param {string} text `0x` hex. @returns {Uint8Array} */
export const fromHex = (text) => {
  if (!text.startsWith("0x")) throw new TypeError(`${text.slice(0, 12)}… is not 0x hex`);
  return hexToBytes(text.slice(2));
};

/** A domain tag: raw ASCII, without a length. */
export const tag = (text) => new TextEncoder().encode(text);

/** blake2-256 over the parts, one after the other. */
export const hash = (...parts) => blake2b(concatBytes(...parts), { dkLen: 32 });

/** Whether two byte strings are the same. Not in constant time: for digests and roots, which are public. */
export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** `value` in `size` bytes, little endian; refuses what does not fit. */
const little = (size) => (value) => {
  const number = BigInt(value);
  if (number < 0n || number >= 1n << BigInt(8 * size)) throw new RangeError(`${number} does not fit ${size} bytes`);
  return Uint8Array.from({ length: size }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
};

export const [u8, u16, u32, u64, u128] = [1, 2, 4, 8, 16].map(little);

/** A length, as SCALE writes it before a list (below 2^30). */
export const compact = (length) => {
  if (length < 1 << 6) return u8(length << 2);
  if (length < 1 << 14) return u16((length << 2) | 1);
  return u32(length * 4 + 2);
};

/** A list of encoded items. */
export const vec = (items) => concatBytes(compact(items.length), ...items);

/** A byte string with its length. */
export const bytes = (value) => concatBytes(compact(value.length), value);

/** Reads what was encoded, in order; throws when it ends too early. */
export class Reader {
  #data;
  #at = 0;

  constructor(data) {
    this.#data = data;
  }

  /** The next `count` bytes. */
  take(count) {
    if (this.#at + count > this.#data.length) throw new RangeError("the encoding ends too early");
    this.#at += count;
    return this.#data.slice(this.#at - count, this.#at);
  }

  /** The next number of `size` bytes, as a bigint. */
  number(size) {
    return this.take(size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** The next length. */
  compact() {
    const mode = this.#data[this.#at] & 3;
    if (mode === 3) throw new RangeError("no list here is that long");
    return Number(this.number([1, 2, 4][mode]) >> 2n);
  }

  /** Throws unless everything was read. */
  end() {
    if (this.#at !== this.#data.length) throw new RangeError(`${this.#data.length - this.#at} bytes are left over`);
  }
}
