//! What the market's people do on chain before the first call: list, specify, verify, register, serve.

use super::{models::Model, sidecar::receipt_uri};
use anyhow::{anyhow, bail, ensure, Context, Result};
use futures::future::{join, join_all, try_join_all};
use souk_client::{
    calls::{balances, compute, listings, rewards, system, Call},
    keys, Chain, Keypair, ListingEvent, Outcome, SecretSource, Until,
};
use souk_primitives::{
    spec::{NumericClass, Sampler, Spec},
    views::{ListingKind, ProviderStatus, ProviderView},
    AccountId, Balance, ListingId, SpecId, SOUK,
};
use sp_core::Pair;
use std::time::Duration;
use tokio::time::timeout;

/// Bond of a provider: room for some 1,600 SOUK of open batches that are all audited.
pub const PROVIDER_BOND: u128 = 5_000 * SOUK;
/// Bond of each verifier.
const VERIFIER_BOND: u128 = 100 * SOUK;
/// Flat fee per audit report.
const REPORT_FEE: u128 = SOUK / 1_000;
/// Tokens a second that the demo provider claims: work of some seconds for an exam, on any machine.
pub const CAPACITY: u32 = 20;

/// The market's validators: each verifies every spec.
const VERIFIERS: [&str; 4] = ["//Alice", "//Bob", "//Charlie", "//Dave"];

/// How long what was sent may take to be final: more than the life of a transaction, so only a chain that stands still takes it.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often what a fork undid is done anew.
const ATTEMPTS: usize = 4;

/// A development key.
pub fn dev(uri: &str) -> Result<Keypair> {
    Ok(SecretSource::Dev(uri.into()).pair()?)
}

/// Account of a development key.
pub fn account(uri: &str) -> Result<AccountId> {
    Ok(keys::account(&dev(uri)?))
}

/// Sends a call and waits for its block. The caller waits for finality once, at the end.
pub async fn send(chain: &Chain, pair: &Keypair, call: Call) -> Result<Outcome> {
    let label = call.label();
    chain.submit_until(pair, call, Until::InBlock).await.with_context(|| label)
}

/// Registers whatever is missing and gives the specs' ids, in the order of `models`. May be repeated. Who need not wait for
/// each other do not.
pub async fn all(chain: &Chain, models: &[Model], endpoint: &str, say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
    let people = [&["//Publisher", "//Provider"], VERIFIERS.as_slice()].concat();
    until_final(
        async || {
            quiet(chain, &people).await?;
            once(chain, models, endpoint, say).await
        },
        async |specs| {
            quiet(chain, &people).await?;
            ready(chain, specs).await
        },
    )
    .await
}

async fn once(chain: &Chain, models: &[Model], endpoint: &str, say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
    let (specs, joined) = join(list(chain, models, say), enlist(chain, endpoint, say)).await;
    let specs = specs?;
    joined?;
    calibrate(chain, models, &specs, say).await?;
    let (verified, provided) = join(verify(chain, &specs, say), provide(chain, models, &specs, say)).await;
    verified.and(provided)?;
    Ok(specs)
}

/// Whether every spec is audited and served in the finalised state, which consumers read.
async fn ready(chain: &Chain, specs: &[SpecId]) -> Result<bool> {
    for spec in specs {
        let audited = chain.spec(*spec).await?.is_some_and(|spec| spec.audited);
        if !audited || chain.quote(*spec).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Repeats what several people do that need each other's doings, until the finalised state shows it all.
///
/// They wait for blocks, not for finality. When such a block is replaced, the pool may bring their transactions into the
/// next one in another order, in which some are refused: before their senders see a block, or only afterwards. Both
/// `attempt`, which does what is missing, and `complete`, which looks whether anything is, wait first until what was sent is
/// final.
async fn until_final<T>(
    attempt: impl AsyncFn() -> Result<T>,
    complete: impl AsyncFn(&T) -> Result<bool>,
) -> Result<T> {
    let mut undone = None;
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Ok(done) if complete(&done).await? => return Ok(done),
            Ok(_) => {}
            Err(error) if is_undone(&error) => undone = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(undone.unwrap_or_else(|| anyhow!("what was sent is final, and still something is missing")))
}

/// Whether a transaction did not happen, or did nothing.
fn is_undone(error: &anyhow::Error) -> bool {
    use souk_client::Error::{Expired, Refused, Rejected, Replaced};
    matches!(error.downcast_ref(), Some(Refused(_) | Rejected(_) | Expired | Replaced))
}

/// Waits until what these people sent is final.
async fn quiet(chain: &Chain, people: &[&str]) -> Result<()> {
    let all = try_join_all(people.iter().map(|uri| async { anyhow::Ok(chain.quiet(&account(uri)?).await?) }));
    timeout(PATIENCE, all).await.context("what was sent is not final; is the chain finalising?")??;
    Ok(())
}

/// The models' listings, versions and specs, registered when missing. Gives the specs' ids.
async fn list(chain: &Chain, models: &[Model], say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
    let publisher = dev("//Publisher")?;
    let listed = chain.listings(0, 100).await?;
    let find = |model: &Model| listed.iter().find(|listing| listing.name == model.name);
    let missing: Vec<&Model> = models.iter().filter(|model| find(model).is_none()).collect();
    let mut made = Vec::new();
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|model| model.name).collect();
        say(&format!("//Publisher lists {} and registers their specs", names.join(" and ")));
        let calls = missing.iter().map(|model| {
            let text = listings::Text {
                name: model.name.into(),
                summary: "A small model that the local market serves.".into(),
                tags: vec!["demo".into(), "small".into()],
                ..Default::default()
            };
            listings::register(ListingKind::Model, text)
        });
        let outcome = send(chain, &publisher, system::batch_all(calls.collect())).await?;
        made.extend(outcome.events.iter().filter_map(|event| match event.listing()? {
            ListingEvent::Registered { listing, .. } => Some(listing),
            _ => None,
        }));
        ensure!(made.len() == missing.len(), "{} listings were registered", made.len());
    }
    let (mut made, mut specs, mut calls) = (made.into_iter(), Vec::new(), Vec::new());
    for model in models {
        let known = find(model);
        let listing = match known {
            Some(listing) => listing.id,
            None => made.next().context("no listing was registered")?,
        };
        if known.is_none_or(|listing| listing.versions.is_empty()) {
            let content = souk_client::content::of_file(&model.content)?;
            let (root, size, chunks) = (content.root(), content.size(), content.chunks());
            calls.push(listings::publish_version(listing, root, size, chunks, model.manifest));
        }
        let spec = spec(model, listing);
        if chain.spec(spec.id()).await?.is_none() {
            calls.push(compute::register_spec(spec.clone()));
        }
        specs.push(spec.id());
    }
    if !calls.is_empty() {
        send(chain, &publisher, system::batch_all(calls)).await?;
    }
    Ok(specs)
}

fn spec(model: &Model, listing: ListingId) -> Spec {
    Spec {
        listing,
        version: 0,
        manifest_digest: model.manifest,
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: model.max_context,
        thresholds: model.thresholds,
    }
}

/// Governance accepts the specs' calibrations, and says what capacity is worth where an exam can show it.
async fn calibrate(chain: &Chain, models: &[Model], specs: &[SpecId], say: &dyn Fn(&str)) -> Result<()> {
    let mut calls = Vec::new();
    for (model, spec) in models.iter().zip(specs) {
        let view = chain.spec(*spec).await?;
        if view.is_none_or(|view| view.report_fee == 0) {
            calls.push(compute::accept_calibration(*spec, REPORT_FEE));
            calls.extend(model.reference.map(|price| rewards::set_reference(*spec, price)));
        }
    }
    if calls.is_empty() {
        return Ok(());
    }
    say("governance accepts the calibrations, and sets the price up to which capacity is rewarded");
    send(chain, &dev("//Alice")?, system::sudo(system::batch_all(calls))).await?;
    Ok(())
}

/// Every validator becomes a verifier of every spec.
async fn verify(chain: &Chain, specs: &[SpecId], say: &dyn Fn(&str)) -> Result<()> {
    let mut missing = Vec::new();
    for spec in specs {
        let verifiers = chain.spec(*spec).await?.map_or(0, |spec| spec.verifiers);
        if verifiers < 4 {
            missing.push(*spec);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    say("Alice, Bob, Charlie and Dave register as verifiers");
    let sent = join_all(VERIFIERS.map(|name| {
        let missing = missing.clone();
        async move {
            let calls = missing.iter().map(|spec| compute::register_verifier(*spec, VERIFIER_BOND)).collect();
            send(chain, &dev(name)?, system::batch_all(calls)).await
        }
    }))
    .await;
    sent.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(())
}

/// The demo provider is registered and accepted by Alice.
async fn enlist(chain: &Chain, endpoint: &str, say: &dyn Fn(&str)) -> Result<()> {
    if !is_accepted(chain, &account("//Provider")?).await? {
        say("//Provider bonds itself to Alice's sidecar; Alice accepts");
        introduce(chain, "//Provider", "//Alice", endpoint).await?;
    }
    Ok(())
}

/// The demo provider serves every spec.
async fn provide(chain: &Chain, models: &[Model], specs: &[SpecId], say: &dyn Fn(&str)) -> Result<()> {
    let provider = dev("//Provider")?;
    // A look at the best block, since what was just sent is not final yet.
    let at = chain.best().await?;
    let view: Option<ProviderView> =
        chain.call_at(&at.hash, "SoukApi_provider", &keys::account(&provider)).await?;
    let view = match view {
        Some(view) if view.status == ProviderStatus::Active => view,
        // A fork has undone it.
        None | Some(ProviderView { status: ProviderStatus::Pending, .. }) => return Ok(()),
        Some(view) => bail!(
            "the demo provider is {:?}: ./scripts/local.sh up --fresh starts with a new chain",
            view.status
        ),
    };
    let serve: Vec<Call> = models
        .iter()
        .zip(specs)
        .filter(|(_, spec)| !view.serving.iter().any(|serving| serving.spec == **spec))
        .map(|(model, spec)| compute::serve(*spec, model.prices, CAPACITY))
        .collect();
    if !serve.is_empty() {
        say("//Provider serves what is registered");
        send(chain, &provider, system::batch_all(serve)).await?;
    }
    Ok(())
}

/// Registers a provider with the usual bond, and has its validator accept it. Waits until that is final.
pub async fn bond(chain: &Chain, provider: &str, validator: &str, endpoint: &str) -> Result<()> {
    let who = account(provider)?;
    until_final(
        async || {
            quiet(chain, &[provider, validator]).await?;
            introduce(chain, provider, validator, endpoint).await
        },
        async |()| {
            quiet(chain, &[provider, validator]).await?;
            is_accepted(chain, &who).await
        },
    )
    .await
}

async fn is_accepted(chain: &Chain, provider: &AccountId) -> Result<bool> {
    Ok(chain.provider(provider).await?.is_some_and(|view| view.status != ProviderStatus::Pending))
}

/// What the finalised state lacks of a provider's registration and of its validator's consent.
async fn introduce(chain: &Chain, provider: &str, validator: &str, endpoint: &str) -> Result<()> {
    let pair = dev(provider)?;
    let who = keys::account(&pair);
    if is_accepted(chain, &who).await? {
        return Ok(());
    }
    if chain.provider(&who).await?.is_none() {
        let registration = compute::Registration {
            validator: account(validator)?,
            endpoint: endpoint.into(),
            receipt_key: dev(&receipt_uri(provider))?.public().0,
            // Nobody seals anything to a provider yet; the key's place is part of the registration.
            seal_key: souk_primitives::hash(&[b"souk/demo seal key", who.as_ref()]),
            hardware: "this machine".into(),
            bond: PROVIDER_BOND,
        };
        send(chain, &pair, compute::register_provider(registration)).await?;
    }
    send(chain, &dev(validator)?, compute::accept_sidecar(who)).await?;
    Ok(())
}

/// Gives new accounts money from //Alice, all in one transaction, and waits until it is final.
pub async fn endow(chain: &Chain, uris: &[String], amount: Balance) -> Result<()> {
    let mut transfers = Vec::new();
    for uri in uris {
        transfers.push(balances::transfer(account(uri)?, amount));
    }
    chain.submit(&dev("//Alice")?, system::batch_all(transfers)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_client::{Error, Refusal};
    use std::cell::Cell;

    fn refused() -> anyhow::Error {
        let refusal = Refusal { pallet: "Compute".into(), name: "NotFound".into(), sentence: "gone".into() };
        anyhow::Error::from(Error::Refused(refusal)).context("compute.accept_sidecar")
    }

    /// How often it was attempted, and what came of it, when the attempts end as given and the state is complete after
    /// `complete` of them.
    async fn attempts(ends: &[fn() -> Result<()>], complete: usize) -> (usize, Result<()>) {
        let count = Cell::new(0);
        let outcome = until_final(
            async || {
                count.set(count.get() + 1);
                ends[(count.get() - 1).min(ends.len() - 1)]()
            },
            async |()| Ok(count.get() >= complete),
        )
        .await;
        (count.get(), outcome)
    }

    #[tokio::test]
    async fn what_a_fork_undid_is_done_again() {
        let (count, outcome) = attempts(&[|| Ok(())], 1).await;
        assert!(count == 1 && outcome.is_ok());
        // Refused in the block that replaced another; then undone after it was seen to succeed.
        let (count, outcome) = attempts(&[|| Err(refused()), || Ok(())], 3).await;
        assert!(count == 3 && outcome.is_ok());
    }

    #[tokio::test]
    async fn what_is_wrong_by_itself_is_told() {
        let (count, outcome) = attempts(&[|| Err(refused())], 1).await;
        assert_eq!(count, ATTEMPTS);
        assert!(format!("{:#}", outcome.unwrap_err()).contains("gone"));
        let (count, outcome) = attempts(&[|| Err(anyhow!("no node"))], 1).await;
        assert!(count == 1 && outcome.unwrap_err().to_string() == "no node");
    }
}
