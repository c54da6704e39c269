//! Content on sale in the real configuration: a model of Ferdie's that derives from Publisher's, with copies that are
//! really encrypted. Everything goes through the transaction extensions.

use super::{harness::*, market::*};
use crate::{
    constants::currency::SOUK, AccountId, Balance, Balances, Licensing, Runtime, RuntimeCall, RuntimeEvent,
};
use frame_support::{assert_ok, BoundedVec};
use pallet_licensing::types::Amounts;
use souk_primitives::{
    close::CloseReason,
    content::{Builder, Content, CHUNK},
    copy::WholeCopy,
    exchange::{ContentKey, Secret},
    hash,
    licence::{Grant, Offer, Purposes, Terms},
    lineage::Parent,
    views::ListingKind,
    Digest, ListingId, PurchaseId,
};
use sp_runtime::DispatchResult;

/// Ferdie's listing.
pub const TUNED: ListingId = 1;
pub const PRICE: Balance = 100 * SOUK;
/// Royalty of the parent, in millionths.
pub const ROYALTY: u32 = 100_000;
pub const TERMS: Digest = [5; 32];

pub fn content() -> Vec<u8> {
    (0..65_636u32).map(|i| (i % 253) as u8).collect()
}

/// The content as it is listed.
pub fn listed() -> Content {
    let mut builder = Builder::default();
    for chunk in content().chunks(CHUNK as usize) {
        builder.push(chunk).unwrap();
    }
    builder.finish().unwrap()
}

/// A copy of the content for a purchase, as the seller makes it.
pub fn copy(id: PurchaseId) -> WholeCopy {
    WholeCopy::make(&genesis_hash(), id, ContentKey::new(hash(&[b"key", &id])), &content()).unwrap()
}

/// The same with one flipped bit.
pub fn bad_copy(id: PurchaseId) -> WholeCopy {
    let key = ContentKey::new(hash(&[b"key", &id]));
    let flip = |index, chunk: &mut Vec<u8>| {
        if index == 1 {
            chunk[3] ^= 1
        }
    };
    WholeCopy::make_with(&genesis_hash(), id, key, &content(), flip, |_, _| ()).unwrap()
}

pub fn offer(grant: Grant) -> Offer {
    let metered = matches!(grant, Grant::Metered { .. });
    Offer {
        grant,
        price: PRICE,
        purposes: Purposes::RESEARCH.and(Purposes::INFERENCE),
        seats: if metered { 1 } else { 2 },
        transferable: !metered,
        deliver_within: 1_000,
        referral: 50_000,
        terms: Terms { uri: Default::default(), digest: TERMS },
    }
}

/// The offers of Ferdie's listing, by their numbers.
pub fn offers() -> [Offer; 3] {
    [Grant::Perpetual, Grant::Lease { period: 30 }, Grant::Metered { share: 200_000 }].map(offer)
}

/// Publisher's model as in [`open_market`], and Ferdie's that derives from it, with its offers.
pub fn open_shop() {
    open_market();
    open_block();
    let card = Default::default();
    let name = BoundedVec::truncate_from(b"tuned".to_vec());
    let (summary, tags, kind) = (Default::default(), Default::default(), ListingKind::Model);
    assert_ok!(submit("Ferdie", pallet_listings::Call::register { kind, name, summary, tags, card }));
    let parents = vec![Parent { listing: 0, version: 0, royalty: ROYALTY }].try_into().unwrap();
    assert_ok!(submit("Ferdie", pallet_listings::Call::set_parents { listing: TUNED, parents }));
    let content = listed();
    let version = pallet_listings::Call::publish_version {
        listing: TUNED,
        content_root: content.root(),
        size: content.size(),
        chunks: content.chunks(),
        manifest: [4; 32],
    };
    assert_ok!(submit("Ferdie", version));
    for offer in offers() {
        assert_ok!(submit("Ferdie", pallet_listings::Call::add_offer { listing: TUNED, offer }));
    }
    close_block();
}

/// Runs a test in a shop and looks at all books after it.
pub fn with_shop(test: impl FnOnce()) {
    local().execute_with(|| {
        open_shop();
        test();
        super::books::check();
    });
}

/// The buyer's secret for its purchase by an offer.
pub fn secret(buyer: &str, offer: u32) -> [u8; 32] {
    hash(&[buyer.as_bytes(), &offer.to_le_bytes()])
}

/// The order of the content by one of the offers.
pub fn order(buyer: &str, offer: u32) -> pallet_licensing::Call<Runtime> {
    pallet_licensing::Call::purchase {
        listing: TUNED,
        offer,
        offer_digest: offers()[offer as usize].digest(),
        version: 0,
        content_root: listed().root(),
        purpose: Purposes::INFERENCE,
        terms_digest: TERMS,
        buyer_key: Secret::new(secret(buyer, offer)).public_key(),
        referrer: None,
    }
}

/// Orders in a block of its own.
pub fn ordered(buyer: &str, offer: u32) -> PurchaseId {
    in_block(buyer, order(buyer, offer)).unwrap();
    let of = pallet_licensing::PurchasesOf::<Runtime>::iter_key_prefix(account(buyer));
    of.into_iter().find(|id| !Licensing::purchase_view(id).unwrap().stage.is_ended()).unwrap()
}

/// Puts a call into a block of its own.
pub fn in_block(who: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
    open_block();
    let result = submit(who, call);
    close_block();
    result
}

pub fn offer_copy(copy: &WholeCopy) -> pallet_licensing::Call<Runtime> {
    pallet_licensing::Call::offer_copy {
        purchase: copy.purchase,
        ciphertext_root: copy.ciphertext_root(),
        key_commitment: copy.commitment(),
    }
}

pub fn accept_copy(copy: &WholeCopy) -> pallet_licensing::Call<Runtime> {
    pallet_licensing::Call::accept_copy {
        purchase: copy.purchase,
        ciphertext_root: copy.ciphertext_root(),
        key_commitment: copy.commitment(),
    }
}

pub fn reveal_key(copy: &WholeCopy) -> pallet_licensing::Call<Runtime> {
    let buyer_key = Licensing::purchase_view(&copy.purchase).unwrap().buyer_key;
    let ephemeral = Secret::new(hash(&[b"ephemeral", &copy.purchase]));
    let sealed_key = copy.seal(&buyer_key, &ephemeral).unwrap();
    pallet_licensing::Call::reveal_key { purchase: copy.purchase, sealed_key }
}

/// Goes on until the key is known, a block a step.
pub fn deliver(buyer: &str, copy: &WholeCopy) {
    assert_ok!(in_block("Ferdie", offer_copy(copy)));
    assert_ok!(in_block(buyer, accept_copy(copy)));
    assert_ok!(in_block("Ferdie", reveal_key(copy)));
}

/// A purchase that went well.
pub fn bought(buyer: &str, offer: u32) -> PurchaseId {
    let purchase = ordered(buyer, offer);
    deliver(buyer, &copy(purchase));
    assert_ok!(in_block(buyer, pallet_licensing::Call::settle { purchase }));
    purchase
}

/// How the last purchase of the current block ended.
pub fn ended() -> Option<(CloseReason, Amounts)> {
    last_event(|event| match event {
        RuntimeEvent::Licensing(pallet_licensing::Event::PurchaseEnded { reason, amounts, .. }) => {
            Some((reason, amounts))
        }
        _ => None,
    })
}

/// Everything that an account has, on hold or not.
pub fn wealth(name: &str) -> Balance {
    use frame_support::traits::fungible::Inspect;
    let who: AccountId = account(name);
    Balances::total_balance(&who)
}
