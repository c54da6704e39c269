//! Complaints: what a dishonest seller loses, and what a dishonest buyer gains.

use crate::{mock::*, types::Amounts, Error, HoldReason, Purchases};
use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use souk_primitives::{
    close::CloseReason,
    complaint::{Complaint, Fault},
    exchange::{ContentKey, SealedKey},
    licence::Purposes,
    PurchaseId,
};

const UPHELD: Amounts = Amounts {
    refunded: PRICE + DEPOSIT,
    compensation: BOND,
    bond_returned: 0,
    forfeited: 0,
    paid: 0,
    royalties: 0,
    referral: 0,
    treasury: 0,
    burnt: 0,
};

/// Complains, and checks that the buyer has everything back and the bond on top, without a fee or a licence.
#[track_caller]
fn assert_upheld(id: PurchaseId, complaint: Complaint, fault: Fault) {
    System::reset_events();
    let start = books();
    let info = complain(id, complaint.clone()).unwrap();
    assert_eq!(info.pays_fee, Pays::No);
    assert_eq!(end(), Some((CloseReason::Cheated, UPHELD)));
    let after = books();
    assert_eq!(after.buyer, start.buyer + BOND);
    assert_eq!(after.seller, start.seller - BOND);
    assert_eq!(
        (after.parent, after.treasury, after.issuance),
        (start.parent, start.treasury, start.issuance)
    );
    assert_nothing_held();
    assert_eq!(Purchases::<Test>::get(id).unwrap().fault, Some(fault));
    assert!(!Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
    // Twice is once too often.
    assert_noop!(complain(id, complaint).map_err(|refused| refused.error), Error::<Test>::Ended);
}

/// Complains, and checks that the seller is paid at once, with the complaint deposit on top.
#[track_caller]
fn assert_disproved(id: PurchaseId, complaint: Complaint) {
    System::reset_events();
    let start = books();
    let info = complain(id, complaint).unwrap();
    assert_eq!(info.pays_fee, Pays::Yes);
    let (reason, amounts) = end().unwrap();
    assert_eq!(reason, CloseReason::Disproved);
    assert_eq!((amounts.forfeited, amounts.refunded, amounts.bond_returned), (DEPOSIT, 0, BOND));
    assert_eq!(amounts.total(), PRICE + DEPOSIT + BOND);
    let after = books();
    assert_eq!(after.buyer, start.buyer - PRICE - DEPOSIT);
    assert_eq!(after.seller, start.seller + amounts.paid + DEPOSIT);
    assert_nothing_held();
    assert!(Licensing::is_licensed(&BUYER, MODEL, Purposes::RESEARCH));
}

#[track_caller]
fn assert_refused(id: PurchaseId, complaint: Complaint, error: Error<Test>) {
    assert_noop!(complain(id, complaint).map_err(|refused| refused.error), error);
}

#[test]
fn one_flipped_bit_should_cost_the_seller_its_bond() {
    for (index, place) in [(0, 0), (0, 65_535), (1, 99)] {
        test(|| {
            let flip = |at: u32, chunk: &mut Vec<u8>| {
                if at == index {
                    chunk[place] ^= 0x40
                }
            };
            let id = ordered();
            let copy = made(id, flip, |_, _| ()).revealed();
            let secret = buyer_secret(0);
            assert_upheld(id, copy.bad_chunk(secret, index), Fault::Bytes);
        });
        test(|| {
            let flip = |at: u32, chunk: &mut Vec<u8>| {
                if at == index {
                    chunk[place] ^= 0x40
                }
            };
            let id = ordered();
            let copy = made(id, |_, _| (), flip).revealed();
            assert_upheld(id, copy.bad_chunk(buyer_secret(0), index), Fault::Tag);
        });
    }
}

#[test]
fn other_bytes_and_moved_bytes_should_cost_the_seller_its_bond() {
    test(|| {
        let id = ordered();
        let garbage = made(id, |_, chunk| chunk.fill(0), |_, _| ()).revealed();
        assert_upheld(id, garbage.bad_chunk(buyer_secret(0), 1), Fault::Bytes);
    });
    test(|| {
        let id = ordered();
        let shift = |at: u32, chunk: &mut Vec<u8>| {
            if at == 0 {
                chunk.truncate(60_000)
            } else {
                chunk.resize(5_636, 0)
            }
        };
        let moved = made(id, shift, |_, _| ()).revealed();
        assert_upheld(id, moved.bad_chunk(buyer_secret(0), 0), Fault::Length);
    });
}

/// The seller reveals this instead of the true seal.
fn revealed_with(sealed: impl Fn(&Made) -> SealedKey) -> Made {
    let copy = honest(ordered());
    copy.offer().unwrap();
    copy.accept().unwrap();
    Licensing::reveal_key(signed(SELLER), copy.id, sealed(&copy)).unwrap();
    copy
}

#[test]
fn a_wrong_key_should_cost_the_seller_its_bond() {
    let wrong = ContentKey::new([77; 32]);
    for broken in 0..3 {
        test(|| {
            let copy = revealed_with(|copy| {
                let mut good = copy.sealed(&copy.key);
                match broken {
                    // A key that breaks the commitment.
                    0 => copy.sealed(&wrong),
                    // A seal that does not open.
                    1 => {
                        good[79] ^= 1;
                        good
                    }
                    _ => [9; 80],
                }
            });
            assert_upheld(copy.id, Complaint::BadSeal { secret: buyer_secret(0) }, Fault::Seal);
        });
    }
    // The right ciphertext, but the key that was committed to is another one.
    test(|| {
        let id = ordered();
        let copy = honest(id);
        let commitment = wrong.commitment(&id);
        assert_ok!(Licensing::offer_copy(signed(SELLER), id, copy.root(), commitment));
        assert_ok!(Licensing::accept_copy(signed(BUYER), id, copy.root(), commitment));
        assert_ok!(Licensing::reveal_key(signed(SELLER), id, copy.sealed(&wrong)));
        assert_upheld(id, copy.bad_chunk(buyer_secret(0), 0), Fault::Tag);
    });
}

#[test]
fn a_false_complaint_should_cost_the_buyer_its_deposit() {
    test(|| {
        let copy = honest(ordered()).revealed();
        assert_disproved(copy.id, Complaint::BadSeal { secret: buyer_secret(0) });
    });
    for index in 0..2 {
        test(|| {
            let copy = honest(ordered()).revealed();
            assert_disproved(copy.id, copy.bad_chunk(buyer_secret(0), index));
        });
    }
}

#[test]
fn another_secret_should_have_no_effect() {
    test(|| {
        let copy = made(ordered(), |_, chunk| chunk.fill(0), |_, _| ()).revealed();
        for secret in [buyer_secret(1), [0; 32]] {
            assert_refused(copy.id, Complaint::BadSeal { secret }, Error::WrongSecret);
            assert_refused(copy.id, copy.bad_chunk(secret, 0), Error::WrongSecret);
        }
        // It was no complaint: the true one is still judged.
        assert_upheld(copy.id, copy.bad_chunk(buyer_secret(0), 0), Fault::Bytes);
    });
}

#[test]
fn made_up_paths_should_have_no_effect() {
    test(|| {
        let copy = honest(ordered()).revealed();
        let Complaint::BadChunk {
            secret,
            ciphertext,
            ciphertext_proof,
            plaintext_digest,
            plaintext_proof,
            ..
        } = copy.bad_chunk(buyer_secret(0), 0)
        else {
            unreachable!()
        };
        let with =
            |index, digest, path: &[souk_primitives::sumtree::Node], ciphertext: &[u8]| Complaint::BadChunk {
                secret,
                index,
                ciphertext: ciphertext.to_vec().try_into().unwrap(),
                ciphertext_proof: ciphertext_proof.clone(),
                plaintext_digest: digest,
                plaintext_proof: path.to_vec().try_into().unwrap(),
            };
        let mut never_served = ciphertext.to_vec();
        never_served[0] ^= 1;
        for complaint in [
            // A leaf shown at another index, and beyond the last one.
            with(1, plaintext_digest, &plaintext_proof, &ciphertext),
            with(2, plaintext_digest, &plaintext_proof, &ciphertext),
            // The root's children swapped, an inner node (here: the root) as a leaf, no path at all.
            with(0, copy.plain[1].digest, &plaintext_proof, &ciphertext),
            with(0, content().root(), &[], &ciphertext),
            with(0, plaintext_digest, &[], &ciphertext),
            // Bytes that were never served.
            with(0, plaintext_digest, &plaintext_proof, &never_served),
            with(0, plaintext_digest, &plaintext_proof, &[]),
        ] {
            assert_refused(copy.id, complaint, Error::MalformedComplaint);
        }
        assert_eq!(held(HoldReason::Purchase, &BUYER), PRICE + DEPOSIT);
    });
}

#[test]
fn a_complaint_should_be_the_buyers_in_its_window() {
    test(|| {
        let cheat = made(ordered(), |_, chunk| chunk.fill(0), |_, _| ());
        let complaint = cheat.bad_chunk(buyer_secret(0), 0);
        assert_refused(cheat.id, complaint.clone(), Error::WrongStage);
        let cheat = cheat.revealed();
        let by_other = Licensing::complain(signed(STRANGER), cheat.id, complaint.clone().into());
        assert_noop!(by_other.map_err(|refused| refused.error), Error::<Test>::NotBuyer);
        set_now(1 + COMPLAIN);
        assert_noop!(Licensing::settle(signed(SELLER), cheat.id), Error::<Test>::TooEarly);
        set_now(2 + COMPLAIN);
        assert_refused(cheat.id, complaint.clone(), Error::TooLate);
        // Whoever does not look in time has bought what it got.
        assert_ok!(Licensing::settle(signed(SELLER), cheat.id));
        assert_refused(cheat.id, complaint, Error::Ended);
    });
    test(|| {
        let cheat = made(ordered(), |_, chunk| chunk.fill(0), |_, _| ()).revealed();
        set_now(1 + COMPLAIN);
        assert_upheld(cheat.id, cheat.bad_chunk(buyer_secret(0), 0), Fault::Bytes);
    });
}

#[test]
fn proof_of_one_purchase_should_not_serve_in_another() {
    test(|| {
        let cheat = made(ordered(), |_, chunk| chunk.fill(0), |_, _| ()).revealed();
        let other = honest(Order::number(1).done()).revealed();
        // Its secret, its bytes, its paths: none of them is of this purchase.
        assert_refused(other.id, cheat.bad_chunk(buyer_secret(0), 0), Error::WrongSecret);
        assert_refused(other.id, cheat.bad_chunk(buyer_secret(1), 0), Error::MalformedComplaint);
        assert_ok!(Licensing::settle(signed(BUYER), cheat.id));
        assert_disproved(other.id, other.bad_chunk(buyer_secret(1), 0));
    });
}
