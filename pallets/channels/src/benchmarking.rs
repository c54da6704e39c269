//! Benchmarks of every call and of the idle steps.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use super::*;
use crate::{
    ports::BenchmarkHelper,
    types::{LastCalls, Limit, SignedCall, SignedReceipt, SignedVoucher, MAX_DOUBLES},
};
use alloc::vec::Vec;
use frame_benchmarking::{account, v2::*, whitelisted_caller};
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        Get,
    },
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    call::{Finish, Prices, Receipt, Request, Signed, Voucher},
    sr25519::{Public, Signature},
    AccountId, Balance, ChannelId, Digest, SOUK,
};

const PRICES: Prices = Prices { per_1k_input: SOUK, per_1k_output: SOUK };

/// A provider, a consumer and their keys.
struct Scene {
    consumer: AccountId,
    provider: AccountId,
    spec: Digest,
    voucher_key: Public,
    receipt_key: Public,
}

fn key(seed: &str) -> Public {
    sp_io::crypto::sr25519_generate(sp_core::testing::SR25519, Some(seed.as_bytes().to_vec()))
}

fn sign(statement: &impl Signed, key: &Public) -> Signature {
    sp_io::crypto::sr25519_sign(sp_core::testing::SR25519, key, &statement.signing_payload()).unwrap()
}

fn scene<T: Config>() -> Scene
where
    T::Currency: Mutate<AccountId>,
{
    let consumer: AccountId = whitelisted_caller();
    let provider: AccountId = account("provider", 0, 0);
    let rich = T::Currency::minimum_balance() * 1_000 + 1_000_000 * SOUK;
    T::Currency::set_balance(&consumer, rich);
    T::Currency::set_balance(&provider, rich);
    let (voucher_key, receipt_key) = (key("//Voucher"), key("//Receipt"));
    let spec = T::BenchmarkHelper::serve(&provider, receipt_key.0, PRICES);
    Scene { consumer, provider, spec, voucher_key, receipt_key }
}

impl Scene {
    fn open<T: Config>(&self) -> ChannelId {
        Pallet::<T>::open(
            RawOrigin::Signed(self.consumer.clone()).into(),
            self.provider.clone(),
            self.spec,
            T::MinBatch::get() + 100 * SOUK,
            Balance::MAX,
            Balance::MAX,
            self.voucher_key.0,
            T::Clock::get() + T::MaxExpiry::get().min(10),
            true,
            0,
            None,
        )
        .unwrap();
        let known: Vec<ChannelId> = ChannelsOf::<T>::iter_key_prefix(&self.consumer).collect();
        let newest = known.into_iter().find(|id| {
            let channel = Channels::<T>::get(id).unwrap();
            channel.settled == 0 && matches!(channel.state, souk_primitives::views::ChannelState::Open)
        });
        newest.unwrap()
    }

    fn voucher<T: Config>(&self, channel: ChannelId) -> SignedVoucher {
        let voucher = Voucher {
            genesis: Pallet::<T>::genesis(),
            channel,
            cumulative: T::MinBatch::get().max(1),
            calls: 10,
            receipts_root: [7; 32],
        };
        let signature = sign(&voucher, &self.voucher_key);
        SignedVoucher { voucher, signature }
    }

    fn receipt<T: Config>(&self, channel: ChannelId, seq: u32, output_tokens: u32) -> SignedReceipt {
        let prices = Channels::<T>::get(channel).unwrap().prices;
        let receipt = Receipt {
            genesis: Pallet::<T>::genesis(),
            channel,
            seq,
            request_digest: [1; 32],
            response_digest: [2; 32],
            input_tokens: 1,
            output_tokens,
            charge: prices.charge(1, output_tokens).unwrap(),
            finish: Finish::Stop,
        };
        let signature = sign(&receipt, &self.receipt_key);
        SignedReceipt { receipt, signature }
    }

    fn call<T: Config>(&self, channel: ChannelId, seq: u32) -> SignedCall {
        let SignedReceipt { receipt, signature: receipt_signature } = self.receipt::<T>(channel, seq, 1);
        let request = Request {
            genesis: receipt.genesis,
            channel,
            seq,
            seed: Pallet::<T>::seed(&channel, &Channels::<T>::get(channel).unwrap()).unwrap(),
            request_digest: receipt.request_digest,
            max_charge: receipt.charge,
            blinding: [3; 32],
        };
        let request_signature = sign(&request, &self.voucher_key);
        SignedCall { request, request_signature, receipt, receipt_signature }
    }

    fn close<T: Config>(&self, channel: ChannelId) {
        Pallet::<T>::close(RawOrigin::Signed(self.consumer.clone()).into(), channel).unwrap();
    }

    /// A queued increment of a provider that is gone, so that it enters when it is let.
    fn queue<T: Config>(&self, channel: ChannelId) {
        self.close::<T>(channel);
        let stored = Channels::<T>::get(channel).unwrap();
        let value = T::MinBatch::get().max(1);
        Pallet::<T>::move_to_pending(&stored, value).unwrap();
        Channels::<T>::mutate(channel, |stored| {
            let stored = stored.as_mut().unwrap();
            stored.settled = value;
            stored.open_batches = 1;
        });
        Lanes::<T>::insert(&self.provider, types::Lane { open_batches: 0, head: 0, tail: 1 });
        Queue::<T>::insert(
            &self.provider,
            0,
            types::Increment {
                channel,
                cumulative: value,
                left: value,
                from: 0,
                root: [0; 32],
                total: value,
                count: 1,
                certain: true,
                slice: 0,
            },
        );
    }
}

fn pass_grace<T: Config>() {
    T::BenchmarkHelper::set_clock(T::Clock::get() + T::CloseGrace::get() + 1);
}

fn fix_seed<T: Config>(channel: ChannelId) {
    let opened = Channels::<T>::get(channel).unwrap().opened_at;
    SeedAt::<T>::mutate(opened, |opening| opening.vrf = Some([9; 32]));
}

#[benchmarks(where T::Currency: Mutate<AccountId>)]
mod benches {
    use super::*;

    #[benchmark]
    fn seeds(n: Linear<0, { MAX_UNSEEDED }>) {
        frame_system::Pallet::<T>::set_block_number(100u32.into());
        for block in 0..n {
            Pallet::<T>::remember_opening(block).unwrap();
        }
        #[block]
        {
            Pallet::<T>::fix_seeds();
        }
    }

    #[benchmark]
    fn open() {
        let scene = scene::<T>();
        let expires = T::Clock::get() + T::MaxExpiry::get().min(10);
        let limit = Limit { max_amount: Balance::MAX, max_channels: T::MaxChannels::get() };
        let funder: AccountId = account("funder", 0, 0);
        T::Currency::set_balance(&funder, 1_000_000 * SOUK);
        Pallet::<T>::do_set_limit(scene.consumer.clone(), scene.provider.clone(), limit).unwrap();
        #[extrinsic_call]
        _(
            RawOrigin::Signed(funder.clone()),
            scene.provider.clone(),
            scene.spec,
            T::MinBatch::get() + SOUK,
            Balance::MAX,
            Balance::MAX,
            scene.voucher_key.0,
            expires,
            true,
            0,
            Some(scene.consumer.clone()),
        );
        assert_eq!(ChannelsOf::<T>::iter_prefix(&funder).count(), 1);
    }

    #[benchmark]
    fn top_up() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let before = Channels::<T>::get(channel).unwrap().deposit;
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer), channel, SOUK);
        assert_eq!(Channels::<T>::get(channel).unwrap().deposit, before + SOUK);
    }

    #[benchmark]
    fn set_limit() {
        let caller: AccountId = whitelisted_caller();
        let provider: AccountId = account("provider", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller.clone()), provider.clone(), SOUK, 1);
        assert!(Limits::<T>::contains_key(caller, provider));
    }

    #[benchmark]
    fn clear_limit() {
        let caller: AccountId = whitelisted_caller();
        let provider: AccountId = account("provider", 0, 0);
        let limit = Limit { max_amount: SOUK, max_channels: 1 };
        Pallet::<T>::do_set_limit(caller.clone(), provider.clone(), limit).unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(caller.clone()), provider.clone());
        assert!(!Limits::<T>::contains_key(caller, provider));
    }

    #[benchmark]
    fn settle() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let SignedVoucher { voucher, signature } = scene.voucher::<T>(channel);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.provider), channel, voucher, signature);
        assert_eq!(Batches::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn settle_many(n: Linear<1, { T::MaxSettlements::get() }>) {
        let scene = scene::<T>();
        let mut vouchers = BoundedVec::new();
        for i in 0..n {
            // Another consumer each, so that nobody's limit is reached.
            let consumer: AccountId = account("consumer", i, 0);
            T::Currency::set_balance(&consumer, 1_000_000 * SOUK);
            let channel = Scene {
                consumer,
                provider: scene.provider.clone(),
                spec: scene.spec,
                voucher_key: scene.voucher_key,
                receipt_key: scene.receipt_key,
            }
            .open::<T>();
            vouchers.try_push(scene.voucher::<T>(channel)).unwrap();
        }
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.provider), vouchers);
        assert_eq!(Batches::<T>::iter().count(), n as usize);
    }

    #[benchmark]
    fn settle_last(n: Linear<1, { souk_primitives::call::MAX_IN_FLIGHT }>) {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        fix_seed::<T>(channel);
        scene.close::<T>(channel);
        let calls: LastCalls =
            (0..n).map(|seq| scene.call::<T>(channel, seq)).collect::<Vec<_>>().try_into().unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.provider), channel, calls);
        assert!(Channels::<T>::get(channel).unwrap().last_calls_settled);
    }

    #[benchmark]
    fn close_by_provider() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let last = scene.voucher::<T>(channel);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.provider), channel, Some(last));
        assert_eq!(Channels::<T>::get(channel).unwrap().rest(), 0);
    }

    #[benchmark]
    fn close() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer), channel);
        assert_eq!(SweepSpan::<T>::get(), (0, 1));
    }

    #[benchmark]
    fn sweep() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        scene.close::<T>(channel);
        pass_grace::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer), channel);
        assert_eq!(Channels::<T>::get(channel).unwrap().rest(), 0);
    }

    #[benchmark]
    fn admit() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        scene.queue::<T>(channel);
        T::BenchmarkHelper::jail(&scene.provider);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer), scene.provider.clone());
        assert!(!Lanes::<T>::get(&scene.provider).is_queued());
    }

    #[benchmark]
    fn report_double_receipt() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let known: Vec<(u32, Balance)> = (1..MAX_DOUBLES).map(|seq| (seq, 1)).collect();
        DoubleReceipts::<T>::insert(channel, types::Doubles::truncate_from(known));
        let first = scene.receipt::<T>(channel, 0, 1);
        let second = scene.receipt::<T>(channel, 0, 2);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer), first.into(), second.into());
        assert_eq!(DoubleReceipts::<T>::get(channel).len(), MAX_DOUBLES as usize);
    }

    #[benchmark]
    fn claim() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let stored = Channels::<T>::get(channel).unwrap();
        Pallet::<T>::move_to_pending(&stored, SOUK).unwrap();
        Channels::<T>::mutate(channel, |stored| stored.as_mut().unwrap().settled = SOUK);
        Unclaimed::<T>::insert(&scene.provider, &scene.consumer, SOUK);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.consumer.clone()), scene.provider.clone(), scene.consumer.clone());
        assert_eq!(Unclaimed::<T>::get(&scene.provider, &scene.consumer), 0);
    }

    #[benchmark]
    fn idle_sweep() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        scene.close::<T>(channel);
        pass_grace::<T>();
        #[block]
        {
            assert!(Pallet::<T>::sweep_next());
        }
    }

    #[benchmark]
    fn idle_forget() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        scene.close::<T>(channel);
        pass_grace::<T>();
        Pallet::<T>::do_sweep(channel).unwrap();
        frame_system::Pallet::<T>::set_block_number(
            (Pallet::<T>::block() + T::HistoryDepth::get() + 1).into(),
        );
        #[block]
        {
            assert!(Pallet::<T>::forget_next());
        }
        assert!(!Channels::<T>::contains_key(channel));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::with_keys(), crate::mock::Test);
}
