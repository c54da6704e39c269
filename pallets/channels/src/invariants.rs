//! Held equals owed, and every count is what it counts. See the crate's invariants.

use crate::{pallet::*, ports::ProviderBook, types::Usage};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{
    views::{ChannelState, SolvencyRow},
    AccountId, Balance, BlockNumber, ChannelId,
};
use sp_runtime::TryRuntimeError;

type Sums<Key> = BTreeMap<Key, Balance>;

fn add<Key: Ord>(sums: &mut Sums<Key>, key: Key, amount: Balance) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(amount);
}

impl<T: Config> Pallet<T> {
    /// What each funder's channels have not settled.
    fn owed_to_funders() -> Sums<AccountId> {
        let mut owed = Sums::new();
        for channel in Channels::<T>::iter_values() {
            add(&mut owed, channel.funder.clone(), channel.rest());
        }
        owed
    }

    /// What is pending at each provider.
    fn owed_pending() -> Sums<AccountId> {
        let mut owed = Sums::new();
        for batch in Batches::<T>::iter_values() {
            add(&mut owed, batch.provider, batch.value);
        }
        for (provider, _, waiting) in Queue::<T>::iter() {
            add(&mut owed, provider, waiting.left);
        }
        for (provider, _, kept) in Unclaimed::<T>::iter() {
            add(&mut owed, provider, kept);
        }
        owed
    }

    fn held(reason: HoldReason, owners: &Sums<AccountId>) -> Balance {
        let reason = reason.into();
        owners.keys().fold(0, |sum, who| sum.saturating_add(T::Currency::balance_on_hold(&reason, who)))
    }

    /// Held against owed, for each purpose.
    pub fn solvency() -> Vec<SolvencyRow> {
        let row = |purpose: &str, reason: HoldReason, owed: Sums<AccountId>| SolvencyRow {
            pallet: "channels".into(),
            purpose: purpose.into(),
            held: Self::held(reason, &owed),
            owed: owed.values().fold(0, |sum, amount| sum.saturating_add(*amount)),
        };
        vec![
            row("deposits", HoldReason::Channel, Self::owed_to_funders()),
            row("pending", HoldReason::Pending, Self::owed_pending()),
        ]
    }

    /// Checks the invariants.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_holds()?;
        Self::check_batches()?;
        Self::check_channels()
    }

    fn check_holds() -> Result<(), TryRuntimeError> {
        let sides = [
            (HoldReason::Channel, Self::owed_to_funders(), "a funder's hold is not what its channels owe"),
            (HoldReason::Pending, Self::owed_pending(), "a pending hold is not what is pending"),
        ];
        for (reason, owed, message) in sides {
            let reason = reason.into();
            for (who, amount) in owed {
                ensure!(T::Currency::balance_on_hold(&reason, &who) == amount, message);
            }
        }
        Ok(())
    }

    fn check_batches() -> Result<(), TryRuntimeError> {
        let mut exposed = Sums::<AccountId>::new();
        let mut open = Sums::<AccountId>::new();
        for (id, batch) in Batches::<T>::iter() {
            ensure!(id == batch.id && batch.value > 0, "a batch is malformed");
            ensure!(!Ended::<T>::contains_key(id), "a batch is open and ended");
            add(&mut exposed, batch.provider.clone(), batch.exposure);
            add(&mut open, batch.provider, 1);
        }
        // Exams expose a bond too.
        for (provider, amount) in exposed {
            ensure!(
                T::Providers::exposed(&provider) >= amount,
                "exposure is less than that of the open batches"
            );
        }
        for (provider, lane) in Lanes::<T>::iter() {
            ensure!(!lane.is_idle(), "an idle lane is kept");
            let batches = open.remove(&provider).unwrap_or(0);
            ensure!(batches == lane.open_batches.into(), "a lane counts other batches");
            let waiting = Queue::<T>::iter_key_prefix(&provider);
            ensure!(
                waiting
                    .map(|place| (lane.head..lane.tail).contains(&place))
                    .fold(0u32, |n, is_in| { n.saturating_add(if is_in { 1 } else { u32::MAX }) })
                    == lane.tail.saturating_sub(lane.head),
                "a lane's queue has holes"
            );
        }
        ensure!(open.is_empty(), "a provider with open batches has no lane");
        Ok(())
    }

    fn check_channels() -> Result<(), TryRuntimeError> {
        let mut items = Sums::<ChannelId>::new();
        Batches::<T>::iter_values().for_each(|batch| add(&mut items, batch.channel, 1));
        Queue::<T>::iter_values().for_each(|waiting| add(&mut items, waiting.channel, 1));
        let mut usages = BTreeMap::<(AccountId, AccountId), Usage>::new();
        let mut openings = Sums::<BlockNumber>::new();
        for (id, channel) in Channels::<T>::iter() {
            ensure!(channel.settled <= channel.deposit, "a channel settled more than its deposit");
            let open = items.remove(&id).unwrap_or(0);
            ensure!(open == channel.open_batches.into(), "a channel counts other batches");
            for party in [&channel.consumer, &channel.funder, &channel.provider] {
                ensure!(ChannelsOf::<T>::contains_key(party, id), "a channel is not listed");
            }
            add(&mut openings, channel.opened_at, 1);
            if !matches!(channel.state, ChannelState::Closed { .. }) {
                let usage = usages.entry((channel.consumer, channel.provider)).or_default();
                usage.amount = usage.amount.saturating_add(channel.deposit);
                usage.channels = usage.channels.saturating_add(1);
            }
        }
        ensure!(items.is_empty(), "a batch has no channel");
        for (consumer, provider, usage) in Usages::<T>::iter() {
            ensure!(usages.remove(&(consumer, provider)) == Some(usage), "a usage is wrong");
        }
        ensure!(usages.is_empty(), "a usage is missing");
        for (block, opening) in SeedAt::<T>::iter() {
            ensure!(openings.remove(&block) == Some(opening.channels.into()), "an opening block is wrong");
        }
        ensure!(openings.is_empty(), "an opening block is missing");
        for (batch, ended) in Ended::<T>::iter() {
            ensure!(BatchesOf::<T>::contains_key(ended.batch.channel, batch), "an ended batch is not listed");
        }
        Ok(())
    }
}
