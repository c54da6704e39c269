//! What the runtime API reads.

use crate::{
    exam::{Round, Stage},
    pallet::*,
    ports::{Audits, Providers},
    types::{Passed, Pot, Record, Role},
    PROVIDERS, PUBLISHERS,
};
use alloc::{string::String, vec::Vec};
use frame_support::{
    storage::with_transaction,
    traits::{fungible::Inspect, Get},
};
use souk_primitives::{
    exam,
    rewards::{self, Availability, Rate},
    views::{BudgetView, ExamPhase, ExamView, PaperView, RewardsView},
    AccountId, Balance, Digest, SpecId,
};
use sp_runtime::{DispatchError, TransactionOutcome};

impl<T: Config> Pallet<T> {
    /// What an account has earned in all its roles.
    pub fn rewards_view(account: &AccountId) -> RewardsView {
        let oldest = Role::ALL
            .into_iter()
            .filter_map(|role| Records::<T>::get(role, account))
            .map(|record| record.passed.map_or(record.epoch, |passed| passed.round.min(record.epoch)))
            .min();
        // What a claim would find, without its traces.
        let records = with_transaction(|| {
            let settled = Role::ALL.map(|role| (role, Self::settle(role, account)));
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(settled))
        })
        .unwrap_or_else(|_| Role::ALL.map(|role| (role, Record::default())));
        let sum = |of: &dyn Fn(&Role, &Record) -> Balance| {
            records.iter().fold(0, |sum: Balance, (role, record)| sum.saturating_add(of(role, record)))
        };
        let accrued = sum(&|_, record| record.accrued);
        RewardsView {
            account: account.clone(),
            epoch: Epoch::<T>::get(),
            accrued,
            pending: sum(&|role, record| Self::estimate(*role, record)),
            credits: sum(&|_, record| record.credits),
            points: sum(&|_, record| record.passed.map_or(0, |passed| passed.points)),
            missing: if accrued == 0 { 0 } else { Self::missing(account, accrued) },
            compound: Compounding::<T>::contains_key(account),
            expires_epoch: oldest.map(|epoch| epoch.saturating_add(Self::history())),
        }
    }

    /// What a settled record's credits and points would gain if the epoch and the exam ended now.
    fn estimate(role: Role, record: &Record) -> Balance {
        let pot = role.pot();
        let budget = Self::free(pot);
        let credits = Books::<T>::get(pot, record.epoch).map_or(0, |book| book.credits);
        let rate = Rate::new(budget, credits);
        let usage = rate.of(record.credits);
        let points = record.passed.map_or(0, |Passed { round, points, cap }| {
            let counted = Rounds::<T>::get(round).unwrap_or_default().availability;
            Availability { budget: budget.saturating_sub(rate.paid), ..counted }.settle(points, cap).paid
        });
        let gained = usage.saturating_add(points);
        match (role, &record.validator) {
            (Role::Provider, Some(_)) => rewards::commission(gained, T::Commission::get().deconstruct()).1,
            _ => gained,
        }
    }

    /// The exam that is going on, with the papers of `provider`.
    pub fn exam_view(provider: &AccountId) -> ExamView {
        let round = CurrentRound::<T>::get();
        let (phase, open) = match round.stage {
            Stage::Waiting => (ExamPhase::Waiting, None),
            Stage::Rolling { .. } => (ExamPhase::Rolling, None),
            Stage::Mixing { .. } => (ExamPhase::Mixing, None),
            Stage::Open { drawn, by, last } if Self::is_in_time(by, last) => {
                (ExamPhase::Open, Some((drawn, by)))
            }
            Stage::Open { drawn, by, .. } => (ExamPhase::Closed, Some((drawn, by))),
        };
        let papers = open.map_or_else(Vec::new, |(drawn, _)| {
            let specs = T::Providers::serving(provider);
            let paper = |spec| Self::paper_view(&round, &drawn, provider, spec);
            specs.into_iter().map(paper).collect()
        });
        ExamView {
            epoch: round.epoch,
            phase,
            drawn: open.map(|(drawn, _)| drawn),
            commit_by: open.map(|(_, by)| by),
            audited: round.open,
            papers,
        }
    }

    fn paper_view(round: &Round, drawn: &Digest, provider: &AccountId, spec: SpecId) -> PaperView {
        let Round { epoch, span, began, .. } = *round;
        let capacity = T::Providers::offer(provider, &spec).map_or(0, |offer| offer.capacity);
        let bond = T::Providers::standing(provider).map_or(0, |standing| standing.bond);
        PaperView {
            spec,
            exam: exam::exam_id(epoch, drawn, provider, &spec),
            paper: exam::paper(drawn, provider, &spec),
            questions: exam::questions(capacity, T::ExamSeconds::get()),
            max_tokens: exam::ANSWER_TOKENS,
            committed: Sittings::<T>::get(spec, provider) == Some(epoch),
            cost: T::Audits::report_cost(&spec),
            cap: Self::cap(bond, span),
            refusal: Self::candidate(provider, &spec, began).err().map(|error| {
                let name: &'static str = error.into();
                String::from(name)
            }),
        }
    }

    /// The two budgets.
    pub fn budget_views() -> Vec<BudgetView> {
        let view = |pot| {
            let (key, round) = match pot {
                Pot::Providers => (PROVIDERS, Rounds::<T>::get(CurrentRound::<T>::get().epoch)),
                Pot::Publishers => (PUBLISHERS, None),
            };
            let account = Self::pot_account(pot);
            let balance = T::Currency::balance(&account).saturating_sub(T::Currency::minimum_balance());
            BudgetView {
                key: String::from_utf8_lossy(key).into_owned(),
                account,
                balance,
                owed: Owed::<T>::get(pot),
                free: Self::free(pot),
                credits: Books::<T>::get(pot, Epoch::<T>::get()).map_or(0, |book| book.credits),
                points: round.filter(|book| !book.is_fixed).map_or(0, |book| book.availability.points),
            }
        };
        Pot::ALL.into_iter().map(view).collect()
    }
}
