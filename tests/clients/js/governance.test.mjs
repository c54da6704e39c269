// A parameter changed by those who have something at stake, with @polkadot/api alone: preimage, deposits, votes with
// conviction, a delegation, and how everybody gets its money back. Beside it, what a referendum costs that fails.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Party, connect, developer, eventOf, heightOf, until } from "./chain.mjs";
import { SOUK } from "./deal.mjs";
import { ballot, ended, lockedOn, propose } from "./referenda.mjs";

const PARAMETERS = 20;
const SUBMISSION = SOUK;
/** Decision deposits of the tracks for parameters and for small spends. */
const [DEPOSIT, SMALL_DEPOSIT] = [2_000n * SOUK, 100n * SOUK];
/** Nothing else here depends on this one. */
const KEY = { Compute: "VerifierNotice" };

let api, ask, alice, bob, charlie, dave, proposer, spender;

before(async () => {
  let call;
  ({ api, call } = await connect(process.env.SOUK_NODE));
  ask = (method, ...params) => call(`souk_${method}`, ...params);
  [alice, bob, charlie, dave] = ["Alice", "Bob", "Charlie", "Dave"].map((name) => new Party(api, developer(`//${name}`)));
  [proposer, spender] = [new Party(api), new Party(api)];
  const gifts = [proposer, spender].map((who) => api.tx.balances.transferKeepAlive(who.address, 2_100n * SOUK));
  await charlie.send(api.tx.utility.batchAll(gifts));
});
after(() => api?.disconnect());

const powerOf = async (who) => BigInt((await ask("power", who.address)).power);
const noticeIn = async (block) => {
  const value = await (await api.at(block)).query.parameters.parameters(KEY);
  return value.unwrap().asCompute.asVerifierNotice.toNumber();
};
const hashAt = async (height) => (await api.rpc.chain.getBlockHash(height)).toHex();
const vote = (index, what) => api.tx.convictionVoting.vote(index, what);
const removeVote = (index) => api.tx.convictionVoting.removeVote(PARAMETERS, index);
const delegate = (to, conviction, amount) => api.tx.convictionVoting.delegate(PARAMETERS, to.address, conviction, amount);
const undelegate = () => api.tx.convictionVoting.undelegate(PARAMETERS);
const unlock = (who) => api.tx.convictionVoting.unlock(PARAMETERS, who.address);

describe("referenda", { concurrency: true }, () => {
  test("stake changes a parameter, and everybody gets its money back", async () => {
    const start = await proposer.money(await api.rpc.chain.getFinalizedHead());
    const old = await noticeIn(await api.rpc.chain.getFinalizedHead());
    const powers = await Promise.all([alice, bob, charlie, dave].map(powerOf));
    const all = powers.reduce((sum, power) => sum + power);

    const change = api.tx.parameters.setParameter({ Compute: { VerifierNotice: [null, old + 1] } });
    const [{ index, digest, placed }] = await Promise.all([
      propose(proposer, "ParameterAdmin", change),
      dave.send(delegate(alice, "Locked1x", powers[3])),
    ]);
    assert.equal(eventOf(placed, "referenda", "DecisionDepositPlaced").amount.toBigInt(), DEPOSIT);
    const waits = await proposer.money(placed.block);
    assert.equal(waits.worth, start.worth);
    assert.ok(waits.held > DEPOSIT + SUBMISSION, "no deposit for the preimage");

    await Promise.all([
      alice.send(vote(index, ballot(powers[0], "Locked3x"))),
      bob.send(vote(index, ballot(powers[1], "Locked1x"))),
      charlie.send(vote(index, ballot(powers[2]))),
      assert.rejects(dave.send(vote(index, ballot(powers[3]))), { name: "convictionVoting.AlreadyDelegating" }),
      assert.rejects(proposer.send(vote(index, ballot(1n))), { name: "convictionVoting.InsufficientFunds" }),
    ]);
    const { value: tally } = await until(api, "all votes", async (at) => {
      const status = (await at.query.referenda.referendumInfoFor(index)).unwrap().asOngoing;
      return status.tally.support.toBigInt() === all && status.tally;
    });
    const conviction = 3n * powers[0] + powers[1] + powers[2] / 10n + powers[3];
    assert.deepEqual([tally.ayes.toBigInt(), tally.nays.toBigInt()], [conviction, 0n]);
    const view = await ask("referendum", index);
    const { state: { Ongoing: open } } = view;
    assert.deepEqual([open.trackName, open.proposal.digest, open.proposal.call], ["parameters", digest, "Parameters.set_parameter"]);
    assert.deepEqual(open.decisionDeposit, { who: proposer.address, amount: String(DEPOSIT) });
    assert.deepEqual([open.tally.ayes, open.tally.support], [String(conviction), String(all)]);
    assert.ok((await ask("referenda")).some((row) => row.index === index));
    const [{ delegation }] = (await ask("votes", dave.address)).filter(({ track }) => track === PARAMETERS);
    assert.deepEqual(delegation, { to: alice.address, amount: String(powers[3]), conviction: 1 });

    const nothing = { name: "governance.NothingToLower" };
    await Promise.all([
      assert.rejects(proposer.send(api.tx.governance.refreshVote(bob.address, PARAMETERS, index)), nothing),
      assert.rejects(proposer.send(api.tx.governance.refreshVote(dave.address, PARAMETERS, null)), nothing),
      assert.rejects(proposer.send(api.tx.referenda.refundDecisionDeposit(index)), { name: "referenda.Unfinished" }),
    ]);

    const { how, end, block: last } = await ended(api, index);
    assert.equal(how, "Approved");
    assert.ok(Math.abs(end - open.approvedAt) <= 1, `approved in ${end}, and was to be in ${open.approvedAt}`);
    const period = api.consts.convictionVoting.voteLockingPeriod.toNumber();
    for (const [who, power] of [[alice, powers[0]], [bob, powers[1]], [charlie, powers[2]], [dave, powers[3]]]) {
      assert.equal(await lockedOn(api, PARAMETERS, who, last), power);
    }
    const back = [...[alice, bob, charlie].map((who) => [who, removeVote(index)]), [dave, undelegate()]];
    const early = Promise.all(back.map(([who, call]) => who.send(api.tx.utility.batchAll([call, unlock(who)]))));

    // Two blocks after the approval, or one more when a session begins just then, which takes all of a block.
    await until(api, "the enactment", async (_, hash) => (await heightOf(api, hash)) >= end + 3);
    assert.deepEqual(await Promise.all([end + 1, end + 3].map(async (height) => noticeIn(await hashAt(height)))), [old, old + 1]);

    const [submission, decision] = await Promise.all([
      proposer.send(api.tx.referenda.refundSubmissionDeposit(index)),
      proposer.send(api.tx.referenda.refundDecisionDeposit(index)),
      proposer.send(api.tx.preimage.unnotePreimage(digest)),
    ]);
    assert.equal(eventOf(submission, "referenda", "SubmissionDepositRefunded").amount.toBigInt(), SUBMISSION);
    assert.equal(eventOf(decision, "referenda", "DecisionDepositRefunded").amount.toBigInt(), DEPOSIT);
    const final = await proposer.money(await api.rpc.chain.getFinalizedHead());
    assert.deepEqual([final.held, final.worth], [0n, start.worth]);
    assert.deepEqual((await ask("referendum", index)).refundable, []);

    // A vote without conviction is free at once; the others when their time is over, and not before: three times the
    // conviction, four times the period. A delegation's time begins with its end.
    const [ofAlice, ofBob, ofCharlie, ofDave] = await early;
    const given = await heightOf(api, ofDave.block);
    const locks = [
      [alice, powers[0], ofAlice, end + 4 * period],
      [bob, powers[1], ofBob, end + period],
      [charlie, powers[2], ofCharlie, end],
      [dave, powers[3], ofDave, given + period],
    ];
    for (const [who, power, { block }, over] of locks) {
      const isLocked = (await heightOf(api, block)) < over;
      assert.equal(await lockedOn(api, PARAMETERS, who, block), isLocked ? power : 0n);
      const votes = (await ask("votes", who.address, block)).find(({ track }) => track === PARAMETERS);
      assert.equal(votes?.prior?.until, isLocked ? over : undefined);
    }
    await until(api, "the end of the locks", async (_, hash) => (await heightOf(api, hash)) >= given + period);
    const { block: free } = await proposer.send(api.tx.utility.batchAll([bob, dave].map(unlock)));
    for (const who of [bob, dave]) assert.equal(await lockedOn(api, PARAMETERS, who, free), 0n);
  });

  test("a cancelled referendum costs nothing, a killed one both deposits, a forgotten one that of its submission", async () => {
    const start = await spender.money(await api.rpc.chain.getFinalizedHead());
    const submit = (text) => {
      const inline = { Inline: api.tx.system.remark(text).method.toHex() };
      return spender.send(api.tx.referenda.submit({ Governance: "SmallSpender" }, inline, { After: 1 }));
    };
    const receipts = await Promise.all(["cancelled", "killed", "forgotten"].map(submit));
    const numbers = receipts.map((receipt) => eventOf(receipt, "referenda", "Submitted").index.toNumber());
    const [cancelled, killed, forgotten] = numbers;
    const deposits = [cancelled, killed].map((index) => spender.send(api.tx.referenda.placeDecisionDeposit(index)));
    const { block } = (await Promise.all(deposits)).at(-1);
    assert.equal((await spender.money(block)).held, 3n * SUBMISSION + 2n * SMALL_DEPOSIT);

    const [, kill] = await Promise.all([alice.sudo(api.tx.referenda.cancel(cancelled)), alice.sudo(api.tx.referenda.kill(killed))]);
    const burnt = kill.events.filter(({ section, method }) => section === "referenda" && method === "DepositSlashed");
    assert.deepEqual(burnt.map(({ data }) => data.amount.toBigInt()), [SUBMISSION, SMALL_DEPOSIT]);
    await Promise.all([
      spender.send(api.tx.referenda.refundSubmissionDeposit(cancelled)),
      spender.send(api.tx.referenda.refundDecisionDeposit(cancelled)),
      assert.rejects(spender.send(api.tx.referenda.refundSubmissionDeposit(killed)), { name: "referenda.BadStatus" }),
      assert.rejects(spender.send(api.tx.referenda.refundDecisionDeposit(killed)), { name: "referenda.NoDeposit" }),
    ]);
    const left = await spender.money(await api.rpc.chain.getFinalizedHead());
    assert.equal(left.worth, start.worth - SUBMISSION - SMALL_DEPOSIT);
    assert.equal(left.held, SUBMISSION);

    const { how, end } = await ended(api, forgotten);
    assert.equal(how, "TimedOut");
    const after = end - (await heightOf(api, receipts[2].block));
    const timeout = api.consts.referenda.undecidingTimeout.toNumber();
    assert.ok(after === timeout || after === timeout + 1, `forgotten after ${after} blocks, not ${timeout}`);
    await assert.rejects(spender.send(api.tx.referenda.refundSubmissionDeposit(forgotten)), { name: "referenda.BadStatus" });
    const views = await Promise.all(numbers.map((index) => ask("referendum", index)));
    assert.deepEqual(views.map(({ state }) => Object.keys(state)[0]), ["Cancelled", "Killed", "TimedOut"]);
    assert.deepEqual(views.map(({ refundable }) => refundable), [[], [], []]);
    await assert.rejects(alice.sudo(api.tx.referenda.cancel(cancelled)), { name: "referenda.NotOngoing" });
  });
});
