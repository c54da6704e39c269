//! Candidates and nominators of an election, made up from a seed.

use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};
use serde_json::{json, Value};
use sp_core::{
    crypto::{AccountId32, Ss58Codec},
    ed25519, sr25519,
};

/// Units of a SOUK.
pub const SOUK: u128 = 1_000_000_000_000;
/// Candidates that one nominator names: as many as it may.
const NAMED: usize = 16;
/// Slots of a session: everyone has blocks to make in each, so that nobody is missed.
const EPOCH_SLOTS: u64 = 300;
/// What everyone owns, as a multiple of its stake.
const WEALTH: u128 = 10;

/// A nominator, or a candidate who votes for itself.
#[derive(Clone, Debug)]
pub struct Voter {
    /// Its account.
    pub who: AccountId32,
    /// What it staked, in units.
    pub stake: u128,
    /// Whom it names.
    pub names: Vec<AccountId32>,
}

/// Who takes part in an election.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Seats.
    pub seats: u32,
    /// Candidates; each is its own voter.
    pub candidates: Vec<Voter>,
    /// Nominators.
    pub nominators: Vec<Voter>,
}

fn account(kind: &str, index: usize) -> AccountId32 {
    AccountId32::new(sp_crypto_hashing::blake2_256(format!("{kind} {index}").as_bytes()))
}

impl Crowd {
    /// Stakes are as unequal as fortunes are: the n-th largest is the first's n-th part. Nominators name popular
    /// candidates more often than others.
    pub fn new(seed: u64, seats: u32, candidates: usize, nominators: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let own = |index: usize| (10_000 + 90_000 / (index as u128 + 1)) * SOUK;
        let candidates: Vec<Voter> = (0..candidates)
            .map(|index| {
                let who = account("candidate", index);
                Voter { names: vec![who.clone()], who, stake: own(index) }
            })
            .collect();
        let nominators = (0..nominators)
            .map(|index| {
                let mut names = Vec::with_capacity(NAMED);
                while names.len() < NAMED.min(candidates.len()) {
                    // The lower of two draws: the first candidates are the popular ones.
                    let mut draw = || (random.next_u64() % candidates.len() as u64) as usize;
                    let name = &candidates[draw().min(draw())].who;
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                let stake = (100 + 1_000_000 / (index as u128 + 1)) * SOUK;
                Voter { who: account("nominator", index), stake, names }
            })
            .collect();
        Self { seats, candidates, nominators }
    }

    /// Everyone who votes.
    pub fn voters(&self) -> impl Iterator<Item = &Voter> {
        self.candidates.iter().chain(&self.nominators)
    }

    /// What makes a preset of the chain start with this crowd, each with session keys, on a clock of long sessions.
    pub fn genesis(&self) -> Value {
        let address = |who: &AccountId32| who.to_ss58check();
        let balances: Vec<Value> =
            self.voters().map(|voter| json!([address(&voter.who), voter.stake * WEALTH])).collect();
        let stakers: Vec<Value> = self
            .candidates
            .iter()
            .map(|voter| (voter, json!("Validator")))
            .chain(self.nominators.iter().map(|voter| {
                let names: Vec<String> = voter.names.iter().map(address).collect();
                (voter, json!({ "Nominator": names }))
            }))
            .map(|(voter, role)| json!([address(&voter.who), address(&voter.who), voter.stake, role]))
            .collect();
        let keys: Vec<Value> = self
            .candidates
            .iter()
            .map(|voter| {
                let raw: [u8; 32] = voter.who.clone().into();
                let (key, vote) = (sr25519::Public::from_raw(raw), ed25519::Public::from_raw(raw));
                let keys = json!({
                    "babe": key.to_ss58check(), "grandpa": vote.to_ss58check(), "authority_discovery": key.to_ss58check(),
                    "attestation": key.to_ss58check(), "im_online": key.to_ss58check(),
                });
                json!([address(&voter.who), address(&voter.who), keys])
            })
            .collect();
        json!({
            "balances": { "balances": balances },
            "governance": { "timing": { "epochSlots": EPOCH_SLOTS } },
            "session": { "keys": keys },
            "staking": {
                "validatorCount": self.seats,
                "stakers": stakers,
            },
        })
    }
}
