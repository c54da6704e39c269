// What the tests against a node share: the connection, sending with errors that name themselves, and counting money.
import { randomBytes } from "node:crypto";
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";

/** JSON-RPC's code for a transaction whose nonce another one in the pool has already. */
const PRIORITY_TOO_LOW = 1014;

const keyring = new Keyring({ type: "sr25519" });

/** The account of a development secret such as `//Eve`. */
export const developer = (uri) => keyring.addFromUri(uri);

/** An account that nobody else has. */
export const stranger = () => keyring.addFromSeed(randomBytes(32));

/**
 * Connects to a node.
 *
 * @param {string} url a WebSocket's.
 * @param {string[]} names the `souk_` methods, without the prefix, to be told to polkadot.js.
 * @returns {Promise<{api: ApiPromise, call: (method: string, ...params: unknown[]) => Promise<any>}>} polkadot.js, and plain
 * JSON-RPC.
 */
export const connect = async (url, names = []) => {
  const provider = new WsProvider(url);
  const souk = Object.fromEntries(names.map((name) => [name, { description: name, params: [], type: "Json" }]));
  // polkadot.js takes an empty group for a mistake.
  const rpc = names.length > 0 ? { souk } : {};
  const api = await ApiPromise.create({ provider, rpc, noInitWarn: true, throwOnConnect: true }).catch(async (error) => {
    // A provider that goes on trying would keep the test's process alive.
    await provider.disconnect();
    throw error instanceof Error ? error : new Error(`no node answers at ${url}: set SOUK_NODE`, { cause: error });
  });
  return { api, call: (method, ...params) => provider.send(method, params) };
};

/** A refused extrinsic: `message` is `pallet.Error` with what the runtime says about it; `name` the first half alone. */
export class Refused extends Error {
  constructor(name, docs, receipt) {
    super(docs ? `${name}: ${docs}` : name);
    this.name = name;
    this.receipt = receipt;
  }
}

const decoded = (api, error, receipt) => {
  if (!error.isModule) return new Refused(error.toString(), "", receipt);
  const { section, name, docs } = api.registry.findMetaError(error.asModule);
  return new Refused(`${section}.${name}`, docs.join(" "), receipt);
};

/**
 * Sends and waits until nothing can undo it: what somebody else does next may be built on it, and blocks of forks come and go.
 *
 * @returns {Promise<{events: object[], fee: bigint, block: string}>} what happened, what was paid for it (0 where the call
 * gave it back), and the block's hash; a rejection with [`Refused`], which carries the same as `receipt`.
 */
export const send = (api, tx, signer, { nonce = -1 } = {}) =>
  new Promise((resolve, reject) => {
    const { section, method } = tx.method;
    tx.signAndSend(signer, { nonce }, ({ status, events: records, dispatchError, isError }) => {
      if (isError) {
        const error = new Error(`${section}.${method}: the pool says ${status.type}`);
        return reject(Object.assign(error, { clash: status.isUsurped }));
      }
      if (!status.isFinalized) return;
      const events = records.map(({ event }) => event);
      const paid = events.find((event) => event.section === "transactionPayment" && event.method === "TransactionFeePaid");
      const block = status.asFinalized.toHex();
      const receipt = { events, fee: paid ? paid.data.actualFee.toBigInt() : 0n, block };
      if (dispatchError) return reject(decoded(api, dispatchError, receipt));
      resolve(receipt);
    }).catch(reject);
  });

/** The data of the one event of that name. */
export const eventOf = ({ events }, section, method) => {
  const found = events.filter((event) => event.section === section && event.method === method);
  if (found.length !== 1) throw new Error(`${found.length} events ${section}.${method}, not one`);
  return found[0].data;
};

/**
 * Waits for a finalised block of which `read` says something.
 *
 * @param {(at: object, block: string) => Promise<any>} read gets polkadot.js decorated with the block's state, and its hash.
 * @returns {Promise<{value: any, block: string}>} what it said, the first time that it was neither null nor false.
 */
export const until = async (api, what, read, { patience = 240_000 } = {}) => {
  for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
    const block = (await api.rpc.chain.getFinalizedHead()).toHex();
    const value = await read(await api.at(block), block);
    if (value !== null && value !== false) return { value, block };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${what}: not within ${patience / 1000} s`);
};

/** The number of a block. */
export const heightOf = async (api, block) => (await api.rpc.chain.getHeader(block)).number.toNumber();

/** Somebody who signs: knows what its transactions cost, so that its money can be compared with what the rules say. */
export class Party {
  #fees = 0n;
  #nonces = Promise.resolve(-1);

  constructor(api, pair = stranger()) {
    this.api = api;
    this.pair = pair;
    this.address = pair.address;
  }

  /** The next nonce, also of who sends several at once: the node knows only of those that have reached it. */
  #nonce() {
    const next = async (last) => Math.max(last + 1, (await this.api.rpc.system.accountNextIndex(this.address)).toNumber());
    this.#nonces = this.#nonces.then(next);
    return this.#nonces;
  }

  /** See [`send`]. */
  async send(tx, options = {}) {
    const nonce = options.nonce ?? (await this.#nonce());
    try {
      const receipt = await send(this.api, tx, this.pair, { nonce });
      this.#fees += receipt.fee;
      return receipt;
    } catch (error) {
      this.#fees += error.receipt?.fee ?? 0n;
      // What never reached a block left no gap that the next one would have to wait behind.
      if (!error.receipt) this.#nonces = Promise.resolve(-1);
      // Another file's tests sign for the same account: the pool keeps one transaction of each nonce.
      const clash = options.nonce === undefined && (error.clash || error.code === PRIORITY_TOO_LOW);
      if (clash) return this.send(tx);
      throw error;
    }
  }

  /** Has root do it, as the sudo key of a test network. */
  async sudo(call) {
    const receipt = await this.send(this.api.tx.sudo.sudo(call));
    const { sudoResult } = eventOf(receipt, "sudo", "Sudid");
    if (sudoResult.isErr) throw decoded(this.api, sudoResult.asErr, receipt);
    return receipt;
  }

  /** What it has in a block: `free`, `held`, and `worth`, which is both and all fees that it ever paid here. */
  async money(block) {
    const at = await this.api.at(block);
    const { free, reserved } = (await at.query.system.account(this.address)).data;
    return { free: free.toBigInt(), held: reserved.toBigInt(), worth: free.toBigInt() + reserved.toBigInt() + this.#fees };
  }
}
