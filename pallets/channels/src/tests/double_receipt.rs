use crate::{
    mock::*,
    types::{SignedReceipt, MAX_DOUBLES},
    DoubleReceipts, Error, Event,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use souk_primitives::{Balance, ChannelId, SOUK};

fn report(first: SignedReceipt, second: SignedReceipt) -> DispatchResult {
    Souk::report_double_receipt(signed(STRANGER), first.into(), second.into())
}

/// Two receipts for one call, of 1 and of 2 SOUK (250 and 500 tokens) a unit.
fn pair(id: ChannelId, seq: u32, unit: u32) -> (SignedReceipt, SignedReceipt) {
    (sign_receipt(receipt(id, seq, 250 * unit)), sign_receipt(receipt(id, seq, 500 * unit)))
}

#[test]
fn two_receipts_for_one_call_should_slash_by_the_dearer_and_jail() {
    test(|| {
        let id = open_funded();
        let (first, second) = pair(id, 3, 1);
        let before = books();
        assert_ok!(report(first, second));
        // 2 SOUK · 3 / 10 %.
        assert_eq!(
            event(),
            Event::DoubleReceipt {
                channel: id,
                seq: 3,
                provider: PROVIDER,
                reporter: STRANGER,
                slashed: 60 * SOUK
            }
        );
        assert_eq!(Bonds::get(PROVIDER), BOND - 60 * SOUK);
        assert!(Jailed::contains_key(PROVIDER));
        assert_eq!(Reporter::get(), Some((CONSUMER, STRANGER)));
        assert_eq!(ChargedTwice::get(), Some(2 * SOUK));
        assert_eq!(books(), before);
    });
}

#[test]
fn the_slash_should_be_limited_to_the_bond() {
    test(|| {
        let id = open();
        // 100 SOUK · 3 / 10 %.
        let (first, second) = pair(id, 3, 50);
        assert_ok!(report(first, second));
        assert_eq!(Bonds::get(PROVIDER), 0);
    });
}

#[test]
fn no_call_should_be_worth_more_than_the_deposit() {
    test(|| {
        let id = Open { deposit: 10 * SOUK, ..Open::default() }.done();
        let mut absurd = receipt(id, 0, 1);
        absurd.charge = Balance::MAX;
        assert_ok!(report(sign_receipt(receipt(id, 0, 1)), sign_receipt(absurd)));
        assert_eq!(ChargedTwice::get(), Some(10 * SOUK));
        assert_eq!(Bonds::get(PROVIDER), BOND - 300 * SOUK);
        // Beyond the deposit there is nothing more to report.
        let (_, dearer) = pair(id, 0, 100);
        let refused = report(sign_receipt(receipt(id, 0, 1)), dearer);
        assert_eq!(refused, Err(Error::<Test>::AlreadyReported.into()));
    });
}

#[test]
fn a_pair_should_be_reported_once_and_a_cheap_one_should_shield_nothing() {
    test(|| {
        let id = open();
        let (cheap, dear) = (pair(id, 3, 1), pair(id, 3, 2));
        assert_ok!(report(cheap.0.clone(), cheap.1.clone()));
        assert_noop!(report(cheap.0.clone(), cheap.1.clone()), Error::<Test>::AlreadyReported);
        assert_noop!(report(cheap.1.clone(), cheap.0.clone()), Error::<Test>::AlreadyReported);
        // A dearer one of the same call costs the difference.
        assert_ok!(report(cheap.0, dear.1));
        assert_eq!(Bonds::get(PROVIDER), BOND - 120 * SOUK);
        assert_eq!(ChargedTwice::get(), Some(2 * SOUK));
        let other = pair(id, 4, 1);
        assert_ok!(report(other.0, other.1));
        assert_eq!(Bonds::get(PROVIDER), BOND - 180 * SOUK);
    });
}

#[test]
fn receipts_that_are_no_double_should_be_refused() {
    test(|| {
        let (id, other) = (open(), open());
        let (first, second) = pair(id, 3, 1);
        assert_noop!(report(first.clone(), first.clone()), Error::<Test>::NotDouble);
        // Signatures are randomised: another one over the same body is no second receipt.
        let again = sign_receipt(first.receipt.clone());
        assert_ne!(again.signature, first.signature);
        assert_noop!(report(first.clone(), again), Error::<Test>::NotDouble);
        assert_noop!(report(first.clone(), pair(id, 4, 1).1), Error::<Test>::NotDouble);
        assert_noop!(report(first.clone(), pair(other, 3, 1).1), Error::<Test>::NotDouble);
        let unknown = pair([0; 32], 3, 1);
        assert_noop!(report(unknown.0, unknown.1), Error::<Test>::ChannelNotFound);
        let mut foreign = second.receipt.clone();
        foreign.genesis = [0; 32];
        assert_noop!(report(first.clone(), sign_receipt(foreign)), Error::<Test>::WrongChain);
        for forge in [
            |r: &mut SignedReceipt| r.signature.0[3] ^= 1,
            |r: &mut SignedReceipt| r.receipt.charge += 1,
            |r: &mut SignedReceipt| {
                r.signature = souk_primitives::call::Signed::sign(&r.receipt, &voucher_pair())
            },
        ] {
            let mut forged = second.clone();
            forge(&mut forged);
            assert_noop!(report(first.clone(), forged.clone()), Error::<Test>::BadSignature);
            assert_noop!(report(forged, first.clone()), Error::<Test>::BadSignature);
        }
    });
}

#[test]
fn reports_of_one_channel_should_be_bounded() {
    test(|| {
        let id = open();
        for seq in 0..MAX_DOUBLES {
            let (first, second) = pair(id, seq, 1);
            assert_ok!(report(first, second));
        }
        let (first, second) = pair(id, MAX_DOUBLES, 1);
        assert_noop!(report(first, second), Error::<Test>::TooManyReports);
        // A dearer one is worth a slot, and what it costs.
        let before = Bonds::get(PROVIDER);
        let (first, second) = pair(id, MAX_DOUBLES, 2);
        assert_ok!(report(first.clone(), second.clone()));
        assert_eq!(Bonds::get(PROVIDER), before - 120 * SOUK);
        assert_noop!(report(first, second), Error::<Test>::AlreadyReported);
        assert_eq!(DoubleReceipts::<Test>::get(id).len() as u32, MAX_DOUBLES);
    });
}

#[test]
fn a_pair_that_charges_nothing_should_jail_and_take_no_slot() {
    test(|| {
        let id = open();
        let free = |seq, digest| {
            let mut receipt = receipt(id, seq, 1);
            (receipt.charge, receipt.response_digest) = (0, [digest; 32]);
            sign_receipt(receipt)
        };
        for seq in 0..2 * MAX_DOUBLES {
            assert_ok!(report(free(seq, 1), free(seq, 2)));
        }
        assert!(Jailed::contains_key(PROVIDER));
        assert_eq!((Bonds::get(PROVIDER), DoubleReceipts::<Test>::get(id).len()), (BOND, 0));
        // What it was to shield is slashed in full.
        let (first, second) = pair(id, 3, 1);
        assert_ok!(report(first, second));
        assert_eq!(Bonds::get(PROVIDER), BOND - 60 * SOUK);
        assert_noop!(report(free(3, 1), free(3, 2)), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn a_closed_channel_should_be_reported_until_it_is_forgotten() {
    test(|| {
        let id = open();
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));
        run_to(1 + HISTORY);
        let (first, second) = pair(id, 3, 1);
        assert_ok!(report(first.clone(), second.clone()));
        run_to(2 + HISTORY);
        assert_noop!(report(first, second), Error::<Test>::ChannelNotFound);
        assert_eq!(DoubleReceipts::<Test>::iter().count(), 0);
    });
}

#[test]
fn what_waits_should_enter_when_its_provider_is_jailed() {
    test(|| {
        Bonds::insert(PROVIDER, 30 * SOUK);
        let id = open();
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, Some(voucher(id, 25 * SOUK, 9))));
        assert_eq!(Souk::queued(&PROVIDER), 15 * SOUK);
        let (first, second) = pair(id, 3, 1);
        assert_ok!(report(first, second));
        assert_eq!(Souk::queued(&PROVIDER), 0);
    });
}
