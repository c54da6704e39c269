//! Exams: who shows the capacity that it claims is paid for it, and who only pretends to have it pays.

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join;
use serde_json::Value;
use souk_client::{
    calls::{compute, system::sudo, Call},
    keys, souk, Chain,
};
use souk_e2e::market::{
    books,
    exams::{self, End, Outcome, Round, Sat},
    models,
    program::Souk,
    register::{self, account, CAPACITY, PROVIDER_BOND},
    storage::whole,
    up::Provider,
    Market,
};
use souk_primitives::{
    call::Prices,
    close::CloseReason,
    exam::questions,
    rewards::{self, Availability},
    views::{ExamView, ProviderStatus, ProviderView, RewardsView},
    AccountId, Balance, Digest, SpecId, SOUK,
};
use std::time::Duration;

/// Serves calls honestly, and answers its exams with the same text each.
const CRAMMER: &str = "//Crammer";
/// Seconds of work that an exam asks for on the fast clock.
const SECONDS: u32 = 2;
/// A validator's part of what its provider earns, in millionths.
const COMMISSION: u32 = 100_000;
/// How long exams, their audits and their epochs may take: whoever misses one sits the next.
const PATIENCE: Duration = Duration::from_secs(600);

/// Starts the provider that does not learn.
pub fn start_crammer(market: &mut Market) -> Result<Provider> {
    let chat = vec![models::test_models()?.remove(0)];
    market.start_provider(CRAMMER, 1, &chat, Some("crammed"))
}

/// Has it serve the spec, for a little more than the demo provider: calls go there.
pub async fn serve(chain: &Chain, spec: SpecId, crammer: &Provider) -> Result<()> {
    // `Rewards.ExamEvery`: one in every second epoch, so that nobody waits long for the first with the whole market in it.
    let often = Call::new("Parameters", "set_parameter").arg("key_value", (5u8, 5u8, Some(2u32)));
    register::send(chain, &register::dev("//Alice")?, sudo(often)).await?;
    register::endow(chain, &[CRAMMER.into()], 2 * PROVIDER_BOND).await?;
    register::bond(chain, CRAMMER, "//Bob", &crammer.ready().await?).await?;
    let Prices { per_1k_input, per_1k_output } = models::test_models()?.remove(0).prices;
    let dearer = Prices { per_1k_input, per_1k_output: per_1k_output + SOUK / 10 };
    register::send(chain, &register::dev(CRAMMER)?, compute::serve(spec, dearer, CAPACITY)).await?;
    Ok(())
}

/// The next exam of both: one is found valid and paid, the other invalid and fined. Both say so with their own programs.
pub async fn are_sat_and_paid(market: &Market, say: &dyn Fn(&str)) -> Result<()> {
    let chain = market.chain().await?;
    let (provider, crammer) = (account("//Provider")?, account(CRAMMER)?);
    let both = [provider.clone(), crammer.clone()];
    let owner = Souk::dev(market, "//Provider");
    let compound = async {
        let done = owner.own(&["--json", "rewards", "compound", "on"]).await?.json()?;
        ensure!(done["compound"] == true, "{done}");
        Ok(())
    };
    let (round, ()) = try_join(exams::follow(&chain, 0, &both, PATIENCE, say), compound).await?;

    failed(&chain, &crammer, &round.sat[&crammer]).await?;
    let (paid, gained) = passed(&chain, &provider, &round).await?;
    say(&format!(
        "//Provider's exam pays {}; with its trades and without the commission {}",
        souk(paid),
        souk(gained)
    ));

    let anyone = Souk::dev(market, "//Eve");
    let for_publisher = ["--json", "rewards", "claim", "--for", "//Publisher"];
    let (bonded, published) =
        try_join(claimed(&owner, &["--json", "rewards", "claim"]), claimed(&anyone, &for_publisher)).await?;
    ensure!(bonded.compounded && !published.compounded, "a provider's claim, and no other, becomes bond");
    ensure!(bonded.amount >= gained, "{} of {} were claimed", souk(bonded.amount), souk(gained));
    bonded.check(&chain, &provider).await?;
    published.check(&chain, &account("//Publisher")?).await?;

    // What its provider's claim settled.
    let commission = claimed(&Souk::dev(market, "//Alice"), &["--json", "rewards", "claim"]).await?;
    let least = rewards::commission(paid, COMMISSION).0;
    ensure!(commission.amount >= least, "a commission of {}", souk(commission.amount));
    commission.check(&chain, &account("//Alice")?).await?;
    say(&format!(
        "//Provider's bond has {} more; //Publisher got {} and //Alice {}",
        souk(bonded.amount),
        souk(published.amount),
        souk(commission.amount)
    ));
    Ok(())
}

/// A view of an account in a block's state.
async fn view<T: codec::Decode>(chain: &Chain, at: &Digest, function: &str, who: &AccountId) -> Result<T> {
    Ok(chain.call_at(at, function, (who,)).await?)
}

async fn provider_at(chain: &Chain, at: &Digest, who: &AccountId) -> Result<ProviderView> {
    let found: Option<ProviderView> = view(chain, at, "SoukApi_provider", who).await?;
    found.context("no provider")
}

/// Its answers were false: the fine is off its bond, its capacity is not believed any more, and that is all.
async fn failed(chain: &Chain, who: &AccountId, sat: &Sat) -> Result<()> {
    let End { before, block, outcome } = sat.end.context("the exam did not end")?;
    let Outcome::Failed { reason: CloseReason::Fraud, slashed } = outcome else {
        bail!("canned answers ended as {outcome:?}");
    };
    ensure!(slashed > 0 && slashed == sat.exposure, "{} of {} was taken", souk(slashed), souk(sat.exposure));
    let (had, has) =
        (provider_at(chain, &before.hash, who).await?, provider_at(chain, &block.hash, who).await?);
    ensure!(has.bond == had.bond - slashed, "a bond of {} became {}", souk(had.bond), souk(has.bond));
    ensure!(has.status == ProviderStatus::Active, "an exam made it {:?}", has.status);
    let capacity = has.serving.first().context("it serves nothing")?.capacity;
    ensure!(capacity < CAPACITY, "it still counts for {capacity} tokens a second");
    let rewards: RewardsView = view(chain, &block.hash, "SoukApi_rewards", who).await?;
    ensure!(rewards.points == 0 && rewards.accrued == 0, "it has earned {rewards:?}");
    Ok(())
}

/// What the exam pays, and what its provider has more when the round's money is divided: by the rules, to the unit.
async fn passed(chain: &Chain, who: &AccountId, round: &Round) -> Result<(Balance, Balance)> {
    let sat = &round.sat[who];
    let outcome = sat.end.context("the exam did not end")?.outcome;
    let Outcome::Passed { points } = outcome else { bail!("honest answers ended as {outcome:?}") };
    let reference = models::test_models()?.remove(0).reference.context("no reference price")?;
    ensure!(sat.questions == questions(CAPACITY, SECONDS), "{} questions", sat.questions);
    ensure!(points == rewards::points(sat.tokens, reference), "{points} points for {} tokens", sat.tokens);
    ensure!(points == round.points, "somebody else has points, too");

    let exam: Option<ExamView> = view(chain, &round.before.hash, "SoukApi_exam", who).await?;
    let exam = exam.context("no exam")?;
    let paper = exam.papers.iter().find(|paper| paper.exam == sat.exam).context("no paper")?;
    let all = Availability { budget: round.budget, points, caps: paper.cap };
    let paid = all.settle(points, paper.cap).paid;
    ensure!(paid > 0, "{} for all points, and at most {}", souk(round.budget), souk(paper.cap));

    let had: RewardsView = view(chain, &round.before.hash, "SoukApi_rewards", who).await?;
    let has: RewardsView = view(chain, &round.settled.hash, "SoukApi_rewards", who).await?;
    let own = rewards::commission(round.usage.of(had.credits) + paid, COMMISSION).1;
    let gained = has.accrued.saturating_sub(had.accrued);
    ensure!(gained == own, "{} accrued, and the rules say {}", souk(gained), souk(own));
    Ok((paid, gained))
}

/// A claim, as the program told it.
struct Claimed {
    amount: Balance,
    compounded: bool,
    block: u32,
}

async fn claimed(program: &Souk, arguments: &[&str]) -> Result<Claimed> {
    let told = program.own(arguments).await?.json()?;
    let block = told["block"].as_u64().context("no block")?;
    let amount = told["amount"].as_str().context("no amount")?.parse()?;
    let compounded = told["compounded"] == Value::Bool(true);
    Ok(Claimed { amount, compounded, block: u32::try_from(block)? })
}

impl Claimed {
    /// It was all that the books say, and is where it belongs.
    async fn check(&self, chain: &Chain, who: &AccountId) -> Result<()> {
        let accrued = exams::accrued(chain, who, self.block).await?;
        ensure!(
            self.amount > 0 && accrued == self.amount,
            "{} accrued, {} paid",
            souk(accrued),
            souk(self.amount)
        );
        let (before, at) = (hash(chain, self.block - 1).await?, hash(chain, self.block).await?);
        let paid_in = chain.events(&at).await?.iter().any(|event| {
            (&*event.pallet, &*event.name) == ("Balances", "Transfer")
                && whole::<(AccountId, AccountId, Balance)>(&event.fields)
                    .is_ok_and(|(_, to, amount)| to == *who && amount == self.amount)
        });
        ensure!(paid_in, "no pot paid {} in block {}", souk(self.amount), self.block);
        if self.compounded {
            let bond =
                [provider_at(chain, &before, who).await?.bond, provider_at(chain, &at, who).await?.bond];
            ensure!(bond[1] == bond[0] + self.amount, "a bond of {} became {}", souk(bond[0]), souk(bond[1]));
        } else if *who == keys::account(&register::dev("//Publisher")?) {
            // Somebody else paid the fee, and nobody else pays it anything.
            let owned = [books::owned(chain, &before, who).await?, books::owned(chain, &at, who).await?];
            ensure!(owned[1] == owned[0] + self.amount, "{} became {}", souk(owned[0]), souk(owned[1]));
        }
        Ok(())
    }
}

async fn hash(chain: &Chain, number: u32) -> Result<Digest> {
    chain.block_hash(number).await?.with_context(|| format!("no block {number}"))
}
