use crate::{mock::*, Channels, ChannelsOf, Error, Event, Usages};
use frame_support::{assert_noop, assert_ok, traits::LockableCurrency, traits::WithdrawReasons};
use souk_primitives::{call::Prices, creation_id, views::ChannelState, Balance, SOUK};
use sp_runtime::{DispatchError, TokenError};

#[test]
fn open_should_hold_the_deposit_and_snapshot_the_terms() {
    test(|| {
        let before = books();
        let id = Open { notice: 7, ..Open::default() }.done();
        let mut after = before.clone();
        after.consumer = (RICH - DEPOSIT, DEPOSIT);
        assert_eq!(books(), after);

        let view = Souk::channel_view(&id).unwrap();
        assert_eq!((view.consumer, view.funder, view.provider), (CONSUMER, CONSUMER, PROVIDER));
        assert_eq!((view.deposit, view.settled, view.settled_calls), (DEPOSIT, 0, 0));
        assert_eq!((view.per_1k_input, view.per_1k_output), (PRICES.per_1k_input, PRICES.per_1k_output));
        assert_eq!(view.receipt_key, sp_core::Pair::public(&receipt_pair()).0);
        assert_eq!((view.state, view.seed, view.audited), (ChannelState::Open, None, true));
        assert_eq!((view.opened_at, view.expires, Souk::notice(&id)), (1, EXPIRES, 7));
    });
}

#[test]
fn open_should_tell_everything_in_its_event() {
    test(|| {
        assert_ok!(Open::default().call());
        let id = creation_id(b"souk/channel", &[69; 32], &CONSUMER, 0);
        assert_eq!(
            event(),
            Event::ChannelOpened {
                channel: id,
                consumer: CONSUMER,
                funder: CONSUMER,
                provider: PROVIDER,
                spec: SPEC,
                deposit: DEPOSIT,
                prices: PRICES,
                expires: EXPIRES,
            }
        );
        assert!(Channels::<Test>::contains_key(id));
    });
}

#[test]
fn open_should_give_each_channel_an_id_of_its_own() {
    test(|| {
        let ids = [open(), open(), open()];
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        assert_eq!(Souk::channel_views(&CONSUMER, 10).len(), 3);
        assert_eq!(Souk::channel_views(&PROVIDER, 2).len(), 2);
        assert_eq!(Usages::<Test>::get(CONSUMER, PROVIDER).amount, 3 * DEPOSIT);
    });
}

#[test]
fn open_for_another_should_hold_the_money_of_the_signer() {
    test(|| {
        let open = || Open { by: FUNDER, consumer: Some(CONSUMER), ..Open::default() };
        assert_noop!(open().call(), Error::<Test>::NotInvited);
        assert_ok!(Souk::set_limit(signed(CONSUMER), PROVIDER, DEPOSIT, 1));
        let before = books();
        let id = open().done();
        let mut after = before;
        after.funder = (RICH - DEPOSIT, DEPOSIT);
        assert_eq!(books(), after);
        let view = Souk::channel_view(&id).unwrap();
        assert_eq!((view.consumer, view.funder), (CONSUMER, FUNDER));
        for party in [CONSUMER, FUNDER, PROVIDER] {
            assert!(ChannelsOf::<Test>::contains_key(party, id));
        }
        // The consumer's limit counts, whoever pays.
        assert_noop!(open().call(), Error::<Test>::TooManyChannels);
    });
}

#[test]
fn open_should_refuse_deposits_below_the_minimum() {
    test(|| {
        for deposit in [0, 1, SOUK / 10 - 1] {
            assert_noop!(Open { deposit, ..Open::default() }.call(), Error::<Test>::DepositBelowMinimum);
        }
        assert_ok!(Open { deposit: SOUK / 10, ..Open::default() }.call());
    });
}

#[test]
fn open_should_refuse_money_that_is_not_there_or_is_frozen() {
    test(|| {
        let deposit = RICH - ED + 1;
        assert_noop!(Open { deposit, ..Open::default() }.call(), TokenError::FundsUnavailable);
        Balances::set_lock(*b"vote    ", &CONSUMER, RICH - DEPOSIT + 1, WithdrawReasons::all());
        assert_noop!(Open::default().call(), TokenError::FundsUnavailable);
        Balances::set_lock(*b"vote    ", &CONSUMER, RICH - DEPOSIT, WithdrawReasons::all());
        assert_ok!(Open::default().call());
        // What is held can't be held again.
        let deposit = RICH - DEPOSIT;
        assert_noop!(Open { deposit, ..Open::default() }.call(), TokenError::FundsUnavailable);
    });
}

#[test]
fn open_should_refuse_prices_above_the_highest_named() {
    test(|| {
        let input = Prices { per_1k_input: PRICES.per_1k_input - 1, ..PRICES };
        let output = Prices { per_1k_output: PRICES.per_1k_output - 1, ..PRICES };
        for max in [input, output, Prices::default()] {
            assert_noop!(Open { max, ..Open::default() }.call(), Error::<Test>::PriceAboveMaximum);
        }
        let max = Prices { per_1k_input: Balance::MAX, per_1k_output: Balance::MAX };
        assert_ok!(Open { max, ..Open::default() }.call());
    });
}

#[test]
fn open_should_ask_before_using_a_spec_that_nobody_audits() {
    test(|| {
        let open = |allow_unaudited| Open { spec: UNAUDITED_SPEC, allow_unaudited, ..Open::default() };
        assert_noop!(open(false).call(), Error::<Test>::SpecUnaudited);
        assert!(!Souk::channel_view(&open(true).done()).unwrap().audited);
        // An audited spec stays audited.
        let id = Open { allow_unaudited: true, ..Open::default() }.done();
        assert!(Souk::channel_view(&id).unwrap().audited);
    });
}

#[test]
fn open_should_refuse_expiries_and_notices_out_of_range() {
    test(|| {
        for expires in [0, 1, 1_002, u32::MAX] {
            assert_noop!(Open { expires, ..Open::default() }.call(), Error::<Test>::ExpiryOutOfRange);
        }
        for expires in [2, 1_001] {
            assert_ok!(Open { expires, ..Open::default() }.call());
        }
        assert_noop!(Open { notice: 101, ..Open::default() }.call(), Error::<Test>::NoticeTooLong);
        assert_ok!(Open { notice: 100, ..Open::default() }.call());
    });
}

#[test]
fn open_should_refuse_providers_that_do_not_serve() {
    test(|| {
        let refused = DispatchError::Other("not serving");
        assert_noop!(Open { spec: OTHER_SPEC, ..Open::default() }.call(), refused);
        assert_noop!(Open { provider: STRANGER, ..Open::default() }.call(), refused);
        Jailed::insert(PROVIDER, ());
        assert_noop!(Open::default().call(), refused);
    });
}

#[test]
fn open_should_refuse_unsigned_and_root() {
    test(|| {
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                Souk::open(origin, PROVIDER, SPEC, DEPOSIT, SOUK, SOUK, [0; 32], EXPIRES, true, 0, None),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn open_should_weigh_only_the_verifiers_that_the_spec_has() {
    use crate::ports::ProviderBook;
    test(|| {
        let signer = signed(CONSUMER);
        let done =
            Souk::open(signer, PROVIDER, SPEC, DEPOSIT, RICH, RICH, [0; 32], EXPIRES, true, 0, None).unwrap();
        let weight = |verifiers| <() as crate::WeightInfo>::open(verifiers);
        assert_eq!(done.actual_weight, Some(weight(Book::verifiers(&SPEC))));
        assert!(weight(Book::verifiers(&SPEC)).all_lt(weight(Book::MAX_VERIFIERS)));
    });
}

#[test]
fn open_should_wait_when_the_beacon_stands_still() {
    test(|| {
        let opened: u32 = (0..20)
            .map(|_| {
                System::set_block_number(System::block_number() + 1);
                let by = [CONSUMER, FUNDER, STRANGER][System::block_number() as usize % 3].clone();
                u32::from(Open { by, ..Open::default() }.call().is_ok())
            })
            .sum();
        assert_eq!(opened, crate::MAX_UNSEEDED);
        assert_noop!(Open::default().call(), Error::<Test>::BeaconMissing);
        next_block();
        next_block();
        assert_ok!(Open::default().call());
    });
}
