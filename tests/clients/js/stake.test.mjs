// Staking by hand, with @polkadot/api alone: a bond and a nomination, a pool, a validator's new session keys, payouts that
// nobody asks for, and claims. What takes an era runs beside the rest.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { toHex } from "./bytes.mjs";
import { Party, connect, developer, eventOf, until } from "./chain.mjs";
import { SOUK } from "./deal.mjs";
import { ballot } from "./referenda.mjs";

const [BOND, UNBONDED, JOINED] = [20n * SOUK, 5n * SOUK, 3n * SOUK];
const KEY_TYPES = ["babe", "grandpa", "authorityDiscovery", "attestation", "imOnline"];

let api, call, ask, alice, nominator, owner, member, nobody;
const bob = developer("//Bob").address;

before(async () => {
  ({ api, call } = await connect(process.env.SOUK_NODE));
  ask = (method, ...params) => call(`souk_${method}`, ...params);
  alice = new Party(api, developer("//Alice"));
  [nominator, owner, member, nobody] = Array.from({ length: 4 }, () => new Party(api));
  const gifts = [nominator, owner, member, nobody].map((who) => api.tx.balances.transferKeepAlive(who.address, 50n * SOUK));
  await new Party(api, developer("//Ferdie")).send(api.tx.utility.batchAll(gifts));
});
after(() => api?.disconnect());

const activeEra = async (at) => (await at.query.staking.activeEra()).unwrap().index.toNumber();

/** With what the nominator backs //Bob by the last election; null when it does not. */
const backing = async (at) => {
  const planned = (await at.query.staking.currentEra()).unwrap();
  const pages = await at.query.staking.erasStakersPaged.entries(planned, bob);
  const others = pages.flatMap(([, page]) => [...page.unwrap().others]);
  return others.find(({ who }) => who.eq(nominator.address))?.value.toBigInt() ?? null;
};

/** What of an era's reward went to whom, from the events of one block in their order. */
const paidIn = (records, era) => {
  let current = null;
  const paid = [];
  for (const { event: { section, method, data } } of records) {
    if (section !== "staking") continue;
    if (method === "PayoutStarted") current = data.eraIndex.toNumber();
    if (method === "Rewarded" && current === era) paid.push([data.stash.toString(), data.amount.toBigInt()]);
  }
  return paid;
};

/** All finalised blocks from the one after `start` to that in which an era is settled: what they paid for it. */
const payouts = async (era, start) => {
  const paid = [];
  let height = start;
  const { value: returned } = await until(api, `the payouts of era ${era}`, async (_, head) => {
    const last = (await api.rpc.chain.getHeader(head)).number.toNumber();
    while (height < last) {
      height += 1;
      const records = await (await api.at(await api.rpc.chain.getBlockHash(height))).query.system.events();
      paid.push(...paidIn(records, era));
      const settled = records.find(({ event }) => event.section === "rewards" && event.method === "EraSettled" && event.data.era.eq(era));
      if (settled) return settled.event.data.returned.toBigInt();
    }
    return null;
  });
  return { paid, returned };
};

describe("stake", { concurrency: true }, () => {
  test("a nominator backs a validator, and what it has just bonded does not vote", async () => {
    const calls = [api.tx.staking.bond(BOND, "Staked"), api.tx.staking.nominate([bob])];
    const bonded = await nominator.send(api.tx.utility.batchAll(calls));
    assert.equal(eventOf(bonded, "staking", "Bonded").amount.toBigInt(), BOND);
    const at = await api.at(bonded.block);
    const targets = (await at.query.staking.nominators(nominator.address)).unwrap().targets;
    assert.deepEqual(targets.map(String), [bob]);
    assert.equal((await nominator.money(bonded.block)).held, BOND);
    const { bond, era } = await ask("stake", nominator.address, bonded.block);
    assert.deepEqual([bond.total, bond.active, bond.payee], [String(BOND), String(BOND), "Staked"]);
    assert.deepEqual(bond.role, { Nominator: { targets: [bob] } });
    assert.equal(era.index, await activeEra(at));
    // Not in this era nor in the next one, which is the first that it is there for as a whole.
    const power = await ask("power", nominator.address, bonded.block);
    assert.deepEqual([power.bond, power.power, power.warming, power.moreIn], [String(BOND), "0", String(BOND), era.index + 2]);

    const inline = { Inline: api.tx.system.remark("flash stake").method.toHex() };
    const submitted = await nobody.send(api.tx.referenda.submit({ Governance: "SmallSpender" }, inline, { After: 1 }));
    const poll = eventOf(submitted, "referenda", "Submitted").index.toNumber();
    const vote = api.tx.convictionVoting.vote(poll, ballot(1n));
    await assert.rejects(nominator.send(vote), { name: "convictionVoting.InsufficientFunds" });

    const unbonded = await nominator.send(api.tx.staking.unbond(UNBONDED));
    assert.equal(eventOf(unbonded, "staking", "Unbonded").amount.toBigInt(), UNBONDED);
    const early = await nominator.send(api.tx.staking.withdrawUnbonded(0));
    assert.ok(!early.events.some(({ section, method }) => section === "staking" && method === "Withdrawn"));
    const ledger = (await (await api.at(early.block)).query.staking.ledger(nominator.address)).unwrap();
    assert.deepEqual([ledger.total.toBigInt(), ledger.active.toBigInt()], [BOND, BOND - UNBONDED]);
    assert.deepEqual(ledger.unlocking.map(({ value }) => value.toBigInt()), [UNBONDED]);
    const after = (await ask("stake", nominator.address, early.block)).bond;
    assert.deepEqual([after.withdrawable, after.unlocking.map(({ amount }) => amount)], ["0", [String(UNBONDED)]]);
    assert.equal(after.unlocking[0].era, ledger.unlocking[0].era.toNumber());
    assert.equal((await nominator.money(early.block)).held, BOND);

    // Who validates in an era, and with whose stake, is decided when the last session before it begins: with luck, between
    // the bond and what was taken out of it.
    const wasElected = await backing(await api.at(unbonded.block));
    const { value: backed } = await until(api, "an election with the nominator", backing);
    assert.equal(backed, wasElected === null ? BOND - UNBONDED : BOND);
  });

  test("a pool is made, joined, and backs a validator; what is joined votes no sooner", async () => {
    const roles = [owner.address, owner.address, owner.address];
    const created = await owner.send(api.tx.nominationPools.create(BOND, ...roles));
    const pool = eventOf(created, "nominationPools", "Created").poolId.toNumber();
    await Promise.all([
      owner.send(api.tx.nominationPools.nominate(pool, [bob])),
      owner.send(api.tx.nominationPools.setMetadata(pool, "by hand")),
      member.send(api.tx.nominationPools.join(JOINED, pool)),
    ]);
    const { block } = await until(api, "a pool of two", async (at) => {
      const { memberCounter } = (await at.query.nominationPools.bondedPools(pool)).unwrap();
      return memberCounter.eq(2) && (await at.query.nominationPools.metadata(pool)).length > 0;
    });
    // It stays in the member's own account.
    assert.equal((await member.money(block)).held, JOINED);
    const view = (await ask("pools", null, 200, block)).find(({ id }) => id === pool);
    assert.deepEqual([view.stake, view.members, view.targets], [String(BOND + JOINED), 2, [bob]]);
    assert.deepEqual([view.name, view.status, view.depositor], ["by hand", "Open", owner.address]);
    const share = (await ask("stake", member.address, block)).pool;
    assert.deepEqual([share.pool, share.active, share.pending], [pool, String(JOINED), "0"]);
    const power = await ask("power", member.address, block);
    assert.deepEqual([power.pool, power.power, power.warming], [String(JOINED), "0", String(JOINED)]);

    await assert.rejects(member.send(api.tx.staking.bond(SOUK, "Staked")), { name: "staking.Restricted" });
    const left = await member.send(api.tx.nominationPools.unbond(member.address, SOUK));
    assert.equal(eventOf(left, "nominationPools", "Unbonded").balance.toBigInt(), SOUK);
    const early = api.tx.nominationPools.withdrawUnbonded(member.address, 0);
    await assert.rejects(member.send(early), { name: "nominationPools.CannotWithdrawAny" });
    assert.equal((await member.money(left.block)).held, JOINED);
  });

  test("a validator's new session keys are proven, queued and used", async () => {
    const { keys, proof } = await call("author_rotateKeysWithOwner", toHex(alice.pair.publicKey));
    await assert.rejects(nobody.send(api.tx.session.setKeys(keys, proof)), { name: "session.InvalidProof" });
    const { block } = await alice.send(api.tx.session.setKeys(keys, proof));
    const next = (await (await api.at(block)).query.session.nextKeys(alice.address)).unwrap();
    assert.equal(next.toHex(), keys);
    assert.deepEqual([...next.keys()], KEY_TYPES);
    const kept = await call("author_hasSessionKeys", keys);
    assert.equal(kept, true);
    await until(api, "the queued keys", async (at) => {
      const queued = await at.query.session.queuedKeys();
      return queued.some(([who, its]) => who.eq(alice.address) && its.toHex() === keys);
    });
    const author = next.get("babe").toHex();
    await until(api, "the session with the keys", async (at) => {
      const authors = await at.query.babe.authorities();
      return authors.some(([key]) => key.toHex() === author);
    });
  });

  test("validators are paid for an era without anybody asking, and once", async () => {
    const head = await api.rpc.chain.getFinalizedHead();
    const era = await activeEra(await api.at(head));
    const { paid, returned } = await payouts(era, (await api.rpc.chain.getHeader(head)).number.toNumber());
    const now = await api.at(await api.rpc.chain.getFinalizedHead());
    const reward = (await now.query.staking.erasValidatorReward(era)).unwrap().toBigInt();
    const all = paid.reduce((sum, [, amount]) => sum + amount, 0n);
    // Whoever authored blocks: that is what an era's reward is for.
    const { individual } = await now.query.staking.erasRewardPoints(era);
    const authors = [...individual.keys()].map(String);
    const unpaid = authors.filter((who) => !paid.some(([stash]) => stash === who));
    assert.deepEqual([authors.includes(bob), unpaid], [true, []]);
    // Each payment is rounded, so that they can add up to a few units more than the whole.
    const rounding = 100_000n;
    assert.ok(all > 0n && all <= reward + rounding, `${all} of ${reward} was paid`);
    assert.ok(reward - all <= returned + rounding, `${all} of ${reward} was paid, but ${returned} returned`);
    const again = api.tx.staking.payoutStakersByPage(bob, era, 0);
    await assert.rejects(nobody.send(again), { name: "staking.AlreadyClaimed" });
    assert.equal((await ask("emission")).era.bonding, api.consts.staking.bondingDuration.toNumber());
  });

  test("a bond whose nominations are refused does not happen", async () => {
    const targets = Array.from({ length: 17 }, () => bob);
    const both = api.tx.utility.batchAll([api.tx.staking.bond(BOND, "Stash"), api.tx.staking.nominate(targets)]);
    await assert.rejects(nobody.send(both), { name: "staking.TooManyTargets" });
    assert.ok((await api.query.staking.ledger(nobody.address)).isNone);
  });

  test("a claim pays what was earned, and who has earned nothing is told so", async () => {
    await assert.rejects(nobody.send(api.tx.rewards.claim()), { name: "rewards.NothingToClaim" });
    await assert.rejects(nobody.send(api.tx.rewards.claimFor(member.address)), { name: "rewards.NothingToClaim" });
    const provider = developer("//Provider").address;
    // By its exams: one in every third epoch.
    const earned = async (_, head) => BigInt((await ask("rewards", provider, head)).accrued) > 0n;
    await until(api, "a provider that has earned something", earned, { patience: 600_000 });
    const claimed = await owner.send(api.tx.rewards.claimFor(provider));
    const { block } = claimed;
    const before = (await ask("rewards", provider, (await api.rpc.chain.getHeader(block)).parentHash.toHex())).accrued;
    // The block itself may have begun an epoch, with more that accrued.
    const { account, amount } = eventOf(claimed, "rewards", "Claimed");
    assert.ok(account.eq(provider) && amount.toBigInt() > 0n && amount.toBigInt() >= BigInt(before), `${amount} of ${before}`);
    assert.equal((await ask("rewards", provider, block)).accrued, "0");
    // Its validator's commission came with it, and is claimed by who earned it.
    const commission = eventOf(await alice.send(api.tx.rewards.claim()), "rewards", "Claimed");
    assert.ok(commission.account.eq(alice.address) && commission.amount.toBigInt() > 0n);
  });
});
