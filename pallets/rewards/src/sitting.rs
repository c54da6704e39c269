//! Sitting an exam: who may, what it commits to, and how it ends.

use crate::{exam::Stage, pallet::*, ports::*, types::*};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::money;
use souk_primitives::{
    batch::{Batch, BatchKind},
    close::CloseReason,
    exam,
    exposure::Chance,
    rewards::{self, TooDear},
    AccountId, Balance, BatchId, BlockNumber, Digest, SpecId,
};

impl<T> From<TooDear> for Error<T> {
    fn from(dear: TooDear) -> Self {
        match dear {
            TooDear::AboveReference => Error::PriceAboveReference,
            TooDear::AboveMedian => Error::PriceAboveMedian,
        }
    }
}

/// A provider that may sit the exam on a spec.
pub(crate) struct Candidate {
    /// Its active bond.
    pub bond: Balance,
    /// Tokens a second that it claims.
    pub capacity: u32,
    /// The spec's reference price.
    pub reference: Balance,
    /// Its own price index.
    pub price: Balance,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_commit_exam(
        who: AccountId,
        spec: SpecId,
        root: Digest,
        total: Balance,
        count: u32,
    ) -> DispatchResult {
        let mut round = CurrentRound::<T>::get();
        let Stage::Open { drawn, by, last } = round.stage else { return Err(Error::<T>::ExamNotOpen.into()) };
        ensure!(Self::is_in_time(by, last), Error::<T>::ExamOver);
        let candidate = Self::candidate(&who, &spec, round.began)?;
        let sat = Sittings::<T>::get(spec, &who);
        ensure!(sat != Some(round.epoch), Error::<T>::AlreadyCommitted);
        let questions = exam::questions(candidate.capacity, T::ExamSeconds::get());
        ensure!(count == questions, Error::<T>::WrongCount);
        ensure!(exam::plausible(count, total), Error::<T>::WrongTotal);
        let cost = T::Audits::report_cost(&spec);
        ensure!(money::free::<T::Currency, _>(&who) >= cost, Error::<T>::InsufficientFree);

        let id = exam::exam_id(round.epoch, &drawn, &who, &spec);
        let cap = Self::cap(candidate.bond, round.span);
        let exposure = cap.saturating_mul(T::SafetyFactor::get().into()).min(candidate.bond);
        let asker = Self::account();
        let batch = Batch {
            id,
            channel: id,
            provider: who.clone(),
            consumer: asker.clone(),
            funder: asker,
            spec,
            from: 0,
            value: total,
            root,
            total,
            count,
            chance: Chance::ONE,
            exposure,
            audited: true,
            committed_at: Self::block(),
            kind: BatchKind::Exam,
        };
        T::Audits::prepay(&spec, &who, cost)?;
        round.open = round.open.saturating_add(1);
        Sittings::<T>::insert(spec, &who, round.epoch);
        CurrentRound::<T>::put(round);
        let Candidate { capacity, reference, price, .. } = candidate;
        let exam = Exam { batch: batch.clone(), cap, capacity, reference, price, prepaid: cost };
        Exams::<T>::insert(id, exam);
        Self::deposit_event(Event::ExamCommitted { exam: id, provider: who, spec, count, total, exposure });
        T::Audits::commit(&batch)
    }

    /// Whether a provider may sit an exam on a spec that began in this live block, and what counts then.
    pub(crate) fn candidate(
        who: &AccountId,
        spec: &SpecId,
        began: BlockNumber,
    ) -> Result<Candidate, Error<T>> {
        let standing = T::Providers::standing(who).filter(|standing| standing.serves);
        let bond = standing.ok_or(Error::<T>::NotServing)?.bond;
        let offer = T::Providers::offer(who, spec).ok_or(Error::<T>::NotServing)?;
        // What one can do is known once the work is done: what one offers stands before the papers are known.
        ensure!(offer.since < began, Error::<T>::OfferChanged);
        ensure!(T::Providers::is_for_hire(who, spec, began), Error::<T>::NotForHire);
        ensure!(T::Providers::is_audited(who, spec), Error::<T>::NotAudited);
        let reference = References::<T>::get(spec).ok_or(Error::<T>::NoReference)?;
        let (price, band) = (rewards::price_index(&offer.prices), T::PriceBand::get().deconstruct());
        rewards::check_price(price, reference, Self::median_price(spec, reference), band)?;
        Ok(Candidate { bond, capacity: offer.capacity, reference, price })
    }

    /// The commitment of an exam that has not ended, as the batch that it is audited as.
    pub fn exam_batch(id: &BatchId) -> Option<Batch> {
        Exams::<T>::get(id).map(|exam| exam.batch)
    }

    /// What the provider of an exam that has not ended prepaid for its reports.
    pub fn exam_prepaid(id: &BatchId) -> Balance {
        Exams::<T>::get(id).map_or(0, |exam| exam.prepaid)
    }

    /// An exam's audits have ended without fault of the provider. Only `Valid` earns points, and only who still serves at a
    /// price that it has not raised since it sat. Does nothing when there is no such exam.
    pub fn exam_released(id: &BatchId, reason: CloseReason) {
        let Some((round, exam)) = Self::end_exam(id) else { return };
        let Exam { batch: Batch { provider, spec, total, .. }, cap, capacity, reference, price, .. } = exam;
        if reason != CloseReason::Valid {
            Self::deposit_event(Event::ExamFailed { exam: *id, provider, spec, reason });
            return;
        }
        let capacity = exam::shown(capacity, total, T::ExamSeconds::get());
        T::Providers::set_proven(&provider, &spec, capacity);
        // A price that is fair for the minutes of an exam alone is no offer. What others have done meanwhile, the
        // listing's owner or the validator, takes nothing from who was for hire when it sat.
        let is_offered = T::Providers::standing(&provider).is_some_and(|standing| standing.serves)
            && T::Providers::offer(&provider, &spec)
                .is_some_and(|offer| rewards::price_index(&offer.prices) <= price);
        let points = if is_offered { rewards::points(total, reference) } else { 0 };
        Self::pass(&provider, round, points, cap);
        Self::deposit_event(Event::ExamPassed { exam: *id, provider, spec, points, capacity });
    }

    /// An exam was failed, or nobody can say. Only what was wrong or withheld tells something about the capacity; whoever
    /// audits it slashes. Does nothing when there is no such exam.
    pub fn exam_refunded(id: &BatchId, reason: CloseReason) {
        let Some((_, Exam { batch, .. })) = Self::end_exam(id) else { return };
        if matches!(reason, CloseReason::Fraud | CloseReason::Withheld) {
            T::Providers::set_proven(&batch.provider, &batch.spec, 0);
        }
        let Batch { provider, spec, .. } = batch;
        Self::deposit_event(Event::ExamFailed { exam: *id, provider, spec, reason });
    }

    /// Takes an exam out of the round, and says which one that is.
    fn end_exam(id: &BatchId) -> Option<(u32, Exam)> {
        let exam = Exams::<T>::take(id)?;
        let mut round = CurrentRound::<T>::get();
        round.open = round.open.saturating_sub(1);
        let epoch = round.epoch;
        CurrentRound::<T>::put(round);
        Some((epoch, exam))
    }

    /// Gives a provider points. Its cap counts once a round, however many specs it sits for: that of the first passed.
    pub(crate) fn pass(provider: &AccountId, round: u32, points: Balance, cap: Balance) {
        if points == 0 {
            return;
        }
        let mut record = Self::settle(Role::Provider, provider);
        let earlier = record.passed.filter(|passed| passed.round == round);
        let more = if earlier.is_some() { 0 } else { cap };
        let before = earlier.unwrap_or(Passed { round, points: 0, cap });
        record.passed = Some(Passed { points: before.points.saturating_add(points), ..before });
        if let Some(standing) = T::Providers::standing(provider) {
            record.validator = Some(standing.validator);
        }
        Self::put_record(Role::Provider, provider, &record);
        Rounds::<T>::mutate(round, |book| book.get_or_insert_default().pass(points, more));
    }

    pub(crate) fn do_set_reference(spec: SpecId, price: Balance) -> DispatchResult {
        if price == 0 {
            References::<T>::remove(spec);
        } else {
            ensure!(T::Specs::owner(&spec).is_some(), Error::<T>::SpecNotFound);
            References::<T>::insert(spec, price);
        }
        Self::deposit_event(Event::ReferenceSet { spec, price });
        Ok(())
    }

    pub(crate) fn block() -> BlockNumber {
        sp_runtime::SaturatedConversion::saturated_into(frame_system::Pallet::<T>::block_number())
    }
}
