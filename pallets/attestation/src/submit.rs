//! Commits and reveals: what is checked before a submission is let into the pool or a block, and what it does.
//!
//! Nobody pays for these calls, so everything that can be checked is checked in `authorize`, cheap things first and the
//! signature last. The same checks run again in the dispatch: a block's earlier calls may have changed the state.

use crate::{
    sr25519::{AuthorityId, AuthoritySignature},
    types::{Audit, Seat, Step, MAX_ITEMS},
    Audits, Config, Error, Event, Pallet,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    pallet_prelude::{
        InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction, Weight,
    },
    traits::{ConstU32, Get},
    BoundedVec,
};
use souk_primitives::{
    audit::{commitment, submission_payload, Commit, Reveal, Round, COMMIT_TAG, REVEAL_TAG},
    AccountId, AuditId, BlockNumber, Digest,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::transaction_validity::TransactionValidityWithRefund;

/// Commits of one submission.
pub type Commits = BoundedVec<Commit, ConstU32<MAX_ITEMS>>;
/// Reveals of one submission.
pub type Reveals = BoundedVec<Reveal, ConstU32<MAX_ITEMS>>;

/// One item of a submission.
pub trait Item: Encode {
    /// The call's tag in the signature and in the pool.
    const TAG: &'static [u8];

    /// Audit and round that it is for.
    fn subject(&self) -> (AuditId, Round);

    /// Checks it against the audit and its author's seat, in live block `now`. Returns the last block for it.
    fn check<T: Config>(
        &self,
        validator: &AccountId,
        audit: &Audit,
        seat: &Seat,
        now: BlockNumber,
    ) -> Result<BlockNumber, Error<T>>;
}

impl Item for Commit {
    const TAG: &'static [u8] = COMMIT_TAG;

    fn subject(&self) -> (AuditId, Round) {
        (self.audit, self.round)
    }

    fn check<T: Config>(
        &self,
        _: &AccountId,
        audit: &Audit,
        seat: &Seat,
        now: BlockNumber,
    ) -> Result<BlockNumber, Error<T>> {
        ensure!(seat.commitment.is_none(), Error::<T>::AlreadyCommitted);
        ensure!(audit.step(now) == Step::Commit, Error::<T>::TooLate);
        Ok(audit.commit_by)
    }
}

impl Item for Reveal {
    const TAG: &'static [u8] = REVEAL_TAG;

    fn subject(&self) -> (AuditId, Round) {
        (self.audit, self.round)
    }

    fn check<T: Config>(
        &self,
        validator: &AccountId,
        audit: &Audit,
        seat: &Seat,
        now: BlockNumber,
    ) -> Result<BlockNumber, Error<T>> {
        ensure!(seat.report.is_none(), Error::<T>::AlreadyRevealed);
        match audit.step(now) {
            Step::Reveal => {}
            Step::Commit => return Err(Error::<T>::TooEarly),
            _ => return Err(Error::<T>::TooLate),
        }
        let sealed = seat.commitment.ok_or(Error::<T>::NotCommitted)?;
        let genesis = Pallet::<T>::genesis();
        let opened =
            commitment(&genesis, &self.audit, self.round, &self.report, &self.digest, &self.salt, validator);
        ensure!(opened == sealed, Error::<T>::WrongReveal);
        Ok(audit.reveal_by)
    }
}

/// What the checks of a submission found: the key that must have signed it, and the first deadline.
#[derive(Debug)]
pub(crate) struct Checked {
    key: Digest,
    deadline: BlockNumber,
}

impl<T: Config> Pallet<T> {
    /// All checks but the signature.
    pub(crate) fn check<I: Item>(validator: &AccountId, items: &[I]) -> Result<Checked, Error<T>> {
        let now = T::Clock::get();
        let mut found: Option<Checked> = None;
        let mut seen: Vec<AuditId> = Vec::new();
        for item in items {
            let (id, round) = item.subject();
            ensure!(!seen.contains(&id), Error::<T>::DuplicateItem);
            seen.push(id);
            let audit = Audits::<T>::get(id).ok_or(Error::<T>::UnknownAudit)?;
            ensure!(audit.round == round, Error::<T>::WrongRound);
            let seat = audit.seat(validator).ok_or(Error::<T>::NotAMember)?;
            ensure!(audit.is_open(), Error::<T>::TooLate);
            let deadline = item.check::<T>(validator, &audit, seat, now)?;
            let checked = found.get_or_insert(Checked { key: seat.key, deadline });
            // Seats of two sessions may have two keys: they come in two submissions.
            ensure!(checked.key == seat.key, Error::<T>::TwoKeys);
            checked.deadline = checked.deadline.min(deadline);
        }
        found.ok_or(Error::<T>::NothingSubmitted)
    }

    /// Lets a submission into the pool or a block, or says why not.
    pub(crate) fn authorize<I: Item>(
        _source: TransactionSource,
        validator: &AccountId,
        items: &BoundedVec<I, ConstU32<MAX_ITEMS>>,
        signature: &AuthoritySignature,
    ) -> TransactionValidityWithRefund {
        let checked = Self::check(validator, items).map_err(|error| refusal(&error))?;
        let payload = submission_payload(I::TAG, &Self::genesis(), validator, items);
        let key = AuthorityId::from(sp_core::sr25519::Public::from_raw(checked.key));
        if !key.verify(&payload, signature) {
            return Err(InvalidTransaction::BadProof.into());
        }
        let left = checked.deadline.saturating_sub(T::Clock::get());
        let mut validity = ValidTransaction::with_tag_prefix("SoukAttestation")
            .priority(T::UnsignedPriority::get())
            .longevity(left.max(1).into())
            .propagate(true);
        for item in items {
            let (audit, round) = item.subject();
            validity = validity.and_provides((I::TAG, validator, audit, round));
        }
        validity.build().map(|validity| (validity, Weight::zero()))
    }

    /// Stores sealed reports.
    pub(crate) fn do_commit(validator: &AccountId, items: &[Commit]) -> DispatchResult {
        Self::check(validator, items)?;
        for item in items {
            Audits::<T>::mutate_extant(item.audit, |audit| {
                if let Some(seat) = audit.seats.iter_mut().find(|s| s.validator == *validator) {
                    seat.commitment = Some(item.commitment);
                }
            });
            Self::deposit_event(Event::ReportCommitted { audit: item.audit, validator: validator.clone() });
        }
        Ok(())
    }

    /// Opens sealed reports, and decides each audit that nobody can add anything to.
    pub(crate) fn do_reveal(validator: &AccountId, items: &[Reveal]) -> DispatchResult {
        Self::check(validator, items)?;
        for item in items {
            let Some(mut audit) = Audits::<T>::get(item.audit) else { continue };
            // An earlier reveal of this very submission may have convicted the batch that both audits are of.
            if !audit.is_open() {
                continue;
            }
            if let Some(seat) = audit.seats.iter_mut().find(|s| s.validator == *validator) {
                seat.report = Some(item.report);
            }
            let verdict = Self::verdict(&audit.spec, &item.report);
            Self::deposit_event(Event::ReportRevealed {
                audit: item.audit,
                validator: validator.clone(),
                report: item.report,
                verdict,
            });
            let decide = audit.step(T::Clock::get()) == Step::Decide;
            Audits::<T>::insert(item.audit, audit);
            if decide {
                Self::do_decide(item.audit);
            }
        }
        Ok(())
    }

    /// Genesis hash of the chain.
    pub(crate) fn genesis() -> Digest {
        let hash = frame_system::Pallet::<T>::block_hash(
            frame_system::pallet_prelude::BlockNumberFor::<T>::from(0u32),
        );
        let mut genesis = [0u8; 32];
        genesis.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        genesis
    }
}

/// How the pool tells a refused submission: standard codes where one fits, else a number of our own.
pub(crate) fn refusal<T: Config>(error: &Error<T>) -> TransactionValidityError {
    match error {
        Error::AlreadyCommitted | Error::AlreadyRevealed | Error::TooLate => InvalidTransaction::Stale,
        Error::TooEarly => InvalidTransaction::Future,
        Error::NotAMember => InvalidTransaction::BadSigner,
        Error::UnknownAudit => InvalidTransaction::Custom(1),
        Error::WrongRound => InvalidTransaction::Custom(2),
        Error::NotCommitted => InvalidTransaction::Custom(3),
        Error::WrongReveal => InvalidTransaction::Custom(4),
        Error::NothingSubmitted => InvalidTransaction::Custom(5),
        Error::DuplicateItem => InvalidTransaction::Custom(6),
        Error::TwoKeys => InvalidTransaction::Custom(7),
        _ => InvalidTransaction::Call,
    }
    .into()
}
