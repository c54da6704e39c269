use crate::{mock::*, Error, Event, Unclaimed};
use frame_support::{
    assert_noop, assert_ok,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
    },
};
use souk_primitives::{call::batch_id, close::CloseReason};
use sp_runtime::TokenError;

/// The funder is gone, and a refund below the existential deposit is kept for it.
fn keep_refund() {
    let id = Open { by: FUNDER, ..Open::default() }.done();
    Souk::close(signed(FUNDER), id).unwrap();
    settle(id, voucher(id, ED - 1, 1)).unwrap();
    Souk::close_by_provider(signed(PROVIDER), id, None).unwrap();
    let all = Balances::balance(&FUNDER);
    <Balances as Mutate<_>>::transfer(&FUNDER, &STRANGER, all, Preservation::Expendable).unwrap();
    Souk::refund(&batch_id(&id, ED - 1, 0), CloseReason::Disputed).unwrap();
    System::reset_events();
}

#[test]
fn claim_should_pay_once_the_owner_exists_again() {
    test(|| {
        keep_refund();
        assert_noop!(Souk::claim(signed(STRANGER), PROVIDER, FUNDER), TokenError::CannotCreate);
        assert_ok!(<Balances as Mutate<_>>::transfer(&STRANGER, &FUNDER, ED, Preservation::Preserve));
        assert_ok!(Souk::claim(signed(STRANGER), PROVIDER, FUNDER));
        assert_eq!(event(), Event::RefundClaimed { provider: PROVIDER, owner: FUNDER, amount: ED - 1 });
        assert_eq!((books().funder.0, books().provider.1), (2 * ED - 1, 0));
        assert_eq!(Unclaimed::<Test>::iter().count(), 0);
        assert_noop!(Souk::claim(signed(STRANGER), PROVIDER, FUNDER), Error::<Test>::NothingToClaim);
    });
}

#[test]
fn claim_of_nothing_should_be_refused() {
    test(|| {
        keep_refund();
        assert_noop!(Souk::claim(signed(CONSUMER), PROVIDER, CONSUMER), Error::<Test>::NothingToClaim);
        assert_noop!(Souk::claim(signed(CONSUMER), STRANGER, FUNDER), Error::<Test>::NothingToClaim);
    });
}
