//! `souk listing`.

mod offers;
mod publish;
mod search;
mod show;

pub use show::{describe_terms, line, show_rating};

use super::Context;
use crate::{
    args::{Acting, Listing, OwnListing},
    failure::{Failure, Result},
    output::outcome_json,
    sales::listed::Signer,
};
use serde_json::json;
use souk_client::{
    calls::{listings, listings::OwnerStatus, Call},
    Chain, Outcome,
};
use souk_primitives::{views::ListingView, ListingId};

/// Runs it.
pub async fn run(context: &Context, command: Listing) -> Result<()> {
    match command {
        Listing::Publish(args) => publish::run(context, *args).await,
        Listing::Show { listing } => show::run(context, listing).await,
        Listing::Search(args) => search::run(context, args).await,
        Listing::Offers(command) => offers::run(context, command).await,
        Listing::Pause(own) => {
            set_status(context, own, OwnerStatus::Paused, "is off the market for now").await
        }
        Listing::Resume(own) => set_status(context, own, OwnerStatus::Active, "is on the market").await,
        Listing::Deprecate(own) => {
            set_status(context, own, OwnerStatus::Deprecated, "is given up; licences live on").await
        }
    }
}

async fn set_status(context: &Context, own: OwnListing, status: OwnerStatus, told: &str) -> Result<()> {
    let signer = signer(context, &own.acting)?;
    let chain = context.chain().await?;
    let view = listing(&chain, own.listing).await?;
    check_owner(&view, &signer)?;
    let outcome = send(context, &chain, &signer, vec![listings::set_status(own.listing, status)]).await?;
    let mut value = outcome_json(&outcome);
    if let Some(map) = value.as_object_mut() {
        map.insert("listing".into(), json!(own.listing));
    }
    context.output.show(value, || format!("listing {} ({}) {told}", own.listing, view.name));
    Ok(())
}

/// Who signs.
fn signer(context: &Context, acting: &Acting) -> Result<Signer> {
    let pair = context.pair()?;
    let owner = acting.owner.clone().unwrap_or_else(|| souk_client::keys::account(&pair));
    Ok(Signer { pair, owner })
}

/// Sends calls as one transaction, with a spinner.
async fn send(context: &Context, chain: &Chain, signer: &Signer, calls: Vec<Call>) -> Result<Outcome> {
    let _wait = context.output.wait("waiting until it is final");
    Ok(signer.send(chain, calls).await?)
}

/// A listing, which must be there.
pub async fn listing(chain: &Chain, id: ListingId) -> Result<ListingView> {
    let found = chain.listing(id).await?;
    found.ok_or_else(|| Failure::not_found(format!("there is no listing {id}; see `souk listing search`")))
}

fn check_owner(view: &ListingView, signer: &Signer) -> Result<()> {
    if view.owner == signer.owner {
        return Ok(());
    }
    Err(Failure::new(format!(
        "listing {} belongs to {}, not to {}; if --key is its proxy's, add --owner",
        view.id, view.owner, signer.owner
    )))
}
