//! What those of [`walk_stake`](super::walk_stake) list beside the shop, and the cases against it: bonds of moderators and
//! deposits of owners that come back, change hands or burn.

use super::{
    market::*,
    shop::TUNED,
    stakers::dispatch,
    walk_stake::{none, Walk, PEOPLE},
};
use crate::{AccountId, Runtime};
use pallet_governance::Origin;
use pallet_listings::{Call, Cases, Listings};
use souk_primitives::{
    moderation::{CaseId, DelistReason},
    views::ListingKind,
    ListingId,
};
use sp_runtime::DispatchResult;

/// Who may become a moderator.
const JUDGES: [&str; 2] = ["Consumer", "Dave"];

impl Walk<'_> {
    pub fn list_or_judge(&mut self) -> (&'static str, DispatchResult) {
        match self.dice.below(20) {
            0..=1 => ("list", self.list()),
            2 => ("remove", self.remove()),
            3 => ("appoint", self.appoint()),
            4 => ("post a bond", self.post_bond()),
            5 => ("withdraw a bond", self.withdraw_bond()),
            6..=9 => ("delist", self.delist()),
            10..=12 => ("appeal", self.appeal()),
            13..=14 => ("decide", self.decide()),
            15 => ("withdraw a case", self.withdraw_case()),
            16..=17 => ("close a case", self.close_case()),
            _ => ("relist", self.relist()),
        }
    }

    /// A listing that nobody's sale depends on.
    fn listing(&mut self) -> Option<(ListingId, AccountId)> {
        let all = Listings::<Runtime>::iter().filter(|(id, _)| *id > TUNED);
        let all: Vec<_> = all.map(|(id, listing)| (id, listing.owner)).collect();
        (!all.is_empty()).then(|| all[self.dice.below(all.len())].clone())
    }

    /// One with a case, and that case's number.
    fn case(&mut self, appealed: bool) -> Option<(ListingId, CaseId)> {
        let cases = Cases::<Runtime>::iter().filter(|(_, case)| case.appeal.is_some() == appealed);
        let cases: Vec<_> = cases.map(|(id, _)| id).collect();
        let id = *cases.get(self.dice.below(cases.len().max(1)))?;
        Some((id, Listings::<Runtime>::get(id)?.delisting?.case))
    }

    fn judge(&mut self) -> &'static str {
        self.dice.pick(&JUDGES)
    }

    fn list(&mut self) -> DispatchResult {
        let who = self.person();
        let call = Call::register {
            kind: ListingKind::Dataset,
            name: bytes("letters"),
            summary: bytes("of all kinds"),
            tags: Default::default(),
            card: Default::default(),
        };
        submit(who, call)
    }

    fn remove(&mut self) -> DispatchResult {
        let Some((listing, owner)) = self.listing() else { return none() };
        submit(name_of(&owner), Call::remove { listing })
    }

    /// Mostly appoints; what was appointed is rarely dismissed.
    fn appoint(&mut self) -> DispatchResult {
        let who = account(self.judge());
        if self.dice.one_in(5) {
            return dispatch(Call::dismiss_moderator { who }, Origin::Moderator);
        }
        dispatch(Call::appoint_moderator { who }, Origin::Moderator)
    }

    fn post_bond(&mut self) -> DispatchResult {
        let amount = self.dice.souk(1_500);
        submit(self.judge(), Call::post_bond { amount })
    }

    fn withdraw_bond(&mut self) -> DispatchResult {
        let amount = self.dice.souk(200);
        submit(self.judge(), Call::withdraw_bond { amount })
    }

    fn delist(&mut self) -> DispatchResult {
        let Some((listing, _)) = self.listing() else { return none() };
        let reason = self.dice.pick(&[DelistReason::Malware, DelistReason::Misleading]);
        let call = Call::delist { listing, reason, evidence: [1; 32] };
        if self.dice.one_in(4) {
            return dispatch(call, Origin::Moderator);
        }
        submit(self.judge(), call)
    }

    fn appeal(&mut self) -> DispatchResult {
        let Some((listing, _)) = self.case(false) else { return none() };
        let owner = Listings::<Runtime>::get(listing).unwrap().owner;
        submit(name_of(&owner), Call::appeal { listing, statement: [2; 32] })
    }

    fn decide(&mut self) -> DispatchResult {
        let Some((listing, case)) = self.case(true) else { return none() };
        let uphold_delisting = self.dice.one_in(2);
        dispatch(Call::decide_appeal { listing, case, uphold_delisting }, Origin::MarketplaceAdmin)
    }

    /// By who opened it.
    fn withdraw_case(&mut self) -> DispatchResult {
        let appealed = self.dice.one_in(2);
        let Some((listing, _)) = self.case(appealed) else { return none() };
        let call = Call::withdraw_case { listing };
        match Cases::<Runtime>::get(listing).and_then(|case| case.stake) {
            Some(stake) => submit(name_of(&stake.moderator), call),
            None => dispatch(call, Origin::Moderator),
        }
    }

    fn close_case(&mut self) -> DispatchResult {
        let appealed = self.dice.one_in(2);
        let Some((listing, _)) = self.case(appealed) else { return none() };
        submit(self.person(), Call::close_case { listing })
    }

    fn relist(&mut self) -> DispatchResult {
        let all = Listings::<Runtime>::iter();
        let all: Vec<_> = all.filter_map(|(id, listing)| Some((id, listing.delisting?.case))).collect();
        if all.is_empty() {
            return none();
        }
        let (listing, case) = self.dice.pick(&all);
        dispatch(Call::relist { listing, case }, Origin::MarketplaceAdmin)
    }
}

/// An owner or a moderator by its account.
fn name_of(who: &AccountId) -> &'static str {
    let mut people = PEOPLE.into_iter().chain(JUDGES);
    people.find(|name| account(name) == *who).expect("nobody else lists or judges")
}
