//! What the benchmarks of the market's pallets need of each other, at its dearest: as many validators as have seats,
//! every account with as many proxies as it can have, a queue that moves when a batch ends.

use crate::{
    filters::ProxyType, AccountId, Attestation, Balance, Balances, BlockNumber, Channels, Compute, Licensing,
    Listings, Runtime, RuntimeOrigin,
};
use alloc::{vec, vec::Vec};
use frame_benchmarking::account;
use frame_support::{
    traits::{fungible::Mutate, Get},
    BoundedVec,
};
use pallet_compute::types::{MAX_SEATS, MAX_SERVING};
use pallet_listings::types::Subject;
use pallet_proxy::ProxyDefinition;
use souk_primitives::{
    batch::Batch,
    call::{batch_id, Prices, Signed, Voucher},
    licence::{Grant, Licence, Offer, Purposes},
    lineage::{Parent, Parents, MAX_PARENTS},
    spec::{NumericClass, Sampler, Spec},
    sr25519::Public,
    verdict::Thresholds,
    views::ListingKind,
    ChannelId, Digest, ListingId, OfferId, SpecId, SOUK,
};
use sp_core::testing::SR25519;
use sp_staking::PagedExposureMetadata;

/// Sets the stage for a benchmark.
pub struct Stage;

/// What everyone on the stage owns.
const WEALTH: Balance = 100_000_000 * SOUK;
/// What a provider bonds: enough for whatever is settled here.
const BOND: Balance = 10_000_000 * SOUK;
/// What a validator has at stake.
const STAKE: Balance = 100_000 * SOUK;
/// Increments that wait while a batch ends; more than that enter later.
const WAITING: u32 = pallet_channels::benchmarking::MAX_ADMITTED;

fn rich(name: &'static str, index: u32) -> AccountId {
    let who: AccountId = account(name, index, 0);
    Balances::set_balance(&who, WEALTH);
    who
}

fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

/// Gives an account as many proxies as it can have, of which none matters.
fn fill_proxies(who: &AccountId) {
    let proxies = (0..<Runtime as pallet_proxy::Config>::MaxProxies::get())
        .map(|index| ProxyDefinition {
            delegate: account("delegate", index, 0),
            proxy_type: ProxyType::Any,
            delay: 0,
        })
        .collect();
    let proxies = BoundedVec::truncate_from(proxies);
    pallet_proxy::Proxies::<Runtime>::insert(who, (proxies, 0));
}

fn make_validator(who: &AccountId) {
    pallet_session::Validators::<Runtime>::append(who);
    let era = pallet_staking::ActiveEra::<Runtime>::get().map_or(0, |era| era.index);
    let stakers = PagedExposureMetadata { total: STAKE, own: STAKE, nominator_count: 0, page_count: 0 };
    pallet_staking::ErasStakersOverview::<Runtime>::insert(era, who, stakers);
    pallet_staking::ErasTotalStake::<Runtime>::mutate(era, |total| *total = total.saturating_add(STAKE));
    fill_proxies(who);
}

fn list(owner: &AccountId) -> ListingId {
    let id = pallet_listings::NextListing::<Runtime>::get();
    let name = BoundedVec::truncate_from(b"benchmark".to_vec());
    let card = pallet_listings::types::Card { uri: Default::default(), digest: [1; 32] };
    let model = ListingKind::Model;
    Listings::register(signed(owner), model, name, Default::default(), Default::default(), card).unwrap();
    Listings::publish_version(signed(owner), id, [1; 32], 1, 1, [3; 32]).unwrap();
    id
}

/// As many parents as a listing can have, each of somebody else, who has no share of anything else here.
fn parents() -> Parents {
    let named = (0..MAX_PARENTS).map(|index| {
        let owner = rich("parent", index);
        Parent { listing: list(&owner), version: 0, royalty: 100_000 }
    });
    BoundedVec::truncate_from(named.collect())
}

/// Lets a provider serve a listing under a metered licence, as if it had bought one.
fn license(provider: &AccountId, listing: ListingId) {
    let id = souk_primitives::hash(&[b"licence", provider.as_ref()]);
    let licence = Licence {
        listing,
        version: 0,
        holder: provider.clone(),
        purpose: Purposes::ALL,
        terms_digest: [1; 32],
        grant: Grant::Metered { share: 100_000 },
        issued_at: 0,
        expires_at: None,
        transferable: false,
        seats: 1,
    };
    let stored = pallet_licensing::types::StoredLicence {
        licence,
        payer: provider.clone(),
        burnt: 0,
        sealed_key: None,
    };
    pallet_licensing::Licences::<Runtime>::insert(id, stored);
    pallet_licensing::LicencesAt::<Runtime>::insert(listing, id, ());
    pallet_licensing::Usable::<Runtime>::insert((provider, listing, id), ());
    pallet_licensing::Metered::<Runtime>::insert(provider, listing, id);
    Balances::set_balance(&Licensing::claim_account(), SOUK);
}

/// The `number`-th spec of a listing.
fn spec_of(listing: ListingId, number: u32) -> Spec {
    Spec {
        listing,
        version: 0,
        manifest_digest: [3; 32],
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: 2_048 + number,
        thresholds: Thresholds::F32,
    }
}

/// As many specs as a provider can serve. The first is calibrated and has so many verifiers.
fn make_specs(verifiers: u32) -> SpecId {
    let owner = rich("publisher", 0);
    let listing = list(&owner);
    for number in 0..MAX_SERVING {
        Compute::register_spec(signed(&owner), spec_of(listing, number)).unwrap();
    }
    let id = spec_of(listing, 0).id();
    Compute::accept_calibration(RuntimeOrigin::root(), id, SOUK).unwrap();
    for index in 0..verifiers {
        let stash = rich("verifier", index);
        make_validator(&stash);
        let bond = crate::parameters::bounded::MinVerifierBond::get();
        Compute::register_verifier(signed(&stash), id, bond).unwrap();
    }
    id
}

/// Makes a provider that serves all specs there are, each of them with a doubt that a conviction has to keep.
fn make_provider(index: u32, provider: &AccountId, receipt_key: Digest, prices: Prices) {
    Balances::set_balance(provider, WEALTH);
    fill_proxies(provider);
    let validator = rich("validator", index);
    make_validator(&validator);
    let endpoint = BoundedVec::truncate_from(b"https://benchmark".to_vec());
    let hardware = BoundedVec::truncate_from(vec![b'h'; 128]);
    let stash = validator.clone();
    let seal_key = [2; 32];
    Compute::register_provider(signed(provider), stash, endpoint, receipt_key, seal_key, hardware, BOND)
        .unwrap();
    Compute::accept_sidecar(signed(&validator), provider.clone()).unwrap();
    for spec in pallet_compute::Specs::<Runtime>::iter_keys() {
        Compute::serve(signed(provider), spec, prices.per_1k_input, prices.per_1k_output, 1).unwrap();
        Compute::mutate_record(provider, &spec, |record| record.doubt());
        let listing = Compute::spec(&spec).unwrap().listing;
        license(provider, listing);
    }
}

/// The calibrated spec. Makes the market where there is none yet.
fn market(verifiers: u32) -> SpecId {
    let known = pallet_compute::Specs::<Runtime>::iter().find(|(_, entry)| entry.calibration.is_some());
    known.map_or_else(|| make_specs(verifiers), |(id, _)| id)
}

impl pallet_listings::ports::BenchmarkHelper for Stage {
    fn set_clock(now: BlockNumber) {
        pallet_governance::LiveBlocks::<Runtime>::put(now);
    }
    fn paid(who: &AccountId, listing: ListingId, burnt: Balance) -> Subject {
        license(who, listing);
        let id = souk_primitives::hash(&[b"licence", who.as_ref()]);
        pallet_licensing::Licences::<Runtime>::mutate_extant(id, |stored| stored.burnt = burnt);
        Subject::Licence(id)
    }
}

impl pallet_licensing::ports::BenchmarkHelper for Stage {
    fn sell(seller: &AccountId, root: Digest, size: u64, offer: Offer) -> (ListingId, OfferId) {
        Balances::set_balance(seller, WEALTH);
        let parents = parents();
        let id = pallet_listings::NextListing::<Runtime>::get();
        let name = BoundedVec::truncate_from(vec![b'n'; 64]);
        let card = pallet_listings::types::Card { uri: Default::default(), digest: [1; 32] };
        let (kind, chunks) = match souk_primitives::content::chunks_of(size) {
            Some(chunks) => (ListingKind::Model, chunks),
            None => (ListingKind::Service, 0),
        };
        Listings::register(signed(seller), kind, name, Default::default(), Default::default(), card).unwrap();
        Listings::set_parents(signed(seller), id, parents).unwrap();
        Listings::publish_version(signed(seller), id, root, size, chunks, [3; 32]).unwrap();
        let last = pallet_listings::types::MAX_OFFERS - 1;
        for price in 0..last {
            let other = Offer { price: price.into(), ..offer.clone() };
            Listings::add_offer(signed(seller), id, other).unwrap();
        }
        Listings::add_offer(signed(seller), id, offer).unwrap();
        (id, last)
    }
    fn set_clock(now: BlockNumber) {
        pallet_governance::LiveBlocks::<Runtime>::put(now);
    }
}

impl pallet_compute::ports::BenchmarkHelper<RuntimeOrigin> for Stage {
    fn listing(owner: &AccountId) -> ListingId {
        list(owner)
    }
    fn make_validator(who: &AccountId) {
        make_validator(who);
    }
    fn calibrator() -> RuntimeOrigin {
        RuntimeOrigin::root()
    }
    fn set_clock(now: BlockNumber) {
        pallet_governance::LiveBlocks::<Runtime>::put(now);
    }
}

impl pallet_channels::ports::BenchmarkHelper for Stage {
    fn serve(provider: &AccountId, receipt_key: Digest, prices: Prices, verifiers: u32) -> SpecId {
        let spec = market(verifiers);
        make_provider(0, provider, receipt_key, prices);
        spec
    }
    fn set_clock(now: BlockNumber) {
        pallet_governance::LiveBlocks::<Runtime>::put(now);
    }
    fn set_vrf(vrf: Digest) {
        pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some(vrf));
    }
}

/// A voucher for all of a channel's deposit, settled. Returns the batch, as the channels know it.
fn settle(provider: &AccountId, channel: ChannelId, key: &Public) -> Batch {
    let value = pallet_channels::Channels::<Runtime>::get(channel).unwrap().deposit;
    let genesis = crate::System::block_hash(0).0;
    let voucher = Voucher { genesis, channel, cumulative: value, calls: 1, receipts_root: [7; 32] };
    let signature = sp_io::crypto::sr25519_sign(SR25519, key, &voucher.signing_payload()).unwrap();
    Channels::settle(signed(provider), channel, voucher, signature).unwrap();
    Channels::batch(&batch_id(&channel, value, 0)).unwrap()
}

impl pallet_attestation::BenchmarkHelper for Stage {
    fn batch(index: u32, seats: u32) -> (Batch, Vec<AccountId>) {
        let provider: AccountId = account("provider", index, 0);
        let key = sp_io::crypto::sr25519_generate(SR25519, Some(b"//Voucher".to_vec()));
        let prices = Prices { per_1k_input: SOUK, per_1k_output: SOUK };
        let spec = market(MAX_SEATS);
        make_provider(index, &provider, [1; 32], prices);
        let consumer = rich("consumer", index);
        let channel = pallet_channels::benchmarking::open::<Runtime>(&consumer, &provider, spec, key.0);
        let batch = settle(&provider, channel, &key);
        // The caller commits it.
        pallet_attestation::Batches::<Runtime>::remove(batch.id);
        pallet_channels::benchmarking::fill_queue::<Runtime>(&provider, spec, index, WAITING);
        let stashes: Vec<AccountId> = (0..MAX_SEATS).map(|seat| account("verifier", seat, 0)).collect();
        for stash in &stashes {
            pallet_attestation::Keys::<Runtime>::insert(stash, [5; 32]);
        }
        (batch, stashes.into_iter().take(seats as usize).collect())
    }
}

impl pallet_rewards::ports::BenchmarkHelper<RuntimeOrigin> for Stage {
    fn serve(provider: &AccountId, prices: Prices, capacity: u32) -> SpecId {
        let spec = market(MAX_SEATS);
        make_provider(0, provider, [1; 32], prices);
        let Prices { per_1k_input, per_1k_output } = prices;
        Compute::serve(signed(provider), spec, per_1k_input, per_1k_output, capacity).unwrap();
        // Its exams are paid out of these.
        for account in [Attestation::pot_account(), pallet_rewards::Pallet::<Runtime>::account()] {
            Balances::set_balance(&account, WEALTH);
        }
        spec
    }
    fn referee() -> RuntimeOrigin {
        RuntimeOrigin::root()
    }
    fn set_clock(now: BlockNumber) {
        pallet_governance::LiveBlocks::<Runtime>::put(now);
    }
    fn set_vrf(vrf: Digest) {
        pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some(vrf));
    }
}
