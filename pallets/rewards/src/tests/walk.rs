//! Whatever happens in whatever order: budgets never overdraw, and nobody gets more than was credited.

use crate::{mock::*, types::Pot};
use proptest::{collection::vec, prelude::*};
use souk_primitives::{close::CloseReason, rewards::Credit, AccountId, Balance, SOUK};
use sp_runtime::Permill;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Trade(bool, Balance),
    Sale(bool, Balance),
    Blocks(u32),
    Epochs(u32),
    Claim(usize),
    Compound(bool),
    Commit(bool),
    Audit(u8),
    Kappa(u32),
    Commission(u32),
    Bond(bool, Balance),
    History(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 0u128..100 * SOUK).prop_map(|(rival, burnt)| Step::Trade(rival, burnt)),
        2 => (any::<bool>(), 0u128..50 * SOUK).prop_map(|(other, burnt)| Step::Sale(other, burnt)),
        5 => (1u32..30).prop_map(Step::Blocks),
        3 => (1u32..3).prop_map(Step::Epochs),
        1 => (8u32..20).prop_map(Step::Epochs),
        4 => (0usize..5).prop_map(Step::Claim),
        1 => any::<bool>().prop_map(Step::Compound),
        4 => any::<bool>().prop_map(Step::Commit),
        4 => any::<u8>().prop_map(Step::Audit),
        1 => (0u32..1_000_000).prop_map(Step::Kappa),
        1 => (0u32..500_000).prop_map(Step::Commission),
        1 => (any::<bool>(), 0u128..1_000_000 * SOUK).prop_map(|(rival, bond)| Step::Bond(rival, bond)),
        1 => (0u32..30).prop_map(Step::History),
    ]
}

/// What each account can have got at most.
#[derive(Default)]
struct Model {
    credited: BTreeMap<AccountId, Balance>,
    minted: Balance,
    paid: Balance,
}

impl Model {
    fn credit(&mut self, who: &AccountId, amount: Balance) {
        *self.credited.entry(who.clone()).or_default() += amount;
    }

    fn play(&mut self, step: &Step) {
        let one = |rival: bool| if rival { RIVAL } else { PROVIDER };
        match step {
            Step::Trade(rival, burnt) => {
                let kappa = Kappa::get().deconstruct();
                let credit = Credit::of_call(*burnt, kappa, 600_000);
                self.credit(&one(*rival), credit.provider);
                self.credit(&OWNER, credit.publisher);
                trade_of(&one(*rival), *burnt);
            }
            Step::Sale(other, burnt) => {
                let seller = if *other { NOBODY } else { OWNER };
                self.credit(&seller, Credit::of_sale(*burnt, Kappa::get().deconstruct()).publisher);
                Rewards::sale_settled(&seller, *burnt);
            }
            Step::Blocks(count) => {
                let before = Balances::total_issuance();
                (0..*count).for_each(|_| next_block());
                self.minted += Balances::total_issuance() - before;
            }
            Step::Epochs(count) => (0..*count).for_each(|_| end_epoch()),
            Step::Claim(index) => {
                let who = [PROVIDER, RIVAL, OWNER, VALIDATOR, NOBODY][*index].clone();
                let promised = Rewards::rewards_view(&who);
                let before = Balances::total_balance_of(&who);
                let claimed = Rewards::claim_for(signed(&STRANGER), who.clone());
                let got = Balances::total_balance_of(&who) - before;
                let payable = promised.accrued > 0 && promised.missing == 0;
                assert_eq!(claimed.is_ok(), payable);
                assert_eq!(got, if payable { promised.accrued } else { 0 });
                self.paid += got;
            }
            Step::Compound(on) => Rewards::set_compound(signed(&PROVIDER), *on).unwrap(),
            Step::Commit(rival) => drop(commit(&one(*rival))),
            Step::Audit(end) => self.audit(*end),
            Step::Kappa(parts) => Kappa::set(&Permill::from_parts(*parts)),
            Step::Commission(parts) => Commission::set(&Permill::from_parts(*parts)),
            Step::Bond(rival, bond) => Bonds::insert(one(*rival), (VALIDATOR, *bond, true)),
            Step::History(depth) => HistoryDepth::set(depth),
        }
    }

    /// Ends one of the exams that are being audited.
    fn audit(&mut self, end: u8) {
        let Some((id, exam)) = crate::Exams::<Test>::iter().next() else { return };
        match end % 4 {
            0 => Rewards::exam_refunded(&id, CloseReason::Fraud),
            1 => Rewards::exam_released(&id, CloseReason::Doubtful),
            _ => {
                self.credit(&exam.batch.provider, exam.cap);
                Rewards::exam_released(&id, CloseReason::Valid);
            }
        }
    }

    fn check(&self) {
        Rewards::do_try_state().unwrap();
        // The pots' part of what was minted is 35 %, rounded down in each block.
        let pots: Balance = Pot::ALL.into_iter().map(pot).sum();
        assert!(pots + self.paid <= self.minted * 35 / 100);
        let got = |who: &AccountId| Balances::total_balance_of(who);
        for who in [OWNER, NOBODY] {
            let start = if who == OWNER { RICH } else { 0 };
            let credited = self.credited.get(&who).copied().unwrap_or(0);
            assert!(got(&who) <= start + credited);
        }
        // A provider's commission comes out of its own, so both together get no more than was credited to it.
        let serving = [PROVIDER, RIVAL];
        let credited: Balance = serving.iter().map(|who| self.credited.get(who).copied().unwrap_or(0)).sum();
        let received: Balance = serving.iter().chain([&VALIDATOR]).map(got).sum();
        assert!(received <= 3 * RICH + credited);
        for who in serving {
            assert!(got(&who) <= RICH + self.credited.get(&who).copied().unwrap_or(0));
        }
    }
}

/// Free and held money.
trait Total {
    fn total_balance_of(who: &AccountId) -> Balance;
}
impl Total for Balances {
    fn total_balance_of(who: &AccountId) -> Balance {
        <Balances as frame_support::traits::fungible::Inspect<_>>::total_balance(who)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn budgets_should_never_overdraw_and_nobody_get_more_than_was_credited(steps in vec(step(), 1..120)) {
        externalities().execute_with(|| {
            let mut model = Model::default();
            for step in &steps {
                model.play(step);
                model.check();
            }
            // In the end everything returns to the budgets.
            while crate::Exams::<Test>::iter().next().is_some() {
                model.audit(0);
            }
            HistoryDepth::set(&8);
            ExamEvery::set(&0);
            model.play(&Step::Blocks(3 * EPOCH_BLOCKS));
            for _ in 0..40 {
                end_epoch();
            }
            assert_eq!(Pot::ALL.map(crate::Owed::<Test>::get), [0, 0]);
            model.check();
        });
    }
}
