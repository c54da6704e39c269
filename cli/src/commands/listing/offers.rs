//! `souk listing offers`, and the terms that offers name.

use super::{check_owner, listing, send, signer};
use crate::{
    args::{OfferArgs, Offers},
    commands::Context,
    failure::{Failure, Result},
    output::{count, hex0x},
    sales::offer::{self, Defaults},
};
use futures::StreamExt;
use serde_json::json;
use souk_client::{calls::listings, ListingEvent};
use souk_primitives::licence::{Offer, Terms};
use std::{path::Path, time::Duration};

/// Most bytes of terms at an address.
const MOST_TERMS: usize = 1 << 20;

/// Runs it.
pub async fn run(context: &Context, command: Offers) -> Result<()> {
    match command {
        Offers::Add { listing: id, offers, acting } => {
            let offers = read(&offers).await?;
            if offers.is_empty() {
                return Err(Failure::new("name at least one offer: --offer perpetual:25"));
            }
            let signer = signer(context, &acting)?;
            let chain = context.chain().await?;
            let view = listing(&chain, id).await?;
            check_owner(&view, &signer)?;
            let calls = offers.into_iter().map(|offer| listings::add_offer(id, offer)).collect();
            let outcome = send(context, &chain, &signer, calls).await?;
            let added: Vec<_> = outcome
                .events
                .iter()
                .filter_map(|event| match event.listing()? {
                    ListingEvent::OfferAdded { offer, digest, .. } => Some((offer, digest)),
                    _ => None,
                })
                .collect();
            let rows: Vec<_> =
                added.iter().map(|(n, digest)| json!({ "offer": n, "digest": hex0x(digest) })).collect();
            context.output.show(json!({ "listing": id, "offers": rows }), || {
                let numbers: Vec<String> = added.iter().map(|(n, _)| n.to_string()).collect();
                format!("listing {id}: {} added: {}", count(added.len() as u64, "offer"), numbers.join(", "))
            });
        }
        Offers::Withdraw { listing: id, offer, acting } => {
            let signer = signer(context, &acting)?;
            let chain = context.chain().await?;
            let view = listing(&chain, id).await?;
            check_owner(&view, &signer)?;
            if !view.offers.iter().any(|there| there.offer == offer) {
                return Err(Failure::not_found(format!("listing {id} has no offer {offer}")));
            }
            send(context, &chain, &signer, vec![listings::withdraw_offer(id, offer)]).await?;
            context
                .output
                .show(json!({ "listing": id, "withdrawn": offer }), || format!("offer {offer} is withdrawn"));
        }
    }
    Ok(())
}

/// Reads offers as they are on the command line; refuses what the chain would.
pub async fn read(args: &OfferArgs) -> Result<Vec<Offer>> {
    let terms = terms(args.terms.as_deref(), args.terms_uri.as_deref()).await?;
    let defaults = Defaults { purposes: args.purpose, deliver_within: args.deliver_within, terms };
    args.offers.iter().map(|text| offer::offer(text, &defaults).map_err(Failure::new)).collect()
}

/// The terms: where they are and their digest.
async fn terms(given: Option<&str>, uri: Option<&str>) -> Result<Terms> {
    let Some(given) = given else {
        return match uri {
            Some(_) => {
                Err(Failure::new("--terms-uri needs the terms themselves, for their digest: --terms FILE"))
            }
            None => Ok(Terms::default()),
        };
    };
    let is_address = given.starts_with("http://") || given.starts_with("https://");
    let bytes = match is_address {
        true => download(given).await?,
        false => {
            tokio::fs::read(Path::new(given)).await.map_err(|e| Failure::new(format!("{given}: {e}")))?
        }
    };
    let uri = uri.or(is_address.then_some(given)).unwrap_or_default();
    let long = || Failure::new("the address of the terms has over 256 bytes");
    Ok(Terms {
        uri: uri.as_bytes().to_vec().try_into().map_err(|_| long())?,
        digest: souk_primitives::hash(&[&bytes]),
    })
}

/// What buyers will read there: its digest is what they agree to.
async fn download(address: &str) -> Result<Vec<u8>> {
    let bad = |e: reqwest::Error| Failure::new(format!("the terms at {address}: {}", e.without_url()));
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().map_err(bad)?;
    let response = client.get(address).send().await.and_then(|r| r.error_for_status()).map_err(bad)?;
    let mut stream = response.bytes_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(bad)?);
        if bytes.len() > MOST_TERMS {
            return Err(Failure::new(format!("the terms at {address} have over a mebibyte")));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn terms_should_be_those_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.txt");
        std::fs::write(&path, "be kind").unwrap();
        let read = terms(path.to_str(), Some("https://example.com/terms")).await.unwrap();
        assert_eq!(read.digest, souk_primitives::hash(&[b"be kind"]));
        assert_eq!(&read.uri[..], b"https://example.com/terms");
        assert_eq!(terms(None, None).await.unwrap(), Terms::default());
        assert!(terms(None, Some("https://example.com")).await.unwrap_err().message.contains("--terms"));
        let missing = terms(Some("no such file"), None).await.unwrap_err();
        assert!(missing.message.contains("no such file"));
    }
}
