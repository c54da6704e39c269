//! What to do next, for refusals of pallets that others wrote and whose own words don't say it.

/// Pallet, error, sentence.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("Staking", "AlreadyBonded", "there is a bond already; `souk stake more` adds to it"),
    ("Staking", "NotController", "there is no bond; see `souk stake bond`"),
    ("Staking", "NotStash", "there is no bond; see `souk stake bond`"),
    ("Staking", "InsufficientBond", "the bond would be smaller than the least one of its kind; `souk stake more` adds to it, and `souk stake unbond all` ends it"),
    ("Staking", "NoMoreChunks", "32 amounts are unbonding already; wait for the first of them and run `souk stake withdraw`"),
    ("Staking", "TooManyTargets", "a nominator backs 16 validators at most"),
    ("Staking", "BadTarget", "one of them takes no new nominators; see `souk stake validators`"),
    ("Staking", "TooManyNominators", "there are as many nominators as governance allows; a pool is open to all (souk stake pools)"),
    ("Staking", "Restricted", "the account is in a pool, and an account stakes either in a pool or on its own"),
    ("NominationPools", "PoolNotFound", "there is no such pool; see `souk stake pools`"),
    ("NominationPools", "PoolMemberNotFound", "the account is in no pool; see `souk stake pools`"),
    ("NominationPools", "AccountBelongsToOtherPool", "the account is in another pool already"),
    ("NominationPools", "NotOpen", "the pool takes no members; see `souk stake pools` for others"),
    ("NominationPools", "MinimumBondNotMet", "less would be left at stake than a member of a pool needs; `souk stake pool leave all` takes everything out"),
    ("NominationPools", "MaxUnbondingLimit", "8 amounts are unbonding already; wait for the first of them and run `souk stake withdraw`"),
    ("NominationPools", "CannotWithdrawAny", "nothing may be withdrawn yet; `souk stake` says when"),
    ("NominationPools", "Restricted", "the account has a bond, and an account stakes either in a pool or on its own"),
    ("Preimage", "NotNoted", "no bytes of that call are on the chain"),
    ("Preimage", "NotAuthorized", "somebody else brought these bytes, and has the deposit back"),
    ("Preimage", "Requested", "an approved call waits for these bytes; try again when it has run"),
    ("Preimage", "TooBig", "a call of more than 4 MiB can't be brought to the chain"),
    ("ConvictionVoting", "NotOngoing", "the referendum takes no votes any more"),
    ("ConvictionVoting", "InsufficientFunds", "so much may not vote; `souk stake` says how much may"),
    ("ConvictionVoting", "AlreadyDelegating", "votes on this track are delegated; end that first (souk vote undelegate)"),
    ("ConvictionVoting", "AlreadyVoting", "there are votes on this track; take them back first (souk vote remove)"),
    ("ConvictionVoting", "NotVoter", "there is no vote in this referendum; see `souk vote status`"),
    ("ConvictionVoting", "NotDelegating", "nothing is delegated on this track; see `souk vote status`"),
    ("ConvictionVoting", "MaxVotesReached", "512 votes on one track are the most; `souk vote unlock` takes those back whose referenda have ended"),
];

/// What an error of a pallet means here, if its own words don't say it.
pub fn sentence(pallet: &str, name: &str) -> Option<&'static str> {
    SENTENCES.iter().find(|(of, error, _)| (*of, *error) == (pallet, name)).map(|(_, _, told)| *told)
}

#[cfg(test)]
mod tests {
    use crate::failure::{Code, Failure};
    use souk_client::{Error, Refusal};

    fn refused(pallet: &str, name: &str) -> Failure {
        let (pallet, name) = (pallet.into(), name.into());
        Error::Refused(Refusal { pallet, name, sentence: "The pallet's own words".into() }).into()
    }

    #[test]
    fn known_refusals_should_say_what_to_do() {
        let known = refused("ConvictionVoting", "InsufficientFunds");
        assert_eq!(known.code, Code::Refused);
        assert_eq!(
            known.message,
            "so much may not vote; `souk stake` says how much may (ConvictionVoting.InsufficientFunds)"
        );
        let other = refused("Channels", "NotProvider").message;
        assert_eq!(other, "The pallet's own words (Channels.NotProvider)");
    }
}
