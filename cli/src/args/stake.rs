//! Stake, rewards and votes on the command line.

use super::{account, more_than_nothing};
use clap::{ArgAction, Args, Subcommand, ValueEnum};
use souk_primitives::{views::PayeeView, AccountId, Balance};

/// Stake.
#[derive(Args, Debug)]
pub struct StakeArgs {
    /// What to do; what the account has at stake when missing.
    #[command(subcommand)]
    pub command: Option<Stake>,
    /// The account; that of --key when missing.
    #[arg(value_parser = account)]
    pub account: Option<AccountId>,
}

/// What to do with stake.
#[derive(Subcommand, Debug)]
pub enum Stake {
    /// Put SOUK at stake, for the first time.
    Bond {
        /// In SOUK.
        #[arg(value_parser = more_than_nothing, allow_negative_numbers = true)]
        amount: Balance,
        /// Back these validators at once.
        #[arg(long, value_name = "VALIDATOR", num_args = 1.., value_parser = account)]
        nominate: Vec<AccountId>,
        /// Where rewards go: staked (into the bond), stash (to you), none, or an account.
        #[arg(long, default_value = "staked", value_parser = payee)]
        payee: PayeeView,
    },
    /// Put more at stake.
    More {
        /// In SOUK.
        #[arg(value_parser = more_than_nothing, allow_negative_numbers = true)]
        amount: Balance,
    },
    /// Take SOUK off stake; it is free after the bonding period.
    Unbond {
        /// In SOUK, or all.
        #[arg(value_parser = part, allow_negative_numbers = true)]
        amount: Amount,
    },
    /// Free what was unbonded and whose time is over, in a pool too.
    Withdraw,
    /// Back these validators from the next election on, at most 16.
    Nominate {
        /// The validators.
        #[arg(required = true, value_parser = account)]
        validators: Vec<AccountId>,
    },
    /// Neither validate nor nominate from the next election on. The bond stays.
    Chill,
    /// Where rewards go: staked (into the bond), stash (to you), none, or an account.
    Payee {
        /// Where.
        #[arg(value_parser = payee)]
        payee: PayeeView,
    },
    /// Stake together with others.
    #[command(subcommand)]
    Pool(Pool),
    /// The pools.
    Pools,
    /// Who stands for election, with the most stake first.
    Validators,
}

/// What to do in a pool.
#[derive(Subcommand, Debug)]
pub enum Pool {
    /// Join a pool, or put more into the one that you are in.
    Join {
        /// Its number.
        pool: u32,
        /// In SOUK.
        #[arg(value_parser = more_than_nothing, allow_negative_numbers = true)]
        amount: Balance,
    },
    /// Take SOUK off the pool's stake; it is free after the bonding period (souk stake withdraw).
    Leave {
        /// In SOUK, or all.
        #[arg(value_parser = part, allow_negative_numbers = true)]
        amount: Amount,
    },
    /// Have your rewards paid.
    Claim,
}

/// Rewards.
#[derive(Args, Debug)]
pub struct RewardsArgs {
    /// What to do; what the account has earned when missing.
    #[command(subcommand)]
    pub command: Option<Rewards>,
    /// The account; that of --key when missing.
    #[arg(value_parser = account)]
    pub account: Option<AccountId>,
}

/// What to do with rewards.
#[derive(Subcommand, Debug)]
pub enum Rewards {
    /// Have what was earned paid.
    Claim {
        /// To this account, which earned it; to that of --key when missing.
        #[arg(long = "for", value_parser = account)]
        beneficiary: Option<AccountId>,
    },
    /// Whether what you claim becomes bond of your provider.
    Compound {
        /// Whether it does.
        #[arg(value_enum, action = ArgAction::Set)]
        state: Switch,
    },
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

/// Votes.
#[derive(Args, Debug)]
#[command(subcommand_negates_reqs = true)]
pub struct VoteArgs {
    /// What else to do.
    #[command(subcommand)]
    pub command: Option<Vote>,
    /// The referendum's number.
    #[arg(required = true)]
    pub referendum: Option<u32>,
    /// What you say.
    #[arg(required = true)]
    pub choice: Option<Choice>,
    /// With how much, in SOUK, or all that may vote.
    #[arg(required = true, value_parser = part, allow_negative_numbers = true)]
    pub amount: Option<Amount>,
    /// 0 to 6: the vote counts for a tenth at 0 and so many times as much above, and if your side wins stays locked the longer.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=6))]
    pub conviction: u8,
}

/// What a voter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Aye,
    /// No.
    Nay,
    /// Neither, but count for the turnout.
    Abstain,
}

/// What else to do with votes.
#[derive(Subcommand, Debug)]
pub enum Vote {
    /// What you vote, delegate and have locked, and with how much you may vote.
    Status {
        /// The account; that of --key when missing.
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
    /// Take a vote back.
    Remove {
        /// The referendum's number.
        referendum: u32,
    },
    /// Let another account vote on a track.
    Delegate {
        /// Whom.
        #[arg(value_parser = account)]
        to: AccountId,
        /// With how much, in SOUK, or all that may vote.
        #[arg(value_parser = part, allow_negative_numbers = true)]
        amount: Amount,
        /// The track, by its name or number.
        #[arg(long)]
        track: String,
        /// 0 to 6, as for a vote.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=6))]
        conviction: u8,
    },
    /// End a delegation.
    Undelegate {
        /// The track, by its name or number.
        #[arg(long)]
        track: String,
    },
    /// Take votes in ended referenda back and free what is no longer locked.
    Unlock,
}

/// How much: so many units, or all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Units.
    Some(Balance),
    /// All there is.
    All,
}

impl Amount {
    /// In units, when there are so many at most.
    pub fn of(self, all: Balance) -> Balance {
        match self {
            Amount::Some(units) => units,
            Amount::All => all,
        }
    }
}

fn part(text: &str) -> Result<Amount, String> {
    match text {
        "all" => Ok(Amount::All),
        text => more_than_nothing(text).map(Amount::Some).map_err(|e| format!("{e}; or write all")),
    }
}

fn payee(text: &str) -> Result<PayeeView, String> {
    match text {
        "staked" => Ok(PayeeView::Staked),
        "stash" => Ok(PayeeView::Stash),
        "none" => Ok(PayeeView::None),
        text => {
            account(text).map(PayeeView::Account).map_err(|e| format!("{e}: write staked, stash or none"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;
    use souk_primitives::SOUK;

    fn parsed(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(format!("souk {line}").split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn a_vote_should_need_no_word_before_its_number() {
        let Ok(Command::Vote(vote)) = parsed("vote 3 aye 12.5 --conviction 2") else { panic!() };
        assert_eq!((vote.referendum, vote.choice, vote.conviction), (Some(3), Some(Choice::Aye), 2));
        assert_eq!(vote.amount, Some(Amount::Some(25 * SOUK / 2)));
        assert!(vote.command.is_none());
        for line in
            ["vote remove 3", "vote --key //Alice --json remove 3", "--json vote remove --key //Alice 3"]
        {
            let Ok(Command::Vote(vote)) = parsed(line) else { panic!("{line}") };
            assert!(matches!(vote.command, Some(Vote::Remove { referendum: 3 })), "{line}");
        }
        for wrong in [
            "vote",
            "vote 3",
            "vote 3 aye",
            "vote 3 perhaps 1",
            "vote 3 aye 1 --conviction 7",
            "vote 3 aye -1",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_amount_should_be_told_so() {
        for line in ["stake bond", "stake more", "stake unbond", "stake pool leave", "vote 3 aye"] {
            let told = |amount: &str| parsed(&format!("{line} {amount}")).unwrap_err().to_string();
            assert!(told("-5").contains("\"-5\" is no amount"), "{}", told("-5"));
            assert!(told("0").contains("more than nothing"), "{}", told("0"));
        }
    }

    #[test]
    fn without_a_word_they_should_show() {
        let Ok(Command::Stake(stake)) = parsed("stake //Alice") else { panic!() };
        assert!(stake.command.is_none() && stake.account.is_some());
        let Ok(Command::Stake(stake)) = parsed("stake") else { panic!() };
        assert!(stake.command.is_none() && stake.account.is_none());
        let Ok(Command::Stake(stake)) = parsed("stake --key //Alice chill") else { panic!() };
        assert!(matches!(stake.command, Some(Stake::Chill)) && stake.account.is_none());
        let Ok(Command::Rewards(rewards)) = parsed("rewards claim --for //Bob") else { panic!() };
        assert!(matches!(rewards.command, Some(Rewards::Claim { beneficiary: Some(_) })));
        let Ok(Command::Rewards(rewards)) = parsed("rewards compound off") else { panic!() };
        assert!(matches!(rewards.command, Some(Rewards::Compound { state: Switch::Off })));
    }

    #[test]
    fn bonds_should_say_whom_they_back_and_where_rewards_go() {
        let Ok(Command::Stake(StakeArgs { command: Some(Stake::Bond { amount, nominate, payee }), .. })) =
            parsed("stake bond 10 --nominate //Alice //Bob --payee stash")
        else {
            panic!()
        };
        assert_eq!((amount, nominate.len(), payee), (10 * SOUK, 2, PayeeView::Stash));
        let Ok(Command::Stake(StakeArgs { command: Some(Stake::Unbond { amount }), .. })) =
            parsed("stake unbond all")
        else {
            panic!()
        };
        assert_eq!(amount.of(7), 7);
        let wrong = parsed("stake bond 10 --payee nowhere").unwrap_err().to_string();
        assert!(wrong.contains("write staked, stash or none"), "{wrong}");
    }
}
