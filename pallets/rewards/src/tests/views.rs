use crate::{mock::*, types::Pot, Records};
use frame_support::assert_ok;
use souk_primitives::{
    close::CloseReason,
    exam,
    rewards::prorate,
    views::{ExamPhase, RewardsView},
    SOUK,
};

#[test]
fn rewards_view_should_say_what_a_claim_pays_and_leave_no_trace() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        trade(20 * SOUK);
        for _ in 0..EPOCH_BLOCKS {
            next_block();
        }
        let before = Records::<Test>::iter().collect::<Vec<_>>();
        let view = Rewards::rewards_view(&PROVIDER);
        let expected = RewardsView {
            account: PROVIDER,
            epoch: 1,
            accrued: 27 * SOUK / 10,
            pending: 54 * SOUK / 10,
            credits: 6 * SOUK,
            points: 0,
            missing: 0,
            compound: false,
            expires_epoch: Some(11),
        };
        assert_eq!(view, expected);
        // The publisher's first trade is unsettled still: the view settles it without a trace.
        let view = Rewards::rewards_view(&OWNER);
        assert_eq!((view.accrued, view.pending, view.credits), (2 * SOUK, 4 * SOUK, 4 * SOUK));
        assert_eq!(Records::<Test>::iter().collect::<Vec<_>>(), before);
        assert_ok!(Rewards::claim(signed(&PROVIDER)));
        assert_eq!(free(&PROVIDER), RICH + 27 * SOUK / 10);
        let nothing = Rewards::rewards_view(&STRANGER);
        assert_eq!((nothing.accrued, nothing.pending, nothing.expires_epoch), (0, 0, None));
    });
}

#[test]
fn pending_should_count_the_points_up_to_the_cap() {
    test(|| {
        let id = exam_of(&PROVIDER, &SPEC);
        assert_ok!(commit(&PROVIDER));
        Rewards::exam_released(&id, CloseReason::Valid);
        let cap = prorate(BOND, 100_000, 2 * 86_400_000);
        let view = Rewards::rewards_view(&PROVIDER);
        assert_eq!((view.accrued, view.pending, view.points > 0), (0, cap - cap / 10, true));
        settle_exam();
        let view = Rewards::rewards_view(&PROVIDER);
        assert_eq!((view.accrued, view.pending, view.points), (cap - cap / 10, 0, 0));
    });
}

#[test]
fn exam_view_should_show_the_papers_once_they_are_known() {
    test(|| {
        assert_eq!(Rewards::exam_view(&PROVIDER).phase, ExamPhase::Waiting);
        end_epoch();
        end_epoch();
        let view = Rewards::exam_view(&PROVIDER);
        assert_eq!((view.epoch, view.phase, view.papers.len()), (2, ExamPhase::Rolling, 0));
        let (round, drawn) = open_exam();
        let view = Rewards::exam_view(&PROVIDER);
        assert_eq!((view.epoch, view.phase, view.drawn), (round, ExamPhase::Open, Some(drawn)));
        assert_eq!((view.commit_by, view.audited), (Some(Now::get() + WINDOW), 0));
        let [paper] = view.papers.as_slice() else { panic!("{view:?}") };
        assert_eq!((paper.spec, paper.paper), (SPEC, exam::paper(&drawn, &PROVIDER, &SPEC)));
        assert_eq!((paper.exam, paper.questions), (exam_of(&PROVIDER, &SPEC), QUESTIONS));
        assert_eq!((paper.max_tokens, paper.committed, paper.cost), (64, false, COST));
        assert_eq!((paper.cap, paper.refusal.as_deref()), (prorate(BOND, 100_000, 2 * 86_400_000), None));
        assert_ok!(commit(&PROVIDER));
        let view = Rewards::exam_view(&PROVIDER);
        assert!(view.papers[0].committed && view.audited == 1);
        Unaudited::insert(SPEC, ());
        assert_eq!(Rewards::exam_view(&RIVAL).papers[0].refusal.as_deref(), Some("NotAudited"));
        for _ in 0..=WINDOW {
            next_block();
        }
        assert_eq!(Rewards::exam_view(&PROVIDER).phase, ExamPhase::Closed);
    });
}

#[test]
fn budget_views_should_show_both_pots() {
    test(|| {
        trade(10 * SOUK);
        epoch();
        trade(2 * SOUK);
        let [providers, publishers]: [_; 2] = Rewards::budget_views().try_into().unwrap();
        assert_eq!((providers.key.as_str(), publishers.key.as_str()), ("providers", "publishers"));
        assert_eq!(providers.account, Rewards::pot_account(Pot::Providers));
        assert_eq!(
            (providers.balance, providers.owed, providers.free, providers.credits, providers.points),
            (25 * SOUK, 3 * SOUK, 22 * SOUK, 6 * SOUK / 10, 0)
        );
        assert_eq!((publishers.balance, publishers.owed), (10 * SOUK, 2 * SOUK));
    });
}
