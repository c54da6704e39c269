//! Benchmarks of every call and of the idle steps, at their dearest: four parents with owners of their own, a referrer,
//! the largest chunk of the largest content, all seats taken.

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
    types::{Offered, Task},
};
use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::{account, v2::*, whitelist_account};
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
        Get,
    },
    weights::WeightMeter,
    BoundedVec,
};
use frame_system::RawOrigin;
use souk_primitives::{
    complaint::Complaint,
    content::{self, CHUNK, MAX_PATH, MAX_SIZE},
    exchange::{ContentKey, Secret},
    licence::{Grant, Offer, Purposes, Terms, MAX_SEATS},
    sumtree::{Leaf, Node},
    AccountId, BlockNumber, Digest, LicenceId, ListingId, PurchaseId, SOUK,
};

const SECRET: [u8; 32] = [3; 32];

/// A tree of 2^26 leaves whose first is `leaf`, by its siblings alone: root and path.
fn tall_tree(leaf: Leaf, length: u128) -> (Digest, Vec<Node>) {
    let (mut node, mut path) = (leaf.node(), Vec::new());
    for level in 0..MAX_PATH {
        let sibling = Node { hash: [level as u8; 32], sum: length << level };
        node = Node::parent(&node, &sibling).unwrap();
        path.push(sibling);
    }
    (node.hash, path)
}

fn offer(grant: Grant) -> Offer {
    Offer {
        grant,
        price: 100 * SOUK,
        purposes: Purposes::ALL,
        seats: if matches!(grant, Grant::Metered { .. }) { 1 } else { MAX_SEATS },
        transferable: !matches!(grant, Grant::Metered { .. }),
        deliver_within: 1_000,
        referral: 50_000,
        terms: Terms { uri: BoundedVec::truncate_from(vec![b'u'; 256]), digest: [1; 32] },
    }
}

/// Somebody with money.
fn rich<T: Config>(name: &'static str, index: u32) -> AccountId {
    let who: AccountId = account(name, index, 0);
    T::Currency::set_balance(&who, T::Currency::minimum_balance() * 1_000 + 1_000_000 * SOUK);
    who
}

/// A purchase with all that both sides know.
struct Scene {
    buyer: AccountId,
    seller: AccountId,
    listing: ListingId,
    offer: Offer,
    number: u32,
    chunk: Vec<u8>,
    plain_path: Vec<Node>,
    root: Digest,
    key: ContentKey,
}

impl Scene {
    fn new<T: Config>(grant: Grant) -> Self {
        T::Currency::set_balance(&T::Treasury::get(), T::Currency::minimum_balance());
        T::Currency::set_balance(&Pallet::<T>::claim_account(), T::Currency::minimum_balance());
        let (buyer, seller) = (rich::<T>("buyer", 0), rich::<T>("seller", 0));
        let chunk = vec![7; CHUNK as usize];
        let (root, plain_path) = tall_tree(content::leaf(&chunk), CHUNK.into());
        let offer = offer(grant);
        let (listing, number) = T::BenchmarkHelper::sell(&seller, root, MAX_SIZE, offer.clone());
        let key = ContentKey::new([4; 32]);
        Scene { buyer, seller, listing, offer, number, chunk, plain_path, root, key }
    }

    fn order<T: Config>(&self, secret: [u8; 32]) -> PurchaseId {
        let count = PurchaseCount::<T>::get();
        Pallet::<T>::purchase(
            RawOrigin::Signed(self.buyer.clone()).into(),
            self.listing,
            self.number,
            self.offer.digest(),
            0,
            self.root,
            Purposes::ALL,
            self.offer.terms.digest,
            Secret::new(secret).public_key(),
            Some(rich::<T>("referrer", 0)),
        )
        .unwrap();
        let parent = frame_system::Pallet::<T>::parent_hash().0;
        souk_primitives::exchange::purchase_id(&parent, &self.buyer, count)
    }

    /// The first chunk as it is served, its path, and what the copy is named by.
    fn copy<T: Config>(&self, id: &PurchaseId) -> (Vec<u8>, Vec<Node>, Offered) {
        let mut chunk = self.chunk.clone();
        // Other bytes than were listed: the complaint is upheld after the dearest check.
        chunk[0] ^= 1;
        let cipher = self.key.cipher(&Pallet::<T>::genesis(), id, &self.root);
        cipher.encrypt(0, &mut chunk).unwrap();
        let (ciphertext_root, path) = tall_tree(content::leaf(&chunk), u128::from(CHUNK + content::TAG));
        (chunk, path, Offered { ciphertext_root, key_commitment: self.key.commitment(id) })
    }

    fn offered<T: Config>(&self) -> (PurchaseId, Offered) {
        let id = self.order::<T>(SECRET);
        let (.., copy) = self.copy::<T>(&id);
        Pallet::<T>::offer_copy(
            RawOrigin::Signed(self.seller.clone()).into(),
            id,
            copy.ciphertext_root,
            copy.key_commitment,
        )
        .unwrap();
        (id, copy)
    }

    fn accepted<T: Config>(&self) -> PurchaseId {
        let (id, copy) = self.offered::<T>();
        Pallet::<T>::accept_copy(
            RawOrigin::Signed(self.buyer.clone()).into(),
            id,
            copy.ciphertext_root,
            copy.key_commitment,
        )
        .unwrap();
        id
    }

    fn sealed(&self, id: &PurchaseId) -> souk_primitives::exchange::SealedKey {
        let buyer_key = Secret::new(SECRET).public_key();
        self.key.seal(id, &buyer_key, &Secret::new([5; 32])).unwrap()
    }

    fn revealed<T: Config>(&self) -> PurchaseId {
        let id = self.accepted::<T>();
        let seller = RawOrigin::Signed(self.seller.clone());
        Pallet::<T>::reveal_key(seller.into(), id, self.sealed(&id)).unwrap();
        id
    }

    fn licence<T: Config>(&self) -> LicenceId {
        let id = self.revealed::<T>();
        Pallet::<T>::settle(RawOrigin::Signed(self.buyer.clone()).into(), id).unwrap();
        id
    }

    fn fill_seats<T: Config>(&self, id: LicenceId, free: u32) {
        for index in 0..MAX_SEATS - 1 - free {
            let holder = RawOrigin::Signed(self.buyer.clone());
            Pallet::<T>::assign_seat(holder.into(), id, account("user", index, 0)).unwrap();
        }
    }
}

fn deadline<T: Config>(id: &PurchaseId) -> BlockNumber {
    Purchases::<T>::get(id).unwrap().stage.deadline().unwrap()
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A service: ordered, paid and licensed in one.
    #[benchmark]
    fn purchase() {
        let (buyer, seller) = (rich::<T>("buyer", 0), rich::<T>("seller", 0));
        T::Currency::set_balance(&T::Treasury::get(), T::Currency::minimum_balance());
        let offer = offer(Grant::Lease { period: 10 });
        let (listing, number) = T::BenchmarkHelper::sell(&seller, [0; 32], 0, offer.clone());
        let referrer = rich::<T>("referrer", 0);
        #[extrinsic_call]
        _(
            RawOrigin::Signed(buyer),
            listing,
            number,
            offer.digest(),
            0,
            [0; 32],
            Purposes::ALL,
            offer.terms.digest,
            [9; 32],
            Some(referrer),
        );
        assert_eq!(Licences::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn offer_copy() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.order::<T>(SECRET);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.seller), id, [1; 32], [2; 32]);
        assert!(Purchases::<T>::get(id).unwrap().bond > 0);
    }

    #[benchmark]
    fn accept_copy() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let (id, copy) = scene.offered::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, copy.ciphertext_root, copy.key_commitment);
    }

    #[benchmark]
    fn reveal_key() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.accepted::<T>();
        let sealed = scene.sealed(&id);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.seller), id, sealed);
        assert!(Purchases::<T>::get(id).unwrap().sealed_key.is_some());
    }

    #[benchmark]
    fn settle() {
        let scene = Scene::new::<T>(Grant::Lease { period: 10 });
        let id = scene.revealed::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id);
        assert!(Licences::<T>::contains_key(id));
    }

    /// The dearest judgement. What a disproved one pays is less than what is checked before it, but for the licence: see
    /// `settle`.
    #[benchmark]
    fn complain() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.revealed::<T>();
        let (chunk, path, _) = scene.copy::<T>(&id);
        let complaint = Complaint::BadChunk {
            secret: SECRET,
            index: 0,
            ciphertext: BoundedVec::truncate_from(chunk),
            ciphertext_proof: BoundedVec::truncate_from(path),
            plaintext_digest: content::leaf(&scene.chunk).digest,
            plaintext_proof: BoundedVec::truncate_from(scene.plain_path.clone()),
        };
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, Box::new(complaint));
        assert_eq!(Purchases::<T>::get(id).unwrap().fault, Some(souk_primitives::complaint::Fault::Bytes));
    }

    #[benchmark]
    fn cancel() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.order::<T>(SECRET);
        Purchases::<T>::mutate_extant(id, |stored| stored.cancel_from = 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id);
        assert!(Purchases::<T>::get(id).unwrap().stage.is_ended());
    }

    #[benchmark]
    fn reject_copy() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let (id, _) = scene.offered::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id);
        assert!(Purchases::<T>::get(id).unwrap().stage.is_ended());
    }

    #[benchmark]
    fn expire() {
        let scene = Scene::new::<T>(Grant::Lease { period: 10 });
        let id = scene.revealed::<T>();
        T::BenchmarkHelper::set_clock(deadline::<T>(&id) + 1);
        let anyone: AccountId = account("anyone", 0, 0);
        whitelist_account!(anyone);
        #[extrinsic_call]
        _(RawOrigin::Signed(anyone), id);
        assert!(Licences::<T>::contains_key(id));
    }

    #[benchmark]
    fn renew() {
        let scene = Scene::new::<T>(Grant::Lease { period: 10 });
        let id = scene.licence::<T>();
        let last = Licences::<T>::get(id).unwrap().licence.expires_at.unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, scene.offer.price, scene.offer.digest());
        assert_eq!(Licences::<T>::get(id).unwrap().licence.expires_at, Some(last + 10));
    }

    #[benchmark]
    fn transfer() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.licence::<T>();
        scene.fill_seats::<T>(id, 0);
        let heir: AccountId = account("heir", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, heir.clone());
        assert_eq!(Licences::<T>::get(id).unwrap().licence.holder, heir);
    }

    #[benchmark]
    fn assign_seat() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.licence::<T>();
        scene.fill_seats::<T>(id, 1);
        let user: AccountId = account("last", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, user.clone());
        assert!(Seats::<T>::get(id).contains(&user));
    }

    #[benchmark]
    fn free_seat() {
        let scene = Scene::new::<T>(Grant::Perpetual);
        let id = scene.licence::<T>();
        scene.fill_seats::<T>(id, 0);
        let user = Seats::<T>::get(id).last().cloned().unwrap();
        #[extrinsic_call]
        _(RawOrigin::Signed(scene.buyer), id, user.clone());
        assert!(!Seats::<T>::get(id).contains(&user));
    }

    #[benchmark]
    fn set_store() {
        let seller = rich::<T>("seller", 0);
        whitelist_account!(seller);
        let mut url = b"https://".to_vec();
        url.resize(256, b'a');
        let endpoint = BoundedVec::truncate_from(url);
        #[extrinsic_call]
        _(RawOrigin::Signed(seller.clone()), Some(endpoint));
        assert!(Stores::<T>::contains_key(seller));
    }

    #[benchmark]
    fn claim() {
        let (source, owner) = (rich::<T>("source", 0), rich::<T>("owner", 0));
        let claims = Pallet::<T>::claim_account();
        T::Currency::set_balance(&claims, T::Currency::minimum_balance());
        T::Currency::transfer(&source, &claims, SOUK, Preservation::Preserve).unwrap();
        Claims::<T>::insert(&owner, SOUK);
        let anyone: AccountId = account("anyone", 0, 0);
        whitelist_account!(anyone);
        #[extrinsic_call]
        _(RawOrigin::Signed(anyone), owner.clone());
        assert!(!Claims::<T>::contains_key(owner));
    }

    #[benchmark]
    fn pay_out() {
        let scene = Scene::new::<T>(Grant::Metered { share: 1 });
        let id = scene.licence::<T>();
        let claims = Pallet::<T>::claim_account();
        T::Currency::transfer(&scene.seller, &claims, SOUK, Preservation::Preserve).unwrap();
        Pallet::<T>::metered_paid(&scene.buyer, scene.listing, SOUK);
        let anyone: AccountId = account("anyone", 0, 0);
        whitelist_account!(anyone);
        #[extrinsic_call]
        _(RawOrigin::Signed(anyone), id);
        assert!(!Pots::<T>::contains_key(id));
    }

    /// A look at a block of the agenda that has nothing.
    #[benchmark]
    fn idle_look() {
        T::BenchmarkHelper::set_clock(1);
        AgendaCursor::<T>::put(0);
        #[block]
        {
            let mut meter = WeightMeter::new();
            Pallet::<T>::keep_house(&mut meter);
        }
        assert_eq!(AgendaCursor::<T>::get(), 1);
    }

    /// The dearest task: a purchase that is paid because its buyer said nothing.
    #[benchmark]
    fn idle_task() {
        let scene = Scene::new::<T>(Grant::Lease { period: 10 });
        let id = scene.revealed::<T>();
        let by = deadline::<T>(&id);
        T::BenchmarkHelper::set_clock(by + 1);
        #[block]
        {
            assert!(Pallet::<T>::do_task(by, Task::Deadline(id)));
        }
        assert!(Licences::<T>::contains_key(id));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
