//! What the market's people do on chain before the first call: list, specify, verify, register, serve.

use super::{models::Model, sidecar::receipt_uri};
use anyhow::{bail, ensure, Context, Result};
use futures::future::{try_join, try_join_all};
use souk_client::{
    calls::{balances, compute, listings, rewards, system, Call},
    keys, Chain, Keypair, ListingEvent, Outcome, SecretSource, Until,
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
/// Tokens a second that the demo provider claims: work of some seconds for an exam, on any machine.
pub const CAPACITY: u32 = 20;

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

/// Registers whatever is missing and gives the specs' ids, in the order of `models`. May be repeated. Who need not wait for
/// each other do not.
pub async fn all(chain: &Chain, models: &[Model], endpoint: &str, say: &dyn Fn(&str)) -> Result<Vec<SpecId>> {
    let (specs, ()) = try_join(list(chain, models, say), join(chain, endpoint, say)).await?;
    calibrate(chain, models, &specs, say).await?;
    try_join(verify(chain, &specs, say), provide(chain, models, &specs, say)).await?;
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
        let listing = match find(model) {
            Some(listing) => listing.id,
            None => {
                let id = made.next().context("no listing was registered")?;
                let content = souk_client::content::of_file(&model.content)?;
                let (root, size, chunks) = (content.root(), content.size(), content.chunks());
                calls.push(listings::publish_version(id, root, size, chunks, model.manifest));
                id
            }
        };
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

/// The demo provider is registered and accepted by Alice.
async fn join(chain: &Chain, endpoint: &str, say: &dyn Fn(&str)) -> Result<()> {
    if chain.provider(&account("//Provider")?).await?.is_none() {
        say("//Provider bonds itself to Alice's sidecar; Alice accepts");
        bond(chain, "//Provider", "//Alice", endpoint).await?;
    }
    Ok(())
}

/// The demo provider serves every spec.
async fn provide(chain: &Chain, models: &[Model], specs: &[SpecId], say: &dyn Fn(&str)) -> Result<()> {
    let provider = dev("//Provider")?;
    // A look at the best block, since what was just sent is not final yet.
    let at = chain.best().await?;
    let view: Option<souk_primitives::views::ProviderView> =
        chain.call_at(&at.hash, "SoukApi_provider", &keys::account(&provider)).await?;
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
        say("//Provider serves what is registered");
        send(chain, &provider, system::batch_all(serve)).await?;
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
