//! Sales in the real configuration: both sides honest, each of them not, and what follows from a licence.

use super::{harness::*, market::*, shop::*};
use crate::{
    constants::currency::SOUK, Balances, Channels, Licensing, Listings, Runtime, RuntimeCall, RuntimeOrigin,
    SafeMode,
};
use frame_support::{assert_ok, traits::Get};
use pallet_licensing::{types::Amounts, Call};
use pallet_listings::types::Subject;
use souk_primitives::{
    close::CloseReason,
    complaint::{Complaint, Fault},
    licence::Purposes,
    views::{ListingStatus, RatingView},
    Balance, PurchaseId,
};

/// Fees are below this in all tests here.
const FEES: Balance = SOUK;

#[track_caller]
fn near(got: Balance, expected: Balance) {
    assert!(got <= expected && got + FEES > expected, "{got}, not {expected} less fees");
}

fn complain(purchase: PurchaseId, complaint: Complaint) -> sp_runtime::DispatchResult {
    in_block("Consumer", Call::complain { purchase, complaint: Box::new(complaint) })
}

#[test]
fn a_sale_should_pay_everyone_it_owes() {
    with_shop(|| {
        let start = ["Consumer", "Ferdie", "Publisher"].map(wealth);
        let purchase = ordered("Consumer", 0);
        deliver("Consumer", &copy(purchase));
        let royalty = 99 * SOUK / 10;
        open_block();
        assert_ok!(submit("Consumer", Call::settle { purchase }));
        let amounts = Amounts {
            refunded: 5 * SOUK,
            bond_returned: 20 * SOUK,
            paid: 99 * SOUK - royalty,
            royalties: royalty,
            treasury: SOUK / 2,
            burnt: SOUK / 2,
            ..Amounts::default()
        };
        assert_eq!(ended(), Some((CloseReason::Delivered, amounts)));
        close_block();
        let end = ["Consumer", "Ferdie", "Publisher"].map(wealth);
        near(end[0], start[0] - PRICE);
        near(end[1], start[1] + 99 * SOUK - royalty);
        assert_eq!(end[2], start[2] + royalty);
        let who = account("Consumer");
        assert!(Licensing::is_licensed(&who, TUNED, Purposes::INFERENCE));
        assert!(!Licensing::is_licensed(&who, TUNED, Purposes::RESEARCH));
        let licence = Licensing::licence_view(&purchase).unwrap();
        assert_eq!((licence.purpose, licence.terms_digest), (Purposes::INFERENCE, TERMS));
    });
}

#[test]
fn a_flipped_bit_should_cost_the_seller_its_bond_and_the_buyer_no_fee() {
    with_shop(|| {
        let purchase = ordered("Consumer", 0);
        let cheat = bad_copy(purchase);
        deliver("Consumer", &cheat);
        let start = [wealth("Consumer"), wealth("Ferdie"), Balances::total_issuance()];
        let complaint = cheat.bad_chunk(secret("Consumer", 0), 1).unwrap();
        assert_ok!(complain(purchase, complaint));
        assert_eq!(wealth("Consumer"), start[0] + 20 * SOUK);
        assert_eq!(wealth("Ferdie"), start[1] - 20 * SOUK);
        assert_eq!(Balances::total_issuance(), start[2]);
        assert_eq!(Licensing::purchase_view(&purchase).unwrap().fault, Some(Fault::Bytes));
        assert!(!Licensing::has_licences(TUNED));
    });
}

#[test]
fn a_false_complaint_should_pay_the_seller() {
    with_shop(|| {
        let purchase = ordered("Consumer", 0);
        let honest = copy(purchase);
        deliver("Consumer", &honest);
        let start = [wealth("Consumer"), wealth("Ferdie")];
        assert_ok!(complain(purchase, honest.bad_chunk(secret("Consumer", 0), 1).unwrap()));
        near(wealth("Consumer"), start[0] - PRICE - 5 * SOUK);
        assert_eq!(wealth("Ferdie"), start[1] + 99 * SOUK * 9 / 10 + 5 * SOUK);
        // It paid its fee: nothing was proven.
        assert!(wealth("Consumer") < start[0] - PRICE - 5 * SOUK);
    });
}

#[test]
fn the_seller_bond_should_carry_the_dearest_complaint() {
    with_shop(|| {
        let fee = <Runtime as pallet_licensing::Config>::ComplaintFee::get();
        // As the fees module promises: a fraction of a cent of SOUK, even at 67 KB.
        assert!(fee > SOUK / 1_000 && fee < SOUK / 100, "{fee}");
        let purchase = ordered("Consumer", 0);
        deliver("Consumer", &copy(purchase));
        let complaint = copy(purchase).bad_chunk(secret("Consumer", 0), 0).unwrap();
        let before = wealth("Consumer");
        assert_ok!(complain(purchase, complaint));
        let paid = before - wealth("Consumer") - PRICE - 5 * SOUK;
        assert!(paid <= fee, "{paid} of {fee}");
    });
}

#[test]
fn missed_deadlines_should_end_by_themselves() {
    with_shop(|| {
        let start = [wealth("Consumer"), wealth("Ferdie"), wealth("Eve")];
        // Ordered, and no copy; offered, and not accepted; accepted, and no key; a key, and no word.
        let none = ordered("Consumer", 0);
        let offered = copy(ordered("Eve", 0));
        assert_ok!(in_block("Ferdie", offer_copy(&offered)));
        let accepted = copy(ordered("Dave", 0));
        assert_ok!(in_block("Ferdie", offer_copy(&accepted)));
        assert_ok!(in_block("Dave", accept_copy(&accepted)));
        let silent = copy(ordered("Charlie", 0));
        deliver("Charlie", &silent);
        blocks(60);
        let reason = |id| match Licensing::purchase_view(&id).unwrap().stage {
            souk_primitives::purchase::Stage::Ended { reason, .. } => reason,
            open => panic!("{open:?}"),
        };
        assert_eq!(reason(none), CloseReason::NotDelivered);
        assert_eq!(reason(offered.purchase), CloseReason::NotAccepted);
        assert_eq!(reason(accepted.purchase), CloseReason::NotRevealed);
        assert_eq!(reason(silent.purchase), CloseReason::Delivered);
        near(wealth("Consumer"), start[0]);
        near(wealth("Eve"), start[2] - SOUK);
        let paid = 99 * SOUK * 9 / 10;
        near(wealth("Ferdie"), start[1] - SOUK - 20 * SOUK + paid);
    });
}

#[test]
fn safe_mode_should_let_what_is_open_end_and_nothing_begin() {
    with_shop(|| {
        let purchase = ordered("Consumer", 0);
        let copy = copy(purchase);
        assert_ok!(in_block("Ferdie", offer_copy(&copy)));
        assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
        let before = live();
        blocks(3);
        assert_eq!(live(), before, "deadlines stand still");
        let filtered = frame_system::Error::<Runtime>::CallFiltered.into();
        assert_eq!(in_block("Eve", order("Eve", 0)), Err(filtered));
        assert_ok!(in_block("Consumer", accept_copy(&copy)));
        assert_ok!(in_block("Ferdie", reveal_key(&copy)));
        assert_ok!(in_block("Consumer", Call::settle { purchase }));
        assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
    });
}

#[test]
fn a_lease_should_end_and_be_renewed() {
    with_shop(|| {
        let licence = bought("Consumer", 1);
        let may = || Licensing::is_licensed(&account("Consumer"), TUNED, Purposes::INFERENCE);
        assert!(may());
        blocks(31);
        assert!(!may());
        let offer_digest = offers()[1].digest();
        assert_ok!(in_block("Consumer", Call::renew { licence, max_price: PRICE, offer_digest }));
        assert!(may());
    });
}

#[test]
fn what_was_sold_should_outlive_the_listing() {
    with_shop(|| {
        let open = ordered("Eve", 0);
        let licence = bought("Consumer", 0);
        let retire = || in_block("Ferdie", pallet_listings::Call::retire { listing: TUNED });
        let remove = || in_block("Ferdie", pallet_listings::Call::remove { listing: TUNED });
        assert_eq!(retire(), Err(pallet_listings::Error::<Runtime>::OpenPurchases.into()));
        blocks(20);
        assert_ok!(in_block("Eve", Call::cancel { purchase: open }));
        assert_eq!(remove(), Err(pallet_listings::Error::<Runtime>::InUse.into()));
        assert_ok!(retire());
        assert_eq!(Listings::status(TUNED), Some(ListingStatus::Retired));
        assert!(Licensing::is_licensed(&account("Consumer"), TUNED, Purposes::INFERENCE));
        assert_eq!(
            in_block("Eve", order("Eve", 1)),
            Err(pallet_licensing::Error::<Runtime>::NotForSale.into())
        );
        // The parent is kept by its child, even by a tombstone.
        let parent = in_block("Publisher", pallet_listings::Call::remove { listing: 0 });
        assert_eq!(parent, Err(pallet_listings::Error::<Runtime>::InUse.into()));
        assert!(Licensing::licence_view(&licence).is_some());
    });
}

fn review(who: &str, listing: u64, subject: Subject) -> sp_runtime::DispatchResult {
    in_block(who, pallet_listings::Call::review { listing, subject, stars: 4, digest: [1; 32] })
}

#[test]
fn who_paid_for_a_licence_should_review_it_once() {
    with_shop(|| {
        let licence = bought("Consumer", 0);
        let subject = Subject::Licence(licence);
        let refused = |error: pallet_listings::Error<Runtime>| Err(error.into());
        assert_eq!(review("Eve", TUNED, subject), refused(pallet_listings::Error::NotAPayer));
        assert_eq!(review("Consumer", 0, subject), refused(pallet_listings::Error::NotAPayer));
        assert_eq!(review("Ferdie", TUNED, subject), refused(pallet_listings::Error::OwnListing));
        assert_ok!(review("Consumer", TUNED, subject));
        assert_eq!(review("Consumer", TUNED, subject), refused(pallet_listings::Error::AlreadyReviewed));
        let rating = RatingView { reviews: 1, payers: 1, average_milli: Some(4_000) };
        assert_eq!(Listings::view(TUNED).unwrap().rating, rating);
    });
}

#[test]
fn who_paid_for_calls_should_review_the_model_once_the_channel_is_done() {
    local().execute_with(|| {
        open_market();
        open_block();
        assert_ok!(provide("Provider", "Alice"));
        close_block();
        let (line, batch) = settled_batch("Provider", 1_000, 0);
        let subject = Subject::Channel(line.id);
        let early = review("Consumer", 0, subject);
        assert_eq!(early, Err(pallet_listings::Error::<Runtime>::NotAPayer.into()));
        convict_or_clear(&batch, valid());
        assert_ok!(in_block(
            "Provider",
            pallet_channels::Call::close_by_provider { channel: line.id, last: None }
        ));
        let other = review("Eve", 0, subject);
        assert_eq!(other, Err(pallet_listings::Error::<Runtime>::NotAPayer.into()));
        assert_ok!(review("Consumer", 0, subject));
        let (_, burnt) = Channels::burnt(&account("Consumer"), &line.id).unwrap();
        assert_eq!(Listings::review_views(0, 0, 1)[0].weight, burnt.min(SOUK / 100));
        super::books::check();
    });
}

#[test]
fn a_metered_licence_should_pay_publisher_and_parents_of_each_batch() {
    with_shop(|| {
        // Publisher's model is served under a licence of Ferdie's kind: the spec is Publisher's, so it sells the licence.
        open_block();
        let metered = souk_primitives::licence::Offer { price: 0, ..offers()[2].clone() };
        let add = pallet_listings::Call::add_offer { listing: 0, offer: metered.clone() };
        assert_ok!(submit("Publisher", add));
        assert_ok!(provide("Provider", "Alice"));
        close_block();
        // The demo's root is of no bytes: the licence is put there as if its purchase had gone well.
        give_metered("Provider", 0, 200_000);
        let before = wealth("Publisher");
        let (line, batch) = settled_batch("Provider", 1_000, 0);
        convict_or_clear(&batch, valid());
        assert_eq!(end_of(&batch), Some(CloseReason::Valid));
        let due = line.cumulative() / 5;
        let pot = pallet_licensing::Pots::<Runtime>::iter_values().next().unwrap().0;
        assert_eq!(pot, due);
        super::books::check();
        blocks(25);
        assert_eq!(wealth("Publisher"), before + due);
        assert_eq!(pallet_licensing::Pots::<Runtime>::iter().count(), 0);
    });
}

/// Gives an account a metered licence, as a settled purchase would.
fn give_metered(who: &str, listing: u64, share: u32) {
    use pallet_licensing::types::StoredLicence;
    use souk_primitives::licence::{Grant, Licence};
    let (id, holder) = ([9; 32], account(who));
    let licence = Licence {
        listing,
        version: 0,
        holder: holder.clone(),
        purpose: Purposes::INFERENCE,
        terms_digest: TERMS,
        grant: Grant::Metered { share },
        issued_at: live(),
        expires_at: None,
        transferable: false,
        seats: 1,
    };
    let stored = StoredLicence { licence, payer: holder.clone(), burnt: 0, sealed_key: None };
    pallet_licensing::Licences::<Runtime>::insert(id, stored);
    pallet_licensing::LicencesAt::<Runtime>::insert(listing, id, ());
    pallet_licensing::Usable::<Runtime>::insert((&holder, listing, id), ());
    pallet_licensing::Metered::<Runtime>::insert(&holder, listing, id);
}

#[test]
fn a_metered_licence_of_real_content_should_be_delivered_like_any_other() {
    with_shop(|| {
        let licence = bought("Provider", 2);
        let id = pallet_licensing::Metered::<Runtime>::get(account("Provider"), TUNED);
        assert_eq!(id, Some(licence));
        assert_eq!(Licensing::metered_due(&account("Provider"), TUNED, SOUK, SOUK), SOUK / 5);
    });
}

#[test]
fn the_api_should_show_what_the_books_say() {
    use crate::souk_api::runtime_decl_for_souk_api::SoukApi;
    with_shop(|| {
        let licence = bought("Consumer", 0);
        let who = account("Consumer");
        type Api = Runtime;
        assert_eq!(<Api as SoukApi<crate::Block>>::purchase(licence).unwrap().id, licence);
        let purchases = <Api as SoukApi<crate::Block>>::purchases(account("Ferdie"), None, 10);
        assert_eq!(purchases.iter().map(|view| view.id).collect::<Vec<_>>(), [licence]);
        assert!(<Api as SoukApi<crate::Block>>::purchases(account("Ferdie"), Some(licence), 10).is_empty());
        let licences = <Api as SoukApi<crate::Block>>::licences(who.clone(), 10);
        assert_eq!(licences, <Api as SoukApi<crate::Block>>::licences_of(TUNED, None, 10));
        assert_eq!(licences[0].holder, who);
        assert!(<Api as SoukApi<crate::Block>>::is_licensed(who, TUNED, Purposes::INFERENCE));
        let lineage = <Api as SoukApi<crate::Block>>::lineage(0);
        assert_eq!((lineage.down.len(), lineage.down[0].child, lineage.down[0].royalty), (1, TUNED, ROYALTY));
        let offers = <Api as SoukApi<crate::Block>>::listing(TUNED).unwrap().offers;
        assert_eq!(offers.len(), 3);
        assert_eq!(offers[0].digest, super::shop::offers()[0].digest());
    });
}

#[test]
fn a_foreign_chain_should_not_settle_a_complaint() {
    with_shop(|| {
        // Encrypted for another chain: what decrypts there does not here, and so the seller pays.
        let purchase = ordered("Consumer", 0);
        let key = souk_primitives::exchange::ContentKey::new([1; 32]);
        let foreign = souk_primitives::copy::WholeCopy::make(&[1; 32], purchase, key, &content()).unwrap();
        deliver("Consumer", &foreign);
        let before = wealth("Consumer");
        assert_ok!(complain(purchase, foreign.bad_chunk(secret("Consumer", 0), 0).unwrap()));
        assert_eq!(wealth("Consumer"), before + 20 * SOUK);
    });
}

#[test]
fn a_complaint_should_weigh_a_few_transfers() {
    use frame_support::dispatch::GetDispatchInfo;
    let complaint = Box::new(Complaint::BadSeal { secret: [0; 32] });
    let complain = RuntimeCall::from(Call::complain { purchase: [0; 32], complaint });
    let weights = crate::weights::Weights::get();
    let most = weights.get(frame_support::dispatch::DispatchClass::Normal).max_extrinsic.unwrap();
    let weight = complain.get_dispatch_info().call_weight;
    assert!(weight.ref_time() < most.ref_time() / 100, "a block takes more than a hundred complaints");
}
