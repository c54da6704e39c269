//! Whatever the parties do, in whatever order: held equals owed, and every channel can be ended.

use crate::{
    mock::*,
    types::{Channel, SignedReceipt},
    AdmitCursor, Batches, BatchesOf, Channels, ChannelsOf, DoubleReceipts, Ended, HoldReason, Lanes,
    Memories, Queue, SeedAt, Sweeps, Unclaimed, Usages,
};
use frame_support::{dispatch::DispatchResult, traits::fungible::Inspect};
use proptest::prelude::*;
use souk_primitives::{
    close::CloseReason, views::ChannelState, AccountId, Balance, BatchId, ChannelId, SOUK,
};

#[derive(Clone, Debug)]
enum Step {
    Open { who: u8, funded: bool, unaudited: bool, deposit: Balance },
    TopUp { channel: usize, amount: Balance },
    Settle { channel: usize, more: Balance, calls: u32 },
    SettleTwo { channels: [usize; 2], more: Balance },
    Close { channel: usize, by: Option<u8> },
    CloseByProvider { channel: usize, more: Option<Balance> },
    SettleLast { channel: usize, calls: u32, tokens: u32 },
    Sweep { channel: usize },
    Release { batch: usize },
    Refund { batch: usize },
    Blocks { count: u32 },
    Chance { millionths: u32 },
    Bond { amount: Balance },
    Jail { jailed: bool },
    Admit,
    Licensed { millionths: u32 },
    Double { channel: usize, seq: u32, tokens: u32 },
}

fn value() -> impl Strategy<Value = Balance> {
    prop_oneof![
        1 => Just(0),
        4 => 1..SOUK,
        8 => SOUK..15 * SOUK,
        1 => Just(DEPOSIT),
        1 => Just(Balance::MAX),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let channel = 0..12usize;
    prop_oneof![
        3 => (0..3u8, any::<bool>(), any::<bool>(), value())
            .prop_map(|(who, funded, unaudited, deposit)| Step::Open { who, funded, unaudited, deposit }),
        1 => (channel.clone(), value()).prop_map(|(channel, amount)| Step::TopUp { channel, amount }),
        6 => (channel.clone(), value(), 0..5u32)
            .prop_map(|(channel, more, calls)| Step::Settle { channel, more, calls }),
        1 => ([0..12usize, 0..12usize], value()).prop_map(|(channels, more)| Step::SettleTwo { channels, more }),
        3 => (channel.clone(), proptest::option::weighted(0.2, 0..4u8)).prop_map(|(channel, by)| Step::Close { channel, by }),
        1 => (channel.clone(), proptest::option::of(value()))
            .prop_map(|(channel, more)| Step::CloseByProvider { channel, more }),
        4 => (channel.clone(), 0..5u32, 0..1_500u32)
            .prop_map(|(channel, calls, tokens)| Step::SettleLast { channel, calls, tokens }),
        1 => channel.clone().prop_map(|channel| Step::Sweep { channel }),
        3 => (0..12usize).prop_map(|batch| Step::Release { batch }),
        1 => (0..12usize).prop_map(|batch| Step::Refund { batch }),
        4 => (1..8u32).prop_map(|count| Step::Blocks { count }),
        1 => (1..=1_000_000u32).prop_map(|millionths| Step::Chance { millionths }),
        1 => (0..200u128).prop_map(|souk| Step::Bond { amount: souk * SOUK }),
        2 => proptest::bool::weighted(0.2).prop_map(|jailed| Step::Jail { jailed }),
        1 => Just(Step::Admit),
        1 => (0..=500_000u32).prop_map(|millionths| Step::Licensed { millionths }),
        1 => (channel, 0..3u32, 1..100u32)
            .prop_map(|(channel, seq, tokens)| Step::Double { channel, seq, tokens }),
    ]
}

fn person(who: u8) -> AccountId {
    [CONSUMER, FUNDER, STRANGER, PROVIDER][usize::from(who)].clone()
}

/// A channel, rarely a closed one.
fn pick(index: usize) -> ChannelId {
    let is_closed = |channel: &Channel| matches!(channel.state, ChannelState::Closed { .. });
    let mut ids: Vec<ChannelId> =
        Channels::<Test>::iter().filter(|(_, c)| index == 0 || !is_closed(c)).map(|(id, _)| id).collect();
    ids.sort();
    ids.get(index % ids.len().max(1)).copied().unwrap_or_default()
}

fn pick_batch(index: usize) -> BatchId {
    let ids: Vec<BatchId> = Batches::<Test>::iter_keys().collect();
    ids.get(index % ids.len().max(1)).copied().unwrap_or_default()
}

fn more(id: ChannelId, value: Balance, calls: u32) -> crate::types::SignedVoucher {
    let (settled, before) =
        Channels::<Test>::get(id).map_or((0, 0), |channel| (channel.settled, channel.settled_calls));
    voucher(id, settled.saturating_add(value), before + calls)
}

fn take(step: Step) -> DispatchResult {
    match step {
        Step::Open { who, funded, unaudited, deposit } => {
            let consumer = funded.then_some(CONSUMER);
            let spec = if unaudited { UNAUDITED_SPEC } else { SPEC };
            Open { by: person(who), consumer, spec, deposit, allow_unaudited: true, ..Open::default() }.call()
        }
        Step::TopUp { channel, amount } => {
            let id = pick(channel);
            let funder = Channels::<Test>::get(id).map_or(CONSUMER, |channel| channel.funder);
            Souk::top_up(signed(funder), id, amount)
        }
        Step::Settle { channel, more: value, calls } => {
            let id = pick(channel);
            settle(id, more(id, value, calls))
        }
        Step::SettleTwo { channels, more: value } => {
            let vouchers: Vec<_> = channels.map(|channel| more(pick(channel), value, 1)).into();
            Souk::settle_many(signed(PROVIDER), vouchers.try_into().unwrap())
                .map(drop)
                .map_err(|error| error.error)
        }
        Step::Close { channel, by } => {
            let id = pick(channel);
            let consumer = Channels::<Test>::get(id).map_or(CONSUMER, |channel| channel.consumer);
            Souk::close(signed(by.map_or(consumer, person)), id)
        }
        Step::CloseByProvider { channel, more: value } => {
            let id = pick(channel);
            Souk::close_by_provider(signed(PROVIDER), id, value.map(|value| more(id, value, 1)))
        }
        Step::SettleLast { channel, calls, tokens } => {
            let id = pick(channel);
            let first = Channels::<Test>::get(id).map_or(0, |channel| channel.settled_calls);
            let calls: Vec<_> = (0..calls).map(|i| call(id, first + 2 * i, tokens)).collect();
            calls.try_into().map_or(Ok(()), |calls| Souk::settle_last(signed(PROVIDER), id, calls))
        }
        Step::Sweep { channel } => Souk::sweep(signed(STRANGER), pick(channel)),
        Step::Release { batch } => {
            Souk::release(&pick_batch(batch), CloseReason::Valid);
            Ok(())
        }
        Step::Refund { batch } => {
            Souk::refund(&pick_batch(batch), CloseReason::Fraud);
            Ok(())
        }
        Step::Blocks { count } => {
            (0..count).for_each(|_| next_block());
            Ok(())
        }
        Step::Chance { millionths } => {
            Millionths::put(millionths);
            Ok(())
        }
        Step::Bond { amount } => {
            Bonds::insert(PROVIDER, amount);
            Ok(())
        }
        Step::Jail { jailed: true } => {
            Jailed::insert(PROVIDER, ());
            Ok(())
        }
        Step::Jail { jailed: false } => {
            Jailed::remove(PROVIDER);
            Ok(())
        }
        Step::Licensed { millionths } => {
            Licensed::put(millionths);
            Ok(())
        }
        Step::Admit => Souk::admit(signed(STRANGER), PROVIDER),
        Step::Double { channel, seq, tokens } => {
            let id = pick(channel);
            let [first, second]: [SignedReceipt; 2] =
                [tokens, tokens + 1].map(|tokens| sign_receipt(receipt(id, seq, tokens)));
            Souk::report_double_receipt(signed(STRANGER), first.into(), second.into())
        }
    }
}

/// Everything anyone has, on hold or not.
fn all_money() -> Balance {
    [CONSUMER, PROVIDER, FUNDER, STRANGER, TREASURY, POT, PUBLISHER].iter().map(Balances::total_balance).sum()
}

/// Ends what is open, as honest parties and the audits would.
fn end_everything() {
    Bonds::insert(PROVIDER, 1_000_000 * SOUK);
    let ids: Vec<ChannelId> = Channels::<Test>::iter_keys().collect();
    for id in ids {
        let consumer = Channels::<Test>::get(id).unwrap().consumer;
        let _ = Souk::close(signed(consumer), id);
    }
    for _ in 0..GRACE + 2 {
        next_block();
        let open: Vec<BatchId> = Batches::<Test>::iter_keys().collect();
        open.iter().for_each(|batch| Souk::release(batch, CloseReason::NotDrawn));
    }
    check();
    assert_eq!((Batches::<Test>::iter().count(), Queue::<Test>::iter().count()), (0, 0));
    assert_eq!(Obligations::get(PROVIDER), 0);
    for who in [CONSUMER, FUNDER, STRANGER, PROVIDER] {
        assert_eq!(held(HoldReason::Channel, &who) + held(HoldReason::Pending, &who), 0);
    }
    for _ in 0..HISTORY + 20 {
        next_block();
    }
    let left = [
        Channels::<Test>::iter().count(),
        ChannelsOf::<Test>::iter().count(),
        Usages::<Test>::iter().count(),
        SeedAt::<Test>::iter().count(),
        Ended::<Test>::iter().count(),
        BatchesOf::<Test>::iter().count(),
        Lanes::<Test>::iter().count(),
        Unclaimed::<Test>::iter().count(),
        DoubleReceipts::<Test>::iter().count(),
        Sweeps::<Test>::iter().count(),
        Memories::<Test>::iter().count(),
        AdmitCursor::<Test>::get().iter().count(),
    ];
    assert_eq!(left, [0; 12]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn held_should_equal_owed_and_every_channel_should_end(steps in prop::collection::vec(step(), 1..80)) {
        test(|| {
            Souk::set_limit(signed(CONSUMER), PROVIDER, Balance::MAX, 8).unwrap();
            Bonds::insert(PROVIDER, 100 * SOUK);
            (0..4).for_each(|_| assert_ne!(open(), [0; 32]));
            run_to(4);
            for step in steps {
                // A refused call changes nothing; that is what the tests of each call are for.
                let _ = frame_support::storage::with_storage_layer(|| take(step));
                check();
                assert_eq!(all_money(), Balances::total_issuance());
            }
            end_everything();
        });
    }
}
