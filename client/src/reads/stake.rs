//! Typed reads of stake, rewards and votes.

use super::PAGE;
use crate::{chain::Chain, error::Result};
use souk_primitives::{
    views::{
        EmissionView, PoolView, ReferendumView, RewardsView, StakeView, TrackView, TrackVotesView,
        ValidatorView, VotingPowerView,
    },
    AccountId,
};

impl Chain {
    /// What an account has at stake.
    pub async fn stake(&self, account: &AccountId) -> Result<StakeView> {
        self.call("SoukApi_stake", (account,)).await
    }

    /// Everybody who stands for election as a validator, page by page.
    pub async fn all_validators(&self) -> Result<Vec<ValidatorView>> {
        let mut all: Vec<ValidatorView> = Vec::new();
        loop {
            let start = all.last().map(|last| &last.account);
            let page: Vec<ValidatorView> = self.call("SoukApi_validators", (start, PAGE)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// All pools, page by page.
    pub async fn all_pools(&self) -> Result<Vec<PoolView>> {
        let mut all: Vec<PoolView> = Vec::new();
        loop {
            let page: Vec<PoolView> =
                self.call("SoukApi_pools", (all.last().map(|last| last.id), PAGE)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// What is minted, and for whom.
    pub async fn emission(&self) -> Result<EmissionView> {
        self.call("SoukApi_emission", ()).await
    }

    /// What an account has earned.
    pub async fn rewards(&self, account: &AccountId) -> Result<RewardsView> {
        self.call("SoukApi_rewards", (account,)).await
    }

    /// How much an account may vote with.
    pub async fn power(&self, account: &AccountId) -> Result<VotingPowerView> {
        self.call("SoukApi_power", (account,)).await
    }

    /// What an account votes and delegates, track by track.
    pub async fn votes(&self, account: &AccountId) -> Result<Vec<TrackVotesView>> {
        self.call("SoukApi_votes", (account,)).await
    }

    /// On which conditions referenda pass.
    pub async fn tracks(&self) -> Result<Vec<TrackView>> {
        self.call("SoukApi_tracks", ()).await
    }

    /// Referenda below the number `before`, the newest first, at most `limit`.
    pub async fn referenda(
        &self,
        only_ongoing: bool,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<ReferendumView>> {
        self.call("SoukApi_referenda", (only_ongoing, before, limit)).await
    }

    /// One referendum.
    pub async fn referendum(&self, index: u32) -> Result<Option<ReferendumView>> {
        self.call("SoukApi_referendum", (index,)).await
    }
}
