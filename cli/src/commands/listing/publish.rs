//! `souk listing publish`.

use super::{check_owner, listing, offers, send, signer};
use crate::{
    args::{Kind, PublishArgs},
    commands::Context,
    failure::{Failure, Result},
    gateway::endpoint,
    output::{hex0x, short},
    sales::{
        listed::{Signer, Wanted},
        upload::{self, Hashed, Private, UploadError},
    },
};
use indicatif::HumanBytes;
use serde_json::json;
use souk_client::{calls::listings::Text, Chain};
use souk_primitives::{lineage, views::ListingView, ListingId};
use souk_sidecar::blocking::aside;
use std::path::Path;

/// Attempts to be the next one who registers something.
const ATTEMPTS: u32 = 5;
/// Of these, attempts to register and publish in one transaction.
const TOGETHER: u32 = 2;

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        Failure::new(error.to_string())
    }
}

/// Puts a file into the store, then on the market.
pub async fn run(context: &Context, args: PublishArgs) -> Result<()> {
    let output = context.output;
    let text = Text {
        name: args.name.clone(),
        summary: args.summary.clone(),
        tags: args.tag.clone(),
        ..Default::default()
    };
    check_text(&text)?;
    check_file(args.kind, args.file.as_deref())?;
    if let Some(address) = &args.endpoint {
        check_endpoint(address)?;
    }
    let manifest = match &args.manifest {
        Some(path) => souk_primitives::hash(&[&read(path)?]),
        None => [0; 32],
    };
    // Whether a parent is older only the chain can say.
    lineage::check(ListingId::MAX, &[], &args.parents).map_err(|bad| Failure::new(bad_parents(bad)))?;
    let parents = args
        .parents
        .clone()
        .try_into()
        .map_err(|_| Failure::new(format!("a listing has at most {} parents", lineage::MAX_PARENTS)))?;
    let offers = offers::read(&args.offers).await?;
    let signer = signer(context, &args.acting)?;
    let store = match &args.file {
        Some(_) => Some(private_api(&args)?),
        None => None,
    };
    let chain = context.chain().await?;
    let announced = chain.store(&signer.owner).await?;
    if args.file.is_some() && args.endpoint.is_none() && announced.is_none() {
        return Err(Failure::new(
            "buyers would not find your copies: name your store's public address once, with --endpoint https://…",
        ));
    }
    let hashed = match &args.file {
        Some(path) => Some(hash(context, path).await?),
        None => None,
    };
    let mut sent = 0;
    if let (Some(store), Some(hashed)) = (&store, &hashed) {
        let bar = output.progress("bringing it to the store", hashed.content.size());
        sent = store.put(hashed, &bar).await?;
    }
    let wanted = Wanted {
        kind: args.kind.into(),
        text,
        content: hashed.as_ref().map(|hashed| hashed.content),
        manifest,
        offers,
        parents,
        min_royalty: args.min_royalty,
        endpoint: args.endpoint.clone(),
    };
    let (id, transaction) = list(context, &chain, &signer, &wanted, args.listing).await?;
    let view = listing(&chain, id).await?;
    let version = wanted.version_in(&view).ok_or_else(|| {
        Failure::new(format!("the chain shows listing {id} without the version just published"))
    })?;
    let root = wanted.content.map_or([0; 32], |content| content.root());
    let value = json!({
        "listing": id, "version": version, "name": view.name, "contentRoot": hex0x(&root),
        "size": wanted.content.map_or(0, |content| content.size()), "offers": view.offers, "sentBytes": sent,
        "transaction": transaction.map(|hash| hex0x(&hash)),
    });
    output.show(value, || {
        let told = match transaction {
            Some(_) => "is on the market",
            None => "was on the market already",
        };
        let bytes = match wanted.content {
            Some(content) => format!(", {} (root {})", HumanBytes(content.size()), short(&root)),
            None => String::new(),
        };
        format!("listing {id} {told}: {} version {version}{bytes}; see `souk listing show {id}`", view.name)
    });
    Ok(())
}

/// Sends what is missing on the chain, in one transaction. Its hash, if there was something.
async fn list(
    context: &Context,
    chain: &Chain,
    signer: &Signer,
    wanted: &Wanted,
    given: Option<ListingId>,
) -> Result<(ListingId, Option<[u8; 32]>)> {
    {
        let _wait = context.output.wait("looking for what is listed already");
        // An interrupted attempt may still be on its way.
        chain.quiet(&souk_client::keys::account(&signer.pair)).await?;
    }
    for attempt in 1.. {
        let view = find(chain, signer, wanted, given).await?;
        let id = match &view {
            Some(view) => view.id,
            None => chain.next_listing().await?,
        };
        let announced = chain.store(&signer.owner).await?;
        let mut calls = wanted.missing(id, view.as_ref(), announced.as_deref());
        if calls.is_empty() {
            return Ok((id, None));
        }
        // Where many register at once, the number is only known afterwards: the rest comes in a second transaction.
        let alone = view.is_none() && attempt > TOGETHER;
        if alone {
            calls.truncate(1);
        }
        match send(context, chain, signer, calls).await {
            Ok(_) if alone => {}
            Ok(outcome) => return Ok((id, Some(outcome.extrinsic_hash))),
            // Somebody else took that number: nothing of the transaction happened.
            Err(error) if view.is_none() && attempt < ATTEMPTS && chain.next_listing().await? > id => {
                tracing::debug!("registering again: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Err(Failure::new("the listing could not be registered"))
}

/// The listing that this is: the one that was named, or one of that owner, name and content.
async fn find(
    chain: &Chain,
    signer: &Signer,
    wanted: &Wanted,
    given: Option<ListingId>,
) -> Result<Option<ListingView>> {
    if let Some(id) = given {
        let view = listing(chain, id).await?;
        check_owner(&view, signer)?;
        if view.kind != wanted.kind {
            return Err(Failure::new(format!("listing {id} is a {:?}, not a {:?}", view.kind, wanted.kind)));
        }
        return Ok(Some(view));
    }
    let mut own = chain.all_listings().await?;
    own.retain(|view| {
        view.owner == signer.owner && view.name == wanted.text.name && view.kind == wanted.kind
    });
    // One without a version was registered by an attempt that went no further.
    let is_it = |view: &ListingView| wanted.version_in(view).is_some() || view.versions.is_empty();
    if let Some(found) = own.iter().position(is_it) {
        return Ok(Some(own.remove(found)));
    }
    match own.first() {
        Some(other) => Err(Failure::new(format!(
            "you have listing {} called {:?} with another content: publish a new version of it with --listing {}, or \
             take another name",
            other.id, other.name, other.id
        ))),
        None => Ok(None),
    }
}

async fn hash(context: &Context, path: &Path) -> Result<Hashed> {
    let bytes = std::fs::metadata(path).map(|found| found.len()).unwrap_or(0);
    let bar = context.output.progress("hashing", bytes);
    let file = path.to_path_buf();
    let hashed = aside(move || upload::hash(&file, &bar)).await;
    Ok(hashed.map_err(|e| upload::file_error(path, e))?)
}

fn private_api(args: &PublishArgs) -> Result<Private> {
    let path = args.store_token_file.as_ref().ok_or_else(|| {
        Failure::new("name the file with your store's token: --store-token-file FILE (store.token_file of the sidecar)")
    })?;
    let token = souk_sidecar::secrets::token(path).map_err(|e| Failure::new(e.to_string()))?;
    Ok(Private::new(&args.store_url, token)?)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

fn check_file(kind: Kind, file: Option<&Path>) -> Result<()> {
    let Some(path) = file else {
        return match kind {
            Kind::Service => Ok(()),
            _ => Err(Failure::new("name the file that is sold; only a service has none")),
        };
    };
    let found = std::fs::metadata(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    match (found.is_file(), found.len()) {
        (false, _) => {
            Err(Failure::new(format!("{} is no file; pack a folder first, with tar or zip", path.display())))
        }
        (true, 0) => Err(Failure::new(format!("{} is empty: there is nothing to sell", path.display()))),
        (true, _) => Ok(()),
    }
}

/// Lengths as the chain has them.
fn check_text(text: &Text) -> Result<()> {
    let fits = |what: &str, text: &str, most: usize| match text.len() <= most {
        true => Ok(()),
        false => Err(Failure::new(format!("{what} has {} bytes; {most} fit", text.len()))),
    };
    if text.name.trim().is_empty() {
        return Err(Failure::new("a listing needs a name"));
    }
    fits("the name", &text.name, 64)?;
    fits("the summary", &text.summary, 280)?;
    if text.tags.len() > 8 {
        return Err(Failure::new(format!("there are {} tags; 8 fit", text.tags.len())));
    }
    text.tags.iter().try_for_each(|tag| fits(&format!("the tag {tag:?}"), tag, 24))
}

/// An address that buyers can use, or at least one on a local market.
fn check_endpoint(address: &str) -> Result<()> {
    endpoint::checked(address, true).map_err(|_| {
        Failure::new(format!(
            "--endpoint {address:?} is no plain http(s) address: write https://store.example.com"
        ))
    })?;
    match address.len() <= 128 {
        true => Ok(()),
        false => Err(Failure::new("--endpoint has over 128 bytes")),
    }
}

fn bad_parents(bad: lineage::BadParents) -> &'static str {
    match bad {
        lineage::BadParents::Twice => "a parent is named twice",
        lineage::BadParents::TooMuch => "all royalties together are at most 50 %",
        lineage::BadParents::NotOlder | lineage::BadParents::Dropped => "the parents contradict each other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_can_not_be_sold_should_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let why = |kind, path| check_file(kind, path).unwrap_err().message;
        assert!(why(Kind::Dataset, Some(&path)).contains("file"));
        std::fs::write(&path, b"").unwrap();
        assert!(why(Kind::Dataset, Some(&path)).contains("empty"));
        assert!(why(Kind::Dataset, Some(folder.path())).contains("pack a folder"));
        assert!(why(Kind::Model, None).contains("name the file"));
        std::fs::write(&path, b"x").unwrap();
        assert!(check_file(Kind::Dataset, Some(&path)).is_ok() && check_file(Kind::Service, None).is_ok());
    }

    #[test]
    fn text_that_the_chain_would_refuse_should_be_refused_first() {
        let text = |name: &str, tags: &[&str]| Text {
            name: name.into(),
            tags: tags.iter().map(|tag| tag.to_string()).collect(),
            ..Default::default()
        };
        assert!(check_text(&text("a", &["b"])).is_ok());
        for bad in
            [text(" ", &[]), text(&"x".repeat(65), &[]), text("a", &["t"; 9]), text("a", &[&"t".repeat(25)])]
        {
            assert!(check_text(&bad).is_err(), "{bad:?}");
        }
        for bad in ["store.example.com", "ftp://a", "https://me:pw@a", "https://a/?b=c"] {
            assert!(check_endpoint(bad).unwrap_err().message.contains("https://store"), "{bad}");
        }
        assert!(check_endpoint("http://127.0.0.1:8901").is_ok());
    }
}
