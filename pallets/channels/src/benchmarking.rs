//! Benchmarks of every call and of the idle steps. Whoever signs is whitelisted, since the fee touches its account
//! anyway; everybody else's account counts. Where a call lets queued increments enter, as many wait as it lets in.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use super::*;
use crate::{
    ports::{BenchmarkHelper, ProviderBook},
    types::{LastCalls, Limit, SignedCall, SignedReceipt, SignedVoucher, MAX_DOUBLES},
};
use alloc::vec::Vec;
use frame_benchmarking::{account, v2::*, whitelist_account};
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

pub use crate::queue::MAX_ADMITTED;

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
    scene_of::<T>(<T::Providers as ProviderBook>::MAX_VERIFIERS)
}

fn scene_of<T: Config>(verifiers: u32) -> Scene
where
    T::Currency: Mutate<AccountId>,
{
    let consumer: AccountId = account("consumer", 0, 0);
    let provider: AccountId = account("provider", 0, 0);
    let rich = T::Currency::minimum_balance() * 1_000 + 1_000_000 * SOUK;
    T::Currency::set_balance(&consumer, rich);
    T::Currency::set_balance(&provider, rich);
    let (voucher_key, receipt_key) = (key("//Voucher"), key("//Receipt"));
    let spec = T::BenchmarkHelper::serve(&provider, receipt_key.0, PRICES, verifiers);
    Scene { consumer, provider, spec, voucher_key, receipt_key }
}

impl Scene {
    fn of(consumer: &AccountId, provider: &AccountId, spec: Digest, voucher_key: Digest) -> Self {
        Self {
            consumer: consumer.clone(),
            provider: provider.clone(),
            spec,
            voucher_key: Public::from_raw(voucher_key),
            receipt_key: Public::from_raw([1; 32]),
        }
    }

    /// A channel on a spec that nobody audited when it was opened.
    fn open_unaudited<T: Config>(&self) -> ChannelId {
        let id = self.open::<T>();
        Channels::<T>::mutate_extant(id, |channel| channel.audited = false);
        id
    }

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

    /// Puts an increment of a closing channel at the end of the provider's queue, whatever room there is.
    fn queue<T: Config>(&self, channel: ChannelId) {
        self.close::<T>(channel);
        let stored = Channels::<T>::get(channel).unwrap();
        let value = T::MinBatch::get().max(1);
        Pallet::<T>::move_to_pending(&stored, value).unwrap();
        Channels::<T>::mutate_extant(channel, |stored| {
            stored.settled = value;
            stored.open_batches = 1;
        });
        let lane = Lanes::<T>::get(&self.provider);
        Lanes::<T>::insert(&self.provider, types::Lane { tail: lane.tail + 1, ..lane });
        Queue::<T>::insert(
            &self.provider,
            lane.tail,
            types::Increment {
                channel,
                cumulative: value,
                left: value,
                from: 0,
                root: [0; 32],
                total: value,
                count: 1,
                certain: false,
                slice: 0,
            },
        );
    }

    /// The same provider with another consumer.
    fn with<T: Config>(&self, consumer: AccountId) -> Self
    where
        T::Currency: Mutate<AccountId>,
    {
        T::Currency::set_balance(&consumer, 1_000_000 * SOUK);
        Self { consumer, provider: self.provider.clone(), ..*self }
    }

    /// Increments of `count` consumers that wait for room.
    fn queue_of<T: Config>(&self, index: u32, count: u32)
    where
        T::Currency: Mutate<AccountId>,
    {
        for i in 0..count {
            let scene = self.with::<T>(account("queued", i, index));
            let channel = scene.open::<T>();
            scene.queue::<T>(channel);
        }
    }
}

/// A channel of `consumer`, for other pallets' benchmarks.
pub fn open<T: Config>(
    consumer: &AccountId,
    provider: &AccountId,
    spec: Digest,
    voucher_key: Digest,
) -> ChannelId {
    Scene::of(consumer, provider, spec, voucher_key).open::<T>()
}

/// Makes `count` increments wait for room, for other pallets' benchmarks. The `index` keeps their consumers apart.
pub fn fill_queue<T: Config>(provider: &AccountId, spec: Digest, index: u32, count: u32)
where
    T::Currency: Mutate<AccountId>,
{
    Scene::of(provider, provider, spec, [1; 32]).queue_of::<T>(index, count);
}

/// Who signs the call: its account does not count.
fn signed_by<T: Config>(who: &AccountId) -> RawOrigin<AccountId> {
    whitelist_account!(who);
    RawOrigin::Signed(who.clone())
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
        T::BenchmarkHelper::set_vrf([9; 32]);
        for block in 0..n {
            Pallet::<T>::remember_opening(block).unwrap();
        }
        #[block]
        {
            Pallet::<T>::fix_seeds();
        }
        assert_eq!(Unseeded::<T>::decode_len().unwrap_or(0), 0);
    }

    #[benchmark]
    fn open(v: Linear<0, { <T::Providers as ProviderBook>::MAX_VERIFIERS }>) {
        let scene = scene_of::<T>(v);
        let expires = T::Clock::get() + T::MaxExpiry::get().min(10);
        let limit = Limit { max_amount: Balance::MAX, max_channels: T::MaxChannels::get() };
        let funder: AccountId = account("funder", 0, 0);
        T::Currency::set_balance(&funder, 1_000_000 * SOUK);
        Pallet::<T>::do_set_limit(scene.consumer.clone(), scene.provider.clone(), limit).unwrap();
        let signer = signed_by::<T>(&funder);
        #[extrinsic_call]
        _(
            signer,
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
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, channel, SOUK);
        assert_eq!(Channels::<T>::get(channel).unwrap().deposit, before + SOUK);
    }

    #[benchmark]
    fn set_limit() {
        let caller: AccountId = account("consumer", 0, 0);
        let provider: AccountId = account("provider", 0, 0);
        let signer = signed_by::<T>(&caller);
        #[extrinsic_call]
        _(signer, provider.clone(), SOUK, 1);
        assert!(Limits::<T>::contains_key(caller, provider));
    }

    #[benchmark]
    fn clear_limit() {
        let caller: AccountId = account("consumer", 0, 0);
        let provider: AccountId = account("provider", 0, 0);
        let limit = Limit { max_amount: SOUK, max_channels: 1 };
        Pallet::<T>::do_set_limit(caller.clone(), provider.clone(), limit).unwrap();
        let signer = signed_by::<T>(&caller);
        #[extrinsic_call]
        _(signer, provider.clone());
        assert!(!Limits::<T>::contains_key(caller, provider));
    }

    #[benchmark]
    fn settle() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let SignedVoucher { voucher, signature } = scene.voucher::<T>(channel);
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        _(signer, channel, voucher, signature);
        assert_eq!(Batches::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn settle_many(n: Linear<1, { T::MaxSettlements::get() }>) {
        let scene = scene::<T>();
        let mut vouchers = BoundedVec::new();
        for i in 0..n {
            // Another consumer each, so that nobody's limit is reached.
            let channel = scene.with::<T>(account("consumer", i, 1)).open::<T>();
            vouchers.try_push(scene.voucher::<T>(channel)).unwrap();
        }
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        _(signer, vouchers);
        assert_eq!(Batches::<T>::iter().count(), n as usize);
    }

    /// Paid at once, with the publisher's share.
    #[benchmark]
    fn settle_unaudited() {
        let scene = scene::<T>();
        let channel = scene.open_unaudited::<T>();
        let SignedVoucher { voucher, signature } = scene.voucher::<T>(channel);
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        Pallet::<T>::settle(signer, channel, voucher, signature);
        assert_eq!((Batches::<T>::iter().count(), Ended::<T>::iter().count()), (0, 1));
    }

    #[benchmark]
    fn settle_many_unaudited(n: Linear<1, { T::MaxSettlements::get() }>) {
        let scene = scene::<T>();
        let mut vouchers = BoundedVec::new();
        for i in 0..n {
            let channel = scene.with::<T>(account("consumer", i, 1)).open_unaudited::<T>();
            vouchers.try_push(scene.voucher::<T>(channel)).unwrap();
        }
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        Pallet::<T>::settle_many(signer, vouchers);
        assert_eq!((Batches::<T>::iter().count(), Ended::<T>::iter().count()), (0, n as usize));
    }

    #[benchmark]
    fn settle_last(n: Linear<1, { souk_primitives::call::MAX_IN_FLIGHT }>) {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        fix_seed::<T>(channel);
        scene.close::<T>(channel);
        scene.queue_of::<T>(0, MAX_ADMITTED);
        let calls: LastCalls =
            (0..n).map(|seq| scene.call::<T>(channel, seq)).collect::<Vec<_>>().try_into().unwrap();
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        _(signer, channel, calls);
        assert!(Channels::<T>::get(channel).unwrap().last_calls_settled);
    }

    #[benchmark]
    fn close_by_provider() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let last = scene.voucher::<T>(channel);
        scene.queue_of::<T>(0, MAX_ADMITTED);
        let signer = signed_by::<T>(&scene.provider);
        #[extrinsic_call]
        _(signer, channel, Some(last));
        assert_eq!(Channels::<T>::get(channel).unwrap().rest(), 0);
    }

    #[benchmark]
    fn close() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, channel);
        assert_eq!(SweepSpan::<T>::get(), (0, 1));
    }

    #[benchmark]
    fn sweep() {
        let scene = scene::<T>();
        let channel = scene.open::<T>();
        scene.close::<T>(channel);
        pass_grace::<T>();
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, channel);
        assert_eq!(Channels::<T>::get(channel).unwrap().rest(), 0);
    }

    #[benchmark]
    fn admit() {
        let scene = scene::<T>();
        scene.queue_of::<T>(0, MAX_ADMITTED);
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, scene.provider.clone());
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
        scene.queue_of::<T>(0, MAX_ADMITTED);
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, first.into(), second.into());
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
        let signer = signed_by::<T>(&scene.consumer);
        #[extrinsic_call]
        _(signer, scene.provider.clone(), scene.consumer.clone());
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

    #[benchmark]
    fn idle_admit() {
        let scene = scene::<T>();
        // The round ends and begins again: two looks at the cursor.
        AdmitCursor::<T>::put(&scene.consumer);
        scene.queue_of::<T>(0, MAX_ADMITTED);
        #[block]
        {
            let _ = Pallet::<T>::admit_next_lane() || Pallet::<T>::admit_next_lane();
        }
        assert!(!Lanes::<T>::get(&scene.provider).is_queued());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::with_keys(), crate::mock::Test);
}
