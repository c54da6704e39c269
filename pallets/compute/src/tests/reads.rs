use crate::{mock::*, reads::MAX_LOOKS, Providers, Servings};
use frame_support::assert_ok;
use souk_primitives::{exposure::Chance, verdict::Thresholds, views::ProviderStatus, AccountId};

#[test]
fn provider_view_should_show_everything() {
    run(|| {
        let spec = serving();
        assert_ok!(Compute::add_exposure(&PROVIDER, 40));
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 100));
        let view = Compute::provider_view(&PROVIDER).unwrap();
        assert_eq!((view.account, view.validator, view.status), (PROVIDER, VAL, ProviderStatus::Active));
        assert_eq!(
            (view.endpoint.as_str(), view.hardware.as_str()),
            ("http://127.0.0.1:8901", "2 CPU cores")
        );
        assert_eq!((view.receipt_key, view.seal_key), ([6; 32], [7; 32]));
        assert_eq!((view.bond, view.exposure), (BOND - 100, 40));
        let offer = &view.serving[0];
        assert_eq!((offer.spec, offer.per_1k_input, offer.per_1k_output, offer.capacity), (spec, 10, 20, 30));
        assert_eq!((offer.record, offer.doubts, offer.chance), (0, 0, Chance::ONE));
        Compute::mutate_record(&PROVIDER, &spec, |record| record.doubt());
        assert_eq!(Compute::provider_view(&PROVIDER).unwrap().serving[0].doubts, 1);
        assert_eq!(Compute::provider_view(&CONSUMER), None);
        let facts = Compute::provider_facts(&PROVIDER).unwrap();
        assert_eq!((facts.validator, facts.receipt_key), (VAL, [6; 32]));
    });
}

#[test]
fn provider_views_should_page() {
    run(|| {
        for n in 0..4 {
            assert_ok!(register(&ver(n), 1_000));
        }
        let first = Compute::provider_views(None, 3);
        assert_eq!(first.len(), 3);
        let rest = Compute::provider_views(first.last().map(|view| view.account.clone()), 3);
        assert_eq!(rest.len(), 1);
        let mut all: Vec<_> = first.into_iter().chain(rest).map(|view| view.account).collect();
        all.sort();
        assert_eq!(all, [ver(0), ver(1), ver(2), ver(3)]);
        assert_eq!(Providers::<Test>::iter().count(), 4);
    });
}

#[test]
fn spec_view_should_show_everything() {
    run(|| {
        let spec = serving();
        audited(spec, 3);
        let view = Compute::spec_view(&spec, 77).unwrap();
        assert_eq!((view.id, view.listing, view.version), (spec, 0, 0));
        assert_eq!((view.model.as_str(), view.max_context), ("smollm2-135m", 2048));
        assert_eq!((view.manifest_digest, view.thresholds), ([8; 32], Thresholds::F32));
        assert_eq!((view.audited, view.verifiers, view.report_fee, view.pot), (true, 3, 50, 77));
        assert_eq!(Compute::spec_view(&[0; 32], 0), None);
        registered_spec(1);
        let all = Compute::spec_views(None, 9, |_| 5);
        assert_eq!((all.len(), all[0].pot), (2, 5));
        assert_eq!(Compute::spec_views(Some(all[0].id), 9, |_| 5), vec![all[1].clone()]);
    });
}

#[test]
fn quotes_should_name_only_who_would_take_a_channel() {
    run(|| {
        let spec = serving();
        assert_ok!(Compute::add_exposure(&PROVIDER, 2_000));
        let quotes = Compute::quotes(&spec);
        assert_eq!(quotes.len(), 1);
        let quote = &quotes[0];
        assert_eq!((quote.provider.clone(), quote.per_1k_input, quote.per_1k_output), (PROVIDER, 10, 20));
        assert_eq!((quote.room, quote.chance, quote.audited), (1_000, Chance::ONE, false));
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_eq!(Compute::quotes(&spec), vec![]);
    });
}

#[test]
fn quotes_should_look_at_a_bounded_number_of_offers() {
    run(|| {
        let spec = serving();
        let offer = Servings::<Test>::get(spec, PROVIDER).unwrap();
        // Offers of nobody that come before the real one in the order of storage.
        let key = |who: &AccountId| Servings::<Test>::hashed_key_for(spec, who);
        let first = key(&PROVIDER);
        let before: Vec<AccountId> = (0u32..)
            .map(|i| AccountId::new(souk_primitives::hash(&[b"nobody", &i.to_le_bytes()])))
            .filter(|who| key(who) < first)
            .take(MAX_LOOKS as usize)
            .collect();
        for who in &before[1..] {
            Servings::<Test>::insert(spec, who, offer);
        }
        assert_eq!(Compute::quotes(&spec).len(), 1);
        Servings::<Test>::insert(spec, &before[0], offer);
        assert_eq!(Compute::quotes(&spec), vec![]);
        for who in &before {
            Servings::<Test>::remove(spec, who);
        }
    });
}

#[test]
fn try_state_should_notice_wrong_bonds_and_broken_exposure() {
    run(|| {
        active();
        let good = provider();
        let mut bad = good.clone();
        bad.bond.active += 1;
        Providers::<Test>::insert(PROVIDER, bad);
        assert!(Compute::do_try_state().is_err());
        let mut bad = good.clone();
        bad.bond.exposure = BOND + 1;
        Providers::<Test>::insert(PROVIDER, bad);
        assert!(Compute::do_try_state().is_err());
        Providers::<Test>::insert(PROVIDER, good);
    });
}
