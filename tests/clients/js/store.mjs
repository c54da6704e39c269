// A seller's store over HTTP, as its buyer: requests signed for one purchase, lists of digests, and the copy as a stream.
import { concat, hash, tag, u32 } from "./bytes.mjs";
import { TAG, chunkCount, chunkLength } from "./exchange.mjs";

/** What a buyer signs for to fetch from the copy of a purchase. */
export const copyResource = (purchase) => hash(tag("souk/copy"), purchase);

const encodeFetch = (genesis, resource, expires) => concat(genesis, resource, u32(expires));

/** The bytes that are signed to fetch `resource` until live block `expires`. */
export const fetchMessage = (genesis, resource, expires) => concat(tag("souk/fetch"), encodeFetch(genesis, resource, expires));

/** An answer other than a success: its status, the store's own code, and its sentence. */
export class StoreError extends Error {
  constructor(status, { code, message } = {}) {
    super(`${status} ${code}: ${message}`);
    Object.assign(this, { status, code });
  }
}

export class Store {
  #endpoint;
  #header;

  /**
   * @param {string} endpoint where the seller said that its copies are fetched.
   * @param {{genesis: Uint8Array, purchase: Uint8Array, expires: number}} what a fetch is signed for.
   * @param {{sign: Function, publicKey: Uint8Array}} pair the sr25519 pair that signs: the buyer's.
   */
  constructor(endpoint, { genesis, purchase, expires }, pair) {
    const resource = copyResource(purchase);
    const signature = pair.sign(fetchMessage(genesis, resource, expires));
    this.#header = Buffer.from(concat(encodeFetch(genesis, resource, expires), signature, pair.publicKey)).toString("base64");
    this.#endpoint = `${endpoint.replace(/\/$/, "")}/v1/purchases/${Buffer.from(purchase).toString("hex")}`;
  }

  /** One answer; a [`StoreError`] unless it is a success. */
  async get(path, headers = {}) {
    const answer = await fetch(this.#endpoint + path, { headers: { "x-souk-fetch": this.#header, ...headers } });
    if (!answer.ok) throw new StoreError(answer.status, (await answer.json().catch(() => ({}))).error);
    return answer;
  }

  /** The digests of all chunks, `plain` or `encrypted`. */
  async digests(which) {
    const list = new Uint8Array(await (await this.get(`/digests/${which}`)).arrayBuffer());
    return Array.from({ length: list.length / 32 }, (_, i) => list.slice(32 * i, 32 * (i + 1)));
  }

  /** The encrypted chunks from `first` on, one by one, as they come. */
  async *chunks(content, first = 0, headers = {}) {
    const start = first * ((1 << 16) + TAG);
    const answer = await this.get("/copy", first > 0 ? { range: `bytes=${start}-`, ...headers } : headers);
    if (first > 0 && answer.status !== 206) throw new Error(`the store answered ${answer.status}, not with the rest of this copy`);
    let [pieces, have, index] = [[], 0, first];
    for await (const piece of answer.body) {
      pieces.push(piece);
      have += piece.length;
      while (index < chunkCount(content) && have >= chunkLength(content, index) + TAG) {
        const all = concat(...pieces);
        const length = chunkLength(content, index) + TAG;
        yield all.slice(0, length);
        [pieces, have, index] = [[all.subarray(length)], have - length, index + 1];
      }
    }
    if (have > 0 || index < chunkCount(content)) throw new Error(`the copy broke off in chunk ${index}`);
  }
}
