//! What would be bought: shown to whoever buys, who is asked.

use super::super::{
    listing::{self, describe_terms},
    Context,
};
use crate::{
    args::BuyArgs,
    failure::{Code, Failure, Result},
    output::{columns, hex0x},
    sales::{
        begin::Desk,
        disk::{free_room, parent},
        market::Market,
        offer::{show_blocks, show_price, show_purposes},
        record::{bytes_of, open_purchases, Facts},
        store::Store,
    },
};
use indicatif::HumanBytes;
use souk_client::{calls::licensing::Order, souk, Chain};
use souk_primitives::{
    content::{chunks_of, TAG},
    deal,
    licence::Purposes,
    views::{LicenceView, ListingStatus, ListingView, OfferView, VersionView},
    Balance,
};
use sp_core::crypto::Ss58Codec;
use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

/// Licences of the buyer that are looked through.
const LICENCES: u32 = 256;

/// Looks at what is offered, shows it, asks, and says what to order.
pub(super) async fn plan(
    context: &Context,
    chain: &Chain,
    (desk, market): (&Desk, &dyn Market),
    (view, offer, version): (&ListingView, &OfferView, &VersionView),
    purpose: Purposes,
    args: &BuyArgs,
) -> Result<Facts> {
    let id = view.id;
    if view.owner == desk.buyer {
        return Err(Failure::new(format!("listing {id} is your own")));
    }
    if view.status != ListingStatus::Active {
        return Err(Failure::new(format!("listing {id} is not for sale: it is {:?}", view.status)));
    }
    if !offer.purposes.allow(purpose) {
        return Err(Failure::new(format!(
            "offer {} is for {}, not for {}",
            offer.offer,
            show_purposes(offer.purposes),
            show_purposes(purpose)
        )));
    }
    if !args.again {
        let licences = chain.licences(&desk.buyer, LICENCES).await?;
        let is_it = |one: &&LicenceView| {
            one.is_live
                && (one.listing, one.version, one.purpose) == (id, version.version, purpose)
                && (one.grant, &one.holder) == (offer.grant, &desk.buyer)
        };
        if let Some(found) = licences.iter().find(is_it) {
            return Err(Failure::new(format!(
                "{} has licence {} for just that already, and this machine knows nothing of its purchase; to buy it once more: --again",
                desk.buyer.to_ss58check(),
                hex0x(&found.id)
            )));
        }
    }
    let out = match version.size {
        0 => None,
        _ => {
            let given =
                args.out.as_deref().ok_or_else(|| Failure::new("say where the file goes: --out FILE"))?;
            Some(check_out(given, version)?)
        }
    };
    let store = match version.size {
        0 => None,
        _ => {
            let endpoint = chain.store(&view.owner).await?.ok_or_else(|| {
                Failure::not_found(
                    "the seller announced no store, so there is nowhere to fetch a copy: ask it to",
                )
            })?;
            // Before money moves, not after.
            Store::new(&endpoint, args.dev, Default::default()).map_err(|e| Failure::new(e.to_string()))?;
            Some(endpoint)
        }
    };
    let deposit = if version.size == 0 { 0 } else { deal::complaint_deposit(offer.price) };
    afford(desk, market, offer.price, version.size).await?;
    let mut rows = vec![
        ("listing", format!("{} {}, version {}", view.id, view.name, version.version)),
        ("seller", view.owner.to_string()),
        ("rating", listing::show_rating(&view.rating)),
        ("price", show_price(&offer.grant, offer.price)),
        ("use", show_purposes(purpose)),
        ("terms", describe_terms(&offer.terms_uri, &offer.terms_digest)),
    ];
    if deposit > 0 {
        let text = format!(
            "{}, back when you have the file; {} of it is lost if you don't accept a copy that is offered",
            souk(deposit),
            souk(deal::handling(offer.price))
        );
        rows.push(("deposit", text));
        let bytes = format!("{}, root {}", HumanBytes(version.size), hex0x(&version.content_root));
        rows.push(("content", bytes));
        rows.push(("delivery", format!("within {} of blocks", show_blocks(offer.deliver_within))));
    }
    rows.extend(store.map(|store| ("store", store)));
    rows.extend(out.as_ref().map(|out| ("file", out.display().to_string())));
    if !args.yes {
        confirm(context, &columns(&rows))?;
        // It may have taken long.
        afford(desk, market, offer.price, version.size).await?;
    } else if !context.output.json {
        eprintln!("{}", columns(&rows));
    }
    Ok(Facts {
        genesis: desk.genesis,
        buyer: desk.buyer.clone(),
        seller: view.owner.clone(),
        order: Order {
            listing: id,
            offer: offer.offer,
            offer_digest: offer.digest,
            version: version.version,
            content_root: version.content_root,
            purpose,
            terms_digest: offer.terms_digest,
            buyer_key: [0; 32],
            referrer: args.referrer.clone(),
        },
        name: view.name.clone(),
        size: version.size,
        price: offer.price,
        out: out.as_deref().map(bytes_of),
        sent: None,
        rejected: None,
        purchase: None,
        seen: None,
        opened: false,
        ended: None,
    })
}

/// The offer and the version that are meant.
pub(super) fn choose<'a>(view: &'a ListingView, args: &BuyArgs) -> Result<(&'a OfferView, &'a VersionView)> {
    let id = view.id;
    let offer = view.offers.iter().find(|offer| offer.offer == args.offer).ok_or_else(|| {
        let numbers: Vec<String> = view.offers.iter().map(|offer| offer.offer.to_string()).collect();
        Failure::not_found(match numbers.is_empty() {
            true => format!("nothing of listing {id} is for sale"),
            false => format!("listing {id} has no offer {}; it has {}", args.offer, numbers.join(", ")),
        })
    })?;
    let version = match args.version {
        Some(wanted) => view.versions.iter().find(|version| version.version == wanted),
        None => view.versions.last(),
    };
    let version = version.ok_or_else(|| Failure::not_found(format!("listing {id} has no such version")))?;
    Ok((offer, version))
}

/// A path that means the same wherever the program is started.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

/// The file must not be there, and its folder must.
fn check_out(given: &Path, version: &VersionView) -> Result<PathBuf> {
    let out = absolute(given)?;
    if out.exists() {
        return Err(Failure::new(format!("{} is there already: name another file", out.display())));
    }
    let folder = parent(&out);
    if out.file_name().is_none() || !folder.is_dir() {
        return Err(Failure::new(format!("there is no folder {} for the file", folder.display())));
    }
    let chunks = u64::from(chunks_of(version.size).unwrap_or(0));
    let needs = version.size.saturating_mul(2).saturating_add(chunks.saturating_mul(TAG.into()));
    tempfile::tempfile_in(folder).map_err(|e| {
        Failure::new(format!(
            "{} can't be written to, and needs {} free: {e}",
            folder.display(),
            HumanBytes(needs)
        ))
    })?;
    match free_room(folder) {
        Some(free) if free < needs => Err(Failure::new(format!(
            "{} has {} free, and the encrypted copy and the file need {} together: make room, or name a file elsewhere",
            folder.display(),
            HumanBytes(free),
            HumanBytes(needs)
        ))),
        _ => Ok(out),
    }
}

/// Fails when there is too little for the purchase, and for seeing it and all open ones through.
async fn afford(desk: &Desk, market: &dyn Market, price: Balance, size: u64) -> Result<()> {
    let purse = market.purse().await?;
    let open = open_purchases(&desk.folder, &desk.genesis, &desk.buyer)?;
    let needs = purse.to_order(price, size, &open);
    if purse.free >= needs {
        return Ok(());
    }
    let message = format!(
        "{} needs {} and has {} to spend: beside price and deposit that is for fees, also those of a complaint, and for your \
         other open purchases",
        desk.buyer.to_ss58check(),
        souk(needs),
        souk(purse.free)
    );
    Err(Failure { code: Code::Money, message })
}

/// Asks whoever sits there.
fn confirm(context: &Context, terms: &str) -> Result<()> {
    if context.output.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new("buying has to be agreed to: look at `souk listing show`, then add --yes"));
    }
    eprint!("{terms}\n\nBuy it? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("nothing was bought")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_no_disk_holds_should_not_be_ordered() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("file");
        let version = |size| VersionView {
            version: 0,
            content_root: [1; 32],
            size,
            chunks: 1,
            manifest: [0; 32],
            published_at: 0,
        };
        assert_eq!(check_out(&out, &version(1)).unwrap(), out);
        let refused = check_out(&out, &version(1 << 60)).unwrap_err().message;
        assert!(refused.contains("make room"), "{refused}");
        std::fs::write(&out, "").unwrap();
        assert!(check_out(&out, &version(1)).is_err());
    }
}
