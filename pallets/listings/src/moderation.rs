//! Cases against listings: who may open one, the owner's one appeal, and what the side that was wrong loses.
//!
//! A status is right without any call: the listing says until when it is as its owner set it. What is on hold is freed
//! when the case is closed.

use crate::{
    pallet::{Cases, Config, Error, Event, Failed, HoldReason, Listings, Moderators, NextCase, Pallet},
    types::{Appeal, Case, Delisting, Listing, Moderator, Stake},
};
use alloc::vec::Vec;
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    traits::{EnsureOrigin, Get},
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use souk_pallet_support::{clock, money};
use souk_primitives::{
    moderation::{forfeit, CaseId, DelistReason},
    AccountId, Balance, Digest, ListingId,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    /// Who opens or withdraws a case: an account; none is the moderators' track.
    pub(crate) fn accuser(origin: OriginFor<T>) -> Result<Option<AccountId>, DispatchError> {
        match T::ModeratorOrigin::try_origin(origin) {
            Ok(_) => Ok(None),
            Err(origin) => Ok(Some(ensure_signed(origin)?)),
        }
    }

    pub(crate) fn do_appoint_moderator(who: AccountId) -> DispatchResult {
        let mut moderator = Moderators::<T>::get(&who).unwrap_or_default();
        ensure!(!moderator.appointed, Error::<T>::AlreadyModerator);
        moderator.appointed = true;
        Self::put_moderator(&who, moderator);
        Self::deposit_event(Event::ModeratorAppointed { moderator: who });
        Ok(())
    }

    pub(crate) fn do_dismiss_moderator(who: AccountId) -> DispatchResult {
        let mut moderator = Self::appointed(&who)?;
        moderator.appointed = false;
        Self::put_moderator(&who, moderator);
        Self::deposit_event(Event::ModeratorDismissed { moderator: who });
        Ok(())
    }

    pub(crate) fn do_post_bond(who: AccountId, amount: Balance) -> DispatchResult {
        let mut moderator = Self::appointed(&who)?;
        Self::hold_for(HoldReason::Moderator, &who, amount)?;
        moderator.bond = moderator.bond.saturating_add(amount);
        Self::put_moderator(&who, moderator);
        Self::deposit_event(Event::BondPosted { moderator: who, amount, bond: moderator.bond });
        Ok(())
    }

    pub(crate) fn do_withdraw_bond(who: AccountId, amount: Balance) -> DispatchResult {
        let mut moderator = Moderators::<T>::get(&who).ok_or(Error::<T>::NotAModerator)?;
        ensure!(amount <= moderator.withdrawable(T::MinModeratorBond::get()), Error::<T>::BondTied);
        money::release::<T::Currency, _>(&HoldReason::Moderator.into(), &who, amount)?;
        moderator.bond = moderator.bond.saturating_sub(amount);
        Self::put_moderator(&who, moderator);
        Self::deposit_event(Event::BondWithdrawn { moderator: who, amount, bond: moderator.bond });
        Ok(())
    }

    pub(crate) fn do_delist(
        by: Option<AccountId>,
        id: ListingId,
        reason: DelistReason,
        evidence: Digest,
    ) -> DispatchResult {
        let accuser = by.map(|who| Self::appointed(&who).map(|moderator| (who, moderator))).transpose()?;
        let mut listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        ensure!(!listing.retired, Error::<T>::Retired);
        let now = T::Clock::get();
        if let Some(delisting) = listing.delisting {
            ensure!(clock::in_time(now, delisting.until), Error::<T>::AlreadyDelisted);
            let case = Cases::<T>::get(id).filter(|case| accuser.is_none() && case.gives_way());
            Self::close(id, delisting, case.ok_or(Error::<T>::CaseOpen)?)?;
        }
        let number = NextCase::<T>::get();
        let next = number.checked_add(1).ok_or(Error::<T>::TooManyCases)?;
        let stake = match accuser {
            Some((who, moderator)) => Some(Self::tie(who, moderator, id, &listing.owner)?),
            None => None,
        };
        let notice_until = clock::deadline(now, T::AppealPeriod::get());
        listing.delisting = Some(Delisting { case: number, reason, until: notice_until });
        let (moderator, bond) = parts(&stake);
        NextCase::<T>::put(next);
        Cases::<T>::insert(id, Case { stake, evidence, notice_until, appeal: None });
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::CaseOpened {
            listing: id,
            case: number,
            reason,
            evidence,
            moderator,
            bond,
            notice_until,
        });
        Ok(())
    }

    pub(crate) fn do_appeal(who: AccountId, id: ListingId, statement: Digest) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        let (mut delisting, mut case) = Self::case_of(id, &listing)?;
        ensure!(case.appeal.is_none(), Error::<T>::AlreadyAppealed);
        let now = T::Clock::get();
        ensure!(clock::in_time(now, case.notice_until), Error::<T>::NoticeOver);
        let deposit = T::AppealDeposit::get();
        Self::hold_for(HoldReason::Appeal, &who, deposit)?;
        let until = clock::deadline(now, T::AppealWindow::get()).max(case.notice_until);
        delisting.until = until;
        listing.delisting = Some(delisting);
        case.appeal = Some(Appeal { by: who.clone(), deposit, statement, until });
        Listings::<T>::insert(id, listing);
        Cases::<T>::insert(id, case);
        let Delisting { case, reason, .. } = delisting;
        Self::deposit_event(Event::Appealed {
            listing: id,
            case,
            reason,
            by: who,
            statement,
            deposit,
            until,
        });
        Ok(())
    }

    pub(crate) fn do_decide_appeal(id: ListingId, number: CaseId, upheld: bool) -> DispatchResult {
        let listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let (delisting, case) = Self::case_of(id, &listing)?;
        // A poll about an earlier case says nothing about this one.
        ensure!(delisting.case == number, Error::<T>::NoCase);
        ensure!(case.appeal.is_some(), Error::<T>::NotAppealed);
        let now = T::Clock::get();
        ensure!(clock::in_time(now, delisting.until), Error::<T>::CaseOver);
        let lost = match upheld {
            true => Self::uphold(id, listing, Delisting { until: now.saturating_sub(1), ..delisting }, case)?,
            false => Self::overturn(id, listing, delisting, case)?,
        };
        let Delisting { case, reason, .. } = delisting;
        Self::deposit_event(Event::AppealDecided { listing: id, case, reason, upheld, lost });
        Ok(())
    }

    /// `by` must be who opened the case.
    pub(crate) fn do_withdraw_case(by: Option<AccountId>, id: ListingId) -> DispatchResult {
        let listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let (delisting, case) = Self::case_of(id, &listing)?;
        ensure!(parts(&case.stake).0 == by, Error::<T>::NotAuthorized);
        ensure!(clock::in_time(T::Clock::get(), delisting.until), Error::<T>::CaseOver);
        let lost = Self::overturn(id, listing, delisting, case)?;
        let Delisting { case, reason, .. } = delisting;
        Self::deposit_event(Event::CaseWithdrawn { listing: id, case, reason, lost });
        Ok(())
    }

    pub(crate) fn do_close_case(id: ListingId) -> DispatchResult {
        let listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let (delisting, case) = Self::case_of(id, &listing)?;
        ensure!(clock::is_over(T::Clock::get(), delisting.until), Error::<T>::CaseOpen);
        Self::close(id, delisting, case)
    }

    pub(crate) fn do_relist(id: ListingId, number: CaseId) -> DispatchResult {
        let mut listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let delisting = listing.delisting.filter(|delisting| delisting.case == number);
        let delisting = delisting.ok_or(Error::<T>::NotDelisted)?;
        ensure!(clock::is_over(T::Clock::get(), delisting.until), Error::<T>::CaseOpen);
        if let Some(case) = Cases::<T>::get(id) {
            Self::close(id, delisting, case)?;
        }
        listing.delisting = None;
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::Relisted { listing: id, case: number, reason: delisting.reason });
        Ok(())
    }

    /// The owner was wrong: it bites at once. Returns what the owner lost.
    fn uphold(
        id: ListingId,
        mut listing: Listing,
        delisting: Delisting,
        case: Case,
    ) -> Result<Balance, DispatchError> {
        listing.delisting = Some(delisting);
        Listings::<T>::insert(id, listing);
        Cases::<T>::remove(id);
        let (winner, _) = parts(&case.stake);
        Self::untie(case.stake, 0);
        match case.appeal {
            Some(appeal) => Self::lose(HoldReason::Appeal, &appeal.by, appeal.deposit, winner),
            None => Ok(0),
        }
    }

    /// The delisting was wrong, as a poll or its own moderator says: the listing is as it was. Whoever had to appeal
    /// against it gets half of what the moderator loses, and nobody lost anything before. The moderator can't come back
    /// against this listing, for whatever reason: who could would keep others out for as long as there are reasons, and an
    /// owner busy for as long. Returns what it lost.
    fn overturn(
        id: ListingId,
        mut listing: Listing,
        delisting: Delisting,
        case: Case,
    ) -> Result<Balance, DispatchError> {
        listing.delisting = None;
        Listings::<T>::insert(id, listing);
        Cases::<T>::remove(id);
        if let Some(appeal) = &case.appeal {
            money::release::<T::Currency, _>(&HoldReason::Appeal.into(), &appeal.by, appeal.deposit)?;
        }
        let Some(stake) = case.stake else { return Ok(0) };
        Failed::<T>::try_mutate(id, |failed| failed.try_push((stake.moderator.clone(), delisting.reason)))
            .map_err(|_| Error::<T>::TooManyFailures)?;
        let lost = match case.appeal {
            Some(appeal) => Self::lose(HoldReason::Moderator, &stake.moderator, stake.bond, Some(appeal.by))?,
            None => 0,
        };
        Self::untie(Some(stake), lost);
        Ok(lost)
    }

    /// Nobody was proven wrong: the delisting stays, or gives way to another one, and everybody's money is freed.
    fn close(id: ListingId, delisting: Delisting, case: Case) -> DispatchResult {
        Cases::<T>::remove(id);
        Self::untie(case.stake, 0);
        if let Some(appeal) = case.appeal {
            money::release::<T::Currency, _>(&HoldReason::Appeal.into(), &appeal.by, appeal.deposit)?;
        }
        let Delisting { case, reason, .. } = delisting;
        Self::deposit_event(Event::CaseClosed { listing: id, case, reason });
        Ok(())
    }

    /// Takes a stake from who was wrong. What `winner` can't take is burnt with the rest.
    fn lose(
        reason: HoldReason,
        who: &AccountId,
        stake: Balance,
        winner: Option<AccountId>,
    ) -> Result<Balance, DispatchError> {
        let share = forfeit(stake, winner.is_some()).winner;
        let payees: Vec<_> = winner.into_iter().map(|winner| (winner, share)).collect();
        money::slash_held::<T::Currency, _>(&reason.into(), who, stake, &payees)
    }

    /// Ties a part of a moderator's bond to a new case.
    fn tie(
        who: AccountId,
        mut moderator: Moderator,
        id: ListingId,
        owner: &AccountId,
    ) -> Result<Stake, DispatchError> {
        ensure!(who != *owner, Error::<T>::OwnListing);
        let failed = Failed::<T>::get(id);
        ensure!(!failed.iter().any(|(by, _)| *by == who), Error::<T>::AlreadyFailed);
        ensure!(!failed.is_full(), Error::<T>::TooManyFailures);
        let bond = T::CaseBond::get();
        ensure!(moderator.covers(bond, T::MinModeratorBond::get()), Error::<T>::BondTooLow);
        moderator.tied = moderator.tied.saturating_add(bond);
        Self::put_moderator(&who, moderator);
        Ok(Stake { moderator: who, bond })
    }

    /// Frees a case's part of its moderator's bond, but for what was lost.
    fn untie(stake: Option<Stake>, lost: Balance) {
        let Some(stake) = stake else { return };
        let Some(mut moderator) = Moderators::<T>::get(&stake.moderator) else { return };
        moderator.tied = moderator.tied.saturating_sub(stake.bond);
        moderator.bond = moderator.bond.saturating_sub(lost);
        Self::put_moderator(&stake.moderator, moderator);
    }

    fn appointed(who: &AccountId) -> Result<Moderator, DispatchError> {
        let moderator = Moderators::<T>::get(who).filter(|moderator| moderator.appointed);
        Ok(moderator.ok_or(Error::<T>::NotAModerator)?)
    }

    /// Keeps the row while there is anything to say about the account.
    fn put_moderator(who: &AccountId, moderator: Moderator) {
        match moderator.appointed || moderator.bond > 0 {
            true => Moderators::<T>::insert(who, moderator),
            false => Moderators::<T>::remove(who),
        }
    }

    fn case_of(id: ListingId, listing: &Listing) -> Result<(Delisting, Case), DispatchError> {
        let case = Cases::<T>::get(id);
        Ok(listing.delisting.zip(case).ok_or(Error::<T>::NoCase)?)
    }
}

/// Who opened a case, and with what at stake.
pub(crate) fn parts(stake: &Option<Stake>) -> (Option<AccountId>, Balance) {
    match stake {
        Some(stake) => (Some(stake.moderator.clone()), stake.bond),
        None => (None, 0),
    }
}
