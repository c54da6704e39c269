//! What the market's people do on chain before the first call: list, specify, verify, register, serve.

use super::{models::Model, sidecar::receipt_uri};
use anyhow::{bail, Context, Result};
use futures::future::try_join_all;
use souk_client::{
    calls::{balances, compute, listings, system, Call},
    keys, Chain, Keypair, Outcome, SecretSource, Until,
};
use souk_primitives::{
    spec::{NumericClass, Sampler, Spec},
    views::{ListingKind, ProviderStatus},
    AccountId, Balance, ListingId, SpecId, SOUK,
};
use sp_core::Pair;
use std::time::Duration;

/// Bond of a provider: room for some 1,600 SOUK of open batches that are all audited.
pub const PROVIDER_BOND: u128 = 5_000 * SOUK;
/// Bond of each verifier.
const VERIFIER_BOND: u128 = 100 * SOUK;
/// Flat fee per audit report.
const REPORT_FEE: u128 = SOUK / 1_000;
/// Tokens a second that the demo provider claims.
const CAPACITY: u32 = 20;

/// How long registrations may take to be final, forks included.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at the finalised state.
const LOOK: Duration = Duration::from_millis(500);

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

/// Registers whatever is missing and gives the specs' ids, in the order of `models`. May be repeated.
pub async fn all(chain: &Chain, models: &[Model], endpoint: &str, say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
    let publisher = dev("//Publisher")?;
    let mut specs = Vec::new();
    for model in models {
        let listing = list(chain, &publisher, model, say).await?;
        specs.push(specify(chain, &publisher, listing, model, say).await?);
    }
    verify(chain, &specs, say).await?;
    provide(chain, models, &specs, endpoint, say).await?;
    tokio::time::timeout(PATIENCE, ready(chain, &specs))
        .await
        .context("what was registered is not final; is the chain finalising?")??;
    Ok(specs)
}

/// Waits until every spec is audited and served in the finalised state, which consumers read. The last transaction's
/// block says nothing about those that others signed: a fork can bring them back to the pool.
async fn ready(chain: &Chain, specs: &[SpecId]) -> Result<()> {
    for spec in specs {
        while !chain.spec(*spec).await?.is_some_and(|spec| spec.audited)
            || chain.quote(*spec).await?.is_empty()
        {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// The listing of that name, registered and published when missing.
async fn list(chain: &Chain, publisher: &Keypair, model: &Model, say: &dyn Fn(&str)) -> Result<ListingId> {
    if let Some(found) = chain.listings(0, 100).await?.into_iter().find(|listing| listing.name == model.name)
    {
        return Ok(found.id);
    }
    say(&format!("//Publisher lists {}", model.name));
    let text = listings::Text {
        name: model.name.into(),
        summary: "A small model that the local market serves.".into(),
        tags: vec!["demo".into(), "small".into()],
        ..Default::default()
    };
    let outcome = send(chain, publisher, listings::register(ListingKind::Model, text)).await?;
    let listing = outcome.listing().context("no listing was registered")?;
    let content = souk_client::content::of_file(&model.content)?;
    let version =
        listings::publish_version(listing, content.root(), content.size(), content.chunks(), model.manifest);
    send(chain, publisher, version).await?;
    Ok(listing)
}

/// The model's spec, registered and its calibration accepted when missing.
async fn specify(
    chain: &Chain,
    publisher: &Keypair,
    listing: ListingId,
    model: &Model,
    say: &dyn Fn(&str),
) -> Result<SpecId> {
    let spec = Spec {
        listing,
        version: 0,
        manifest_digest: model.manifest,
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: model.max_context,
        thresholds: model.thresholds,
    };
    let id = spec.id();
    if chain.spec(id).await?.is_none() {
        say(&format!("//Publisher registers the spec of {}; governance accepts its calibration", model.name));
        send(chain, publisher, compute::register_spec(spec)).await?;
        let accept = system::sudo(compute::accept_calibration(id, REPORT_FEE));
        send(chain, &dev("//Alice")?, accept).await?;
    }
    Ok(id)
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
    try_join_all(["//Alice", "//Bob", "//Charlie", "//Dave"].map(|name| {
        let missing = missing.clone();
        async move {
            let calls = missing.iter().map(|spec| compute::register_verifier(*spec, VERIFIER_BOND)).collect();
            send(chain, &dev(name)?, system::batch_all(calls)).await
        }
    }))
    .await?;
    Ok(())
}

/// The demo provider is registered, accepted by Alice, and serves every spec.
async fn provide(
    chain: &Chain,
    models: &[Model],
    specs: &[SpecId],
    endpoint: &str,
    say: &dyn Fn(&str),
) -> Result<()> {
    let provider = dev("//Provider")?;
    let who = keys::account(&provider);
    if chain.provider(&who).await?.is_none() {
        say("//Provider bonds itself to Alice's sidecar; Alice accepts");
        bond(chain, "//Provider", "//Alice", endpoint).await?;
    }
    // A look at the best block, since what was just sent is not final yet.
    let at = chain.best().await?;
    let view: Option<souk_primitives::views::ProviderView> =
        chain.call_at(&at.hash, "SoukApi_provider", &who).await?;
    let view = view.context("the provider is not registered")?;
    if view.status != ProviderStatus::Active {
        bail!(
            "the demo provider is {:?}: ./scripts/local.sh up --fresh starts with a new chain",
            view.status
        );
    }
    let serve: Vec<Call> = models
        .iter()
        .zip(specs)
        .filter(|(_, spec)| !view.serving.iter().any(|serving| serving.spec == **spec))
        .map(|(model, spec)| compute::serve(*spec, model.prices, CAPACITY))
        .collect();
    if !serve.is_empty() {
        say("//Provider serves both models");
        let outcome = chain.submit(&provider, system::batch_all(serve)).await?;
        say(&format!("all of it is final in block {}", outcome.block_number));
    }
    Ok(())
}

/// Registers a provider with the usual bond, and has its validator accept it.
pub async fn bond(chain: &Chain, provider: &str, validator: &str, endpoint: &str) -> Result<()> {
    let pair = dev(provider)?;
    let who = keys::account(&pair);
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
