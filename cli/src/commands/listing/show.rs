//! `souk listing show`.

use super::listing;
use crate::{
    commands::Context,
    failure::Result,
    output::{columns, count, hex0x, legible, short},
    sales::offer::{show_blocks, show_price, show_purposes, show_share},
};
use indicatif::HumanBytes;
use serde_json::json;
use souk_primitives::{
    views::{ListingView, OfferView, RatingView},
    ListingId,
};

/// A listing, where its copies are fetched, and what derives from it.
pub async fn run(context: &Context, id: ListingId) -> Result<()> {
    let chain = context.chain().await?;
    let view = listing(&chain, id).await?;
    let store = chain.store(&view.owner).await?;
    let lineage = chain.lineage(id).await?;
    let value = json!({ "listing": view, "store": store, "lineage": lineage });
    context.output.show(value, || {
        let mut rows = vec![
            ("listing", format!("{} {}", view.id, view.name)),
            ("kind", format!("{:?}", view.kind)),
            ("status", format!("{:?}", view.status)),
            ("owner", view.owner.to_string()),
            ("store", store.unwrap_or_else(|| "none announced: its files can't be bought".into())),
            ("rating", show_rating(&view.rating)),
        ];
        let texts = [
            ("summary", view.summary.clone()),
            ("tags", view.tags.join(", ")),
            ("card", view.card_uri.clone()),
        ];
        rows.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        rows.extend(view.parents.iter().map(|edge| {
            let text = format!(
                "listing {} version {}, {} of each sale",
                edge.parent,
                edge.version,
                show_share(edge.royalty)
            );
            ("derives from", text)
        }));
        if !lineage.down.is_empty() {
            let more = if lineage.truncated { " at least" } else { "" };
            rows.push(("derived", format!("{}{more}", count(lineage.down.len() as u64, "listing"))));
        }
        rows.extend(view.versions.iter().map(|version| {
            let text = format!(
                "{}: {}, root {}",
                version.version,
                HumanBytes(version.size),
                hex0x(&version.content_root)
            );
            ("version", text)
        }));
        let mut parts = vec![columns(&rows)];
        match view.offers.is_empty() {
            true => parts.push("nothing of it is for sale".into()),
            false => parts.extend(view.offers.iter().map(|offer| describe_offer(&view, offer))),
        }
        parts.join("\n\n")
    });
    Ok(())
}

/// An offer, for people.
pub fn describe_offer(view: &ListingView, offer: &OfferView) -> String {
    let mut rows = vec![
        ("offer", format!("{} (souk buy {} --offer {})", offer.offer, view.id, offer.offer)),
        ("price", show_price(&offer.grant, offer.price)),
        ("for", show_purposes(offer.purposes)),
        (
            "delivery",
            format!(
                "within {} ({})",
                show_blocks(offer.deliver_within),
                count(offer.deliver_within, "block")
            ),
        ),
        ("terms", describe_terms(&offer.terms_uri, &offer.terms_digest)),
    ];
    if offer.seats > 1 {
        rows.push(("seats", offer.seats.to_string()));
    }
    if offer.transferable {
        rows.push(("transferable", "yes".into()));
    }
    if offer.referral > 0 {
        rows.push(("referral", show_share(offer.referral)));
    }
    columns(&rows)
}

/// Terms of use, for people.
pub fn describe_terms(uri: &str, digest: &[u8; 32]) -> String {
    match (uri, digest) {
        ("", [0, ..]) if *digest == [0; 32] => "none".into(),
        ("", digest) => format!("digest {}; ask the seller for them", hex0x(digest)),
        (uri, digest) => format!("{uri} (digest {})", hex0x(digest)),
    }
}

/// A rating, for people.
pub fn show_rating(rating: &RatingView) -> String {
    match rating.average_milli {
        Some(milli) => format!(
            "{}.{} of 5 stars by {}, {}",
            milli / 1_000,
            milli % 1_000 / 100,
            count(rating.payers, "payer"),
            count(rating.reviews, "review")
        ),
        None => "not rated".into(),
    }
}

/// A listing in one line.
pub fn line(view: &ListingView) -> String {
    let cheapest = view.offers.iter().min_by_key(|offer| offer.price);
    let price = cheapest.map_or("not for sale".into(), |offer| {
        let from = if view.offers.len() > 1 { "from " } else { "" };
        format!("{from}{}", show_price(&offer.grant, offer.price))
    });
    let root = view.versions.last().map_or("no version".into(), |version| short(&version.content_root));
    format!(
        "{:>5}  {:<32} {:<9} {price}  {}  {root}",
        view.id,
        legible(&view.name),
        format!("{:?}", view.kind),
        show_rating(&view.rating)
    )
}
