// Referenda by hand: the steps from a call to a decision, and the votes of the test network's validators.
import { eventOf, until } from "./chain.mjs";

/** An aye or a nay with a conviction, `"None"` or `"Locked1x"` to `"Locked6x"`. */
export const ballot = (balance, conviction = "None", aye = true) => ({ Standard: { vote: { aye, conviction }, balance } });

/**
 * Notes the preimage of a call, submits it on the track of `origin` and places the decision deposit.
 *
 * @param {object} party who pays both deposits.
 * @param {string} origin one of the governance pallet's, such as `"ParameterAdmin"`.
 * @returns {Promise<{index: number, digest: string, placed: object}>} the referendum, its call's digest, and the last receipt.
 */
export const propose = async (party, origin, call) => {
  const { api } = party;
  const { hash, encodedLength } = call.method;
  const lookup = { Lookup: { hash, len: encodedLength } };
  const [, submitted] = await Promise.all([
    party.send(api.tx.preimage.notePreimage(call.method.toHex())),
    party.send(api.tx.referenda.submit({ Governance: origin }, lookup, { After: 1 })),
  ]);
  const index = eventOf(submitted, "referenda", "Submitted").index.toNumber();
  const placed = await party.send(api.tx.referenda.placeDecisionDeposit(index));
  return { index, digest: hash.toHex(), placed };
};

/** Waits until a referendum has ended: how, such as `Approved`, and in which block. */
export const ended = async (api, index) => {
  const { value, block } = await until(api, `the end of referendum ${index}`, async (at) => {
    const info = (await at.query.referenda.referendumInfoFor(index)).unwrap();
    return !info.isOngoing && info;
  });
  // A killed one is its block alone.
  const end = value.isKilled ? value.asKilled : value.value[0];
  return { how: value.type, end: end.toNumber(), block };
};

/** What votes and delegations on a track keep locked of an account, in a block. */
export const lockedOn = async (api, track, who, block) => {
  const locks = await (await api.at(block)).query.convictionVoting.classLocksFor(who.address);
  const found = locks.find(([id]) => id.toNumber() === track);
  return found ? found[1].toBigInt() : 0n;
};
