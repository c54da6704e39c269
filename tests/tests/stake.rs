//! Consensus faults on a live network: two authors with one key are reported, disabled and slashed, and a slash that
//! governance cancels in time takes nothing.

use anyhow::{bail, ensure, Context, Result};
use futures::StreamExt;
use souk_client::{
    calls::{system::sudo, Call},
    souk, Chain, Head,
};
use souk_e2e::market::{
    node,
    ports::Ports,
    register::{account, dev},
    staking, storage, Layout, Market,
};
use souk_primitives::{AccountId, Balance, Digest};
use std::time::{Duration, Instant};

/// What an author loses that is alone in its fault among four validators: (3 × 1/4)², in billionths.
const FRACTION: u32 = 562_500_000;
/// Eras from the one of the fault to the one whose start applies the slash: one of deferral lies between.
const DEFERRED: u32 = 2;
/// Kinds of faults that two nodes with the keys of one validator commit.
const AUTHORS: [u8; 16] = *b"babe:equivocatio";
const VOTERS: [u8; 16] = *b"grandpa:equivoca";
/// How long a twin may take to author beside its original, and the report to be final.
const REPORTED: Duration = Duration::from_secs(180);
/// By when in its era of two minutes a twin starts, so that all of its faults are of one era.
const EARLY: Duration = Duration::from_secs(30);
/// How long the eras of the deferral may take.
const APPLIED: Duration = Duration::from_secs(600);

/// A fault as the chain reported it.
struct Fault {
    /// The block with the report.
    block: Digest,
    /// The era in which it happened.
    era: u32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_authors_with_one_key_are_disabled_and_slashed() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    let say = |text: &str| println!("{text}");
    market.start_nodes(&say).await?;
    let chain = market.chain().await?;
    let (bob, charlie) = (account("//Bob")?, account("//Charlie")?);
    let start = chain.finalized().await?;

    say("a second node authors with //Bob's keys, and has no voter");
    let of_bob = equivocate(&mut market, &chain, 1, &bob, &[AUTHORS]).await?;
    // The chain disables who did it in the era that goes on; a report that took longer than the era shows a slow machine.
    let active = staking::active_era(&chain, &of_bob.block).await?;
    ensure!(of_bob.era == active, "the fault of era {} was reported in era {active}", of_bob.era);
    ensure!(staking::disabled(&chain, &of_bob.block).await?.contains(&bob), "//Bob may still author");
    let (_, slash) = unapplied(&chain, &of_bob, &bob).await?;

    say("a second node authors and votes with //Charlie's keys; governance takes that slash back");
    let of_charlie = equivocate(&mut market, &chain, 2, &charlie, &[AUTHORS, VOTERS]).await?;
    let (place, _) = unapplied(&chain, &of_charlie, &charlie).await?;
    let cancel = Call::new("Staking", "cancel_deferred_slash")
        .arg("era", of_charlie.era + DEFERRED)
        .arg("slash_indices", vec![place]);
    let cancelled = chain.submit(&dev("//Alice")?, sudo(cancel)).await?;
    let left = staking::unapplied(&chain, &cancelled.block_hash, of_charlie.era + DEFERRED).await?;
    ensure!(left.iter().all(|slash| slash.validator != charlie), "the slash still waits");

    say("the eras of the deferral");
    let last = of_bob.era.max(of_charlie.era) + DEFERRED;
    for (who, slash) in [(&bob, slash), (&charlie, 0)] {
        let (lost, gained, end) = until_era(&chain, start, who, last).await?;
        ensure!(lost == slash, "{} were slashed, not {}", souk(lost), souk(slash));
        let before = staking::active_stake(&chain, &start.hash, who).await?;
        let after = staking::active_stake(&chain, &end, who).await?;
        ensure!(
            after == before + gained - lost,
            "{} at stake became {}, with {} earned",
            souk(before),
            souk(after),
            souk(gained)
        );
    }
    market.down()
}

/// The fault's share of a stake.
fn share(stake: Balance) -> Result<Balance> {
    Ok(stake.checked_mul(FRACTION.into()).context("a large stake")? / 1_000_000_000)
}

/// Runs a twin of validator `i` until the report of one of these faults is final. A twin that votes is soon disabled for
/// that, and then authors nothing.
async fn equivocate(
    market: &mut Market,
    chain: &Chain,
    i: usize,
    who: &AccountId,
    kinds: &[[u8; 16]],
) -> Result<Fault> {
    let from = early(chain).await?;
    let votes = kinds.contains(&VOTERS);
    let (twin, rpc) = market.start_twin(i, votes)?;
    let fault = reported(chain, from, who, kinds).await;
    if fault.is_ok() {
        ensure!(node::votes(rpc).await? == votes, "{twin} votes: {}", !votes);
    }
    if fault.is_err() {
        println!("{}", market.process(&twin)?.log_tail(30));
    }
    market.stop(&twin)?;
    fault
}

/// Waits until an era is young. Gives the finalised block.
async fn early(chain: &Chain) -> Result<u32> {
    let deadline = Instant::now() + REPORTED;
    loop {
        let head = chain.finalized().await?;
        let age = staking::era_age(chain, &head.hash).await?;
        if age < EARLY {
            return Ok(head.number);
        }
        ensure!(Instant::now() < deadline, "the era is {age:?} old and does not end");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The first report of such a fault of `who` in the finalised blocks after `from`.
async fn reported(chain: &Chain, from: u32, who: &AccountId, kinds: &[[u8; 16]]) -> Result<Fault> {
    let deadline = Instant::now() + REPORTED;
    let mut blocks = chain.blocks_after(Some(from));
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("no fault was reported within {REPORTED:?}");
        };
        // The slash's event comes before that of the offence for which it is.
        let mut slash = None;
        for event in chain.events(&head.hash).await? {
            match (&*event.pallet, &*event.name) {
                ("Staking", "SlashReported") => {
                    slash = Some(storage::whole::<(AccountId, u32, u32)>(&event.fields)?);
                }
                ("Offences", "Offence") if kinds.iter().any(|kind| event.fields.starts_with(kind)) => {
                    let (validator, fraction, era) = slash.take().context("an offence without a slash")?;
                    ensure!(validator == *who, "somebody else was reported");
                    ensure!(fraction == FRACTION, "an offence of {fraction} billionths");
                    println!("block {}: the report of era {era}", head.number);
                    return Ok(Fault { block: head.hash, era });
                }
                _ => {}
            }
        }
    }
}

/// Place and amount of the slash that waits for a fault: the right share of what was at stake, of which nothing is taken
/// yet.
async fn unapplied(chain: &Chain, fault: &Fault, who: &AccountId) -> Result<(u32, Balance)> {
    let waiting = staking::unapplied(chain, &fault.block, fault.era + DEFERRED).await?;
    let place = waiting.iter().position(|slash| slash.validator == *who).context("no slash waits")?;
    let slash = &waiting[place];
    ensure!(!slash.reporters.is_empty(), "nobody is rewarded for the report");
    let stake = staking::exposed(chain, &fault.block, fault.era, who).await?;
    let right = share(stake)?;
    // Shares are rounded.
    ensure!(slash.own.abs_diff(right) <= 1, "a slash of {} waits, not of {}", souk(slash.own), souk(right));
    ensure!(staking::active_stake(chain, &fault.block, who).await? >= stake, "it was not deferred");
    Ok((u32::try_from(place)?, slash.own))
}

/// What a staker lost and what its stake earned in the finalised blocks from `start` to the first of an era, and that
/// block.
async fn until_era(
    chain: &Chain,
    start: Head,
    who: &AccountId,
    era: u32,
) -> Result<(Balance, Balance, Digest)> {
    let deadline = Instant::now() + APPLIED;
    let mut blocks = chain.blocks_after(Some(start.number));
    let (mut lost, mut gained) = (0, 0);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("era {era} did not begin within {APPLIED:?}");
        };
        for event in chain.events(&head.hash).await?.iter().filter(|event| event.pallet == "Staking") {
            match &*event.name {
                "Slashed" => {
                    let (staker, amount): (AccountId, Balance) = storage::whole(&event.fields)?;
                    lost += if staker == *who { amount } else { 0 };
                }
                // Paid into the bond, which is the first of the ways to be paid.
                "Rewarded" => match storage::whole::<(AccountId, u8, Balance)>(&event.fields) {
                    Ok((staker, 0, amount)) if staker == *who => gained += amount,
                    _ => {}
                },
                _ => {}
            }
        }
        if staking::active_era(chain, &head.hash).await? >= era {
            return Ok((lost, gained, head.hash));
        }
    }
}
