//! Answers, receipts and what is paid for them.

use crate::{
    market::{market, GENESIS, PRICES},
    provider::{Answered, Manner, ANSWER},
    support::*,
};
use souk_cli::gateway::store::CallState;
use souk_primitives::{
    call::{tokens_digest, Finish, Receipt},
    views::SpecView,
    AccountId,
};
use std::{sync::atomic::Ordering, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn honest_calls_should_be_answered_and_covered_by_one_voucher() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    for i in 0..6 {
        let (ids, done) = ask(&gateway, job(&format!("call-{i}"), true)).await;
        assert_eq!((ids, done.unwrap().ids), (ANSWER.to_vec(), ANSWER.to_vec()));
    }
    let each = PRICES.charge(3, 4).unwrap();
    until("the idle voucher", || {
        providers[0].voucher().is_some_and(|v| (v.calls, v.cumulative) == (6, 6 * each))
    })
    .await;
    assert_eq!(market.channels().len(), 1);
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_receipt_should_never_be_paid() {
    for manner in [
        Manner::ForgedSignature,
        Manner::WrongCharge,
        Manner::WrongDigest,
        Manner::LongAnswer,
        Manner::LongPrompt,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (market, providers) = market(&[manner, Manner::Honest]).await;
        let gateway = gateway(&market, folder.path()).await;
        let (_, done) = ask(&gateway, job("a", false)).await;
        assert_eq!(done.unwrap().provider, AccountId::new([21; 32]), "the honest one answers: {manner:?}");
        assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap(), "one call, one payment");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(providers[0].voucher().is_none(), "the liar gets no voucher");
        let retired = gateway.caller.pool.books().iter().filter(|book| book.retired.is_some()).count();
        assert_eq!(retired, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_fails_before_it_answers_should_be_replaced() {
    for manner in [Manner::HangsUp, Manner::Busy] {
        let folder = tempfile::tempdir().unwrap();
        let (market, providers) = market(&[manner, Manner::Honest]).await;
        let gateway = gateway(&market, folder.path()).await;
        let (ids, done) = ask(&gateway, job("a", true)).await;
        assert_eq!((ids, done.unwrap().provider), (ANSWER.to_vec(), AccountId::new([21; 32])));
        assert!(*providers[0].calls.lock() >= 1);
        assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_that_is_cut_should_be_paid_for_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::CutsOff, Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let (ids, done) = ask(&gateway, job("a", true)).await;
    assert_eq!(ids, ANSWER[..2], "what came was passed on, and nothing is told twice");
    assert!(done.is_err());
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 2).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_ends_answers_early_should_be_paid_once_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::EndsEarly, Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let (_, done) = ask(&gateway, job("a", false)).await;
    assert!(done.is_err(), "half an answer is none");
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 2).unwrap(), "what it sent is owed");
    let (_, done) = ask(&gateway, job("b", false)).await;
    assert_eq!(done.unwrap().provider, AccountId::new([21; 32]), "the next call goes elsewhere");
    assert_eq!(*providers[0].calls.lock(), 1);
    let retired = gateway.caller.pool.books().iter().filter(|book| book.retired.is_some()).count();
    assert_eq!(retired, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_listing_should_not_take_a_model_s_name_over() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::Honest]).await;
    let first = market.specs.lock()[0].clone();
    let other = |id: u8, change: fn(&mut SpecView)| {
        let mut spec = SpecView { id: [id; 32], ..first.clone() };
        change(&mut spec);
        spec
    };
    *market.specs.lock() = vec![
        other(7, |spec| spec.listing += 1),
        other(8, |spec| {
            spec.listing -= 1;
            spec.audited = false;
        }),
        first.clone(),
    ];
    let gateway = gateway(&market, folder.path()).await;
    let named = |name: String| {
        let catalogue = gateway.caller.catalogue.clone();
        async move { catalogue.named(&name).await.unwrap().id }
    };
    assert_eq!(named(first.model.clone()).await, first.id);
    assert_eq!(named(format!("0x{}", hex::encode([7; 32]))).await, [7; 32]);
    assert!(
        gateway.caller.catalogue.named(&format!("0x{}", hex::encode([8; 32]))).await.is_err(),
        "unaudited"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_should_not_come_from_an_old_look_at_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::Honest]).await;
    let audited = std::mem::take(&mut *market.specs.lock());
    let gateway = gateway(&market, folder.path()).await;
    let name = audited[0].model.clone();
    assert_eq!(gateway.caller.catalogue.named(&name).await.unwrap_err().code, "model_not_found");
    *market.specs.lock() = vec![SpecView { audited: false, ..audited[0].clone() }];
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(gateway.caller.catalogue.named(&name).await.unwrap_err().code, "unaudited");
    *market.specs.lock() = audited;
    tokio::time::sleep(Duration::from_secs(1)).await;
    gateway.caller.catalogue.named(&name).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn late_charge_for_a_call_answered_elsewhere_should_not_be_paid() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::HangsUp, Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    ask(&gateway, job("a", true)).await.1.unwrap();
    let lost = gateway.caller.store.unresolved().unwrap().remove(0);
    assert_eq!(lost.state, CallState::GivenUp);
    let late = Receipt {
        genesis: GENESIS,
        channel: lost.request.channel,
        seq: lost.request.seq,
        request_digest: lost.request.request_digest,
        response_digest: tokens_digest(&ANSWER),
        input_tokens: 3,
        output_tokens: 4,
        charge: PRICES.charge(3, 4).unwrap(),
        finish: Finish::Stop,
    };
    let key = (lost.request.channel, lost.request.seq);
    let late = Answered { request: lost.request, receipt: late, ids: ANSWER.to_vec() };
    providers[0].answers.lock().insert(key, late);
    until("the late receipt is refused", || gateway.caller.store.unresolved().unwrap().is_empty()).await;
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap());
    assert!(providers[0].voucher().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_should_go_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        for i in 0..3 {
            ask(&gateway, job(&format!("before-{i}"), true)).await.1.unwrap();
        }
        end(gateway).await;
    }
    let gateway = gateway(&market, folder.path()).await;
    for i in 0..3 {
        ask(&gateway, job(&format!("after-{i}"), true)).await.1.unwrap();
    }
    until("the voucher covers both lives", || {
        providers[0].voucher().is_some_and(|voucher| voucher.calls == 6)
    })
    .await;
    assert_eq!(market.channels().len(), 1, "the channel is used again");
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn receipt_lost_in_a_crash_should_be_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        ask(&gateway, job("a", true)).await.1.unwrap();
        end(gateway).await;
    }
    // As if the process had died between the answer and its receipt.
    let body = job("a", true).body;
    let db = rusqlite::Connection::open(folder.path().join("gateway.db")).unwrap();
    db.execute(
        "UPDATE calls SET state = 0, receipt = NULL, receipt_sig = NULL, charged = 0, body = ?1",
        [codec::Encode::encode(&body)],
    )
    .unwrap();
    drop(db);
    let gateway = gateway(&market, folder.path()).await;
    until("the receipt is there again", || paid(&gateway, "a") == PRICES.charge(3, 4).unwrap()).await;
    assert_eq!(providers[0].answers.lock().len(), 1, "nothing was run twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_calls_should_never_share_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let calls = (0..40).map(|i| {
        let gateway = gateway.clone();
        async move { ask(&gateway, job(&format!("p-{i}"), true)).await.1.map(|done| done.ids) }
    });
    for ids in futures::future::join_all(calls).await {
        assert_eq!(ids.unwrap(), ANSWER);
    }
    assert_eq!(providers[0].answers.lock().len(), 40);
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn node_that_is_behind_should_not_cost_a_channel() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        ask(&gateway, job("before", true)).await.1.unwrap();
        end(gateway).await;
    }
    // The node was wiped and has yet to see the block that opened the channel.
    market.behind.store(true, Ordering::SeqCst);
    let gateway = gateway(&market, folder.path()).await;
    assert!(gateway.caller.pool.books().is_empty());
    market.behind.store(false, Ordering::SeqCst);
    until("the channel is back", || gateway.caller.pool.books().len() == 1).await;
    ask(&gateway, job("after", true)).await.1.unwrap();
    assert_eq!(market.channels().len(), 1, "no other was opened");
    until("the voucher covers both", || providers[0].voucher().is_some_and(|v| v.calls == 2)).await;
    providers[0].check();
}

#[tokio::test(flavor = "multi_thread")]
async fn voucher_that_came_too_early_should_be_handed_over_again() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::SlowNode]).await;
    let gateway = gateway(&market, folder.path()).await;
    ask(&gateway, job("a", true)).await.1.unwrap();
    until("the voucher is taken", || providers[0].voucher().is_some_and(|v| v.calls == 1)).await;
    assert_eq!(*providers[0].posts.lock(), 3);
    until("and known to be", || gateway.caller.pool.books()[0].handed == 1).await;
}
