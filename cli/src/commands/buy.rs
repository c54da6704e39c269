//! `souk buy`.

use super::{
    listing::{self, describe_terms},
    Context,
};
use crate::{
    args::BuyArgs,
    failure::{Code, Failure, Result},
    output::{columns, hex0x},
    sales::{
        buying::{self, take, Buyer, Ending, Settings},
        disk::{free_room, parent},
        market::{LiveMarket, Market},
        offer::{show_blocks, show_price, show_purposes},
        record::{bytes_of, Book, Facts, Record},
        store::Store,
    },
};
use indicatif::HumanBytes;
use serde_json::{json, Value};
use souk_client::{calls::licensing::Order, keys, souk, Chain};
use souk_primitives::{
    close::CloseReason,
    content::{chunks_of, TAG},
    deal,
    licence::Purposes,
    views::{ListingStatus, ListingView, OfferView, VersionView},
    AccountId, ListingId,
};
use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// Buys, goes on with what was begun, or gives it up.
pub async fn run(context: &Context, args: BuyArgs) -> Result<()> {
    let pair = context.pair()?;
    let account = keys::account(&pair);
    let chain = context.chain().await?;
    let folder = folder(args.data_dir.as_ref())?;
    let book = open(context, &folder).await?;
    let mine = |record: &Record| record.facts.genesis == chain.genesis() && record.facts.buyer == account;
    let (mut records, unsent): (Vec<Record>, Vec<Record>) =
        book.all()?.into_iter().filter(mine).partition(|record| record.facts.sent.is_some());
    for mut record in unsent {
        match record.take() {
            // Agreed to and never ordered: whoever still wants it is asked again.
            Ok(()) if record.facts.sent.is_none() => record.discard()?,
            // Another program is about to order it, or just did.
            _ => records.push(record),
        }
    }
    let market = LiveMarket::new(chain.clone(), pair);
    let settings = Settings {
        allow_private: args.dev,
        patience: Duration::from_secs(args.patience),
        ..Settings::default()
    };
    if let Some(id) = args.give_up {
        let found = records.iter_mut().find(|record| record.facts.purchase == Some(id));
        let record =
            found.ok_or_else(|| Failure::not_found("no such purchase was begun with this key here"))?;
        take(record)?;
        drop(book);
        let ending = Buyer { market: &market, record, settings, output: context.output }.give_up().await?;
        return tell(context, record, &ending);
    }
    if args.resume {
        drop(book);
        return resume(context, &market, records, settings).await;
    }
    let (Some(id), Some(purpose)) = (args.listing, args.purpose) else {
        return Err(Failure::new("name a listing and a purpose: souk buy 3 --purpose research --out FILE"));
    };
    let open = records.iter().filter(|record| record.facts.ended.is_none()).count();
    let begun = begun(records, id, &args, purpose)?;
    let others = open.saturating_sub(usize::from(matches!(begun, Begun::GoesOn(_))));
    if others > 0 {
        tracing::warn!(
            "{others} of your purchases wait for a step of yours: run `souk buy --resume` beside this"
        );
    }
    let mut record = match begun {
        Begun::GoesOn(mut record) => {
            take(&mut record)?;
            *record
        }
        Begun::Done(bought) => {
            let view = listing::listing(&chain, id).await?;
            let (offer, version) = choose(&view, &args)?;
            if let Some(record) = bought.iter().find(|one| one.facts.order.version == version.version) {
                return already(context, record);
            }
            let facts = plan(context, &chain, &account, (&view, offer, version), purpose, &args).await?;
            let mut record = book.begin(facts)?;
            take(&mut record)?;
            record
        }
    };
    drop(book);
    let ending =
        Buyer { market: &market, record: &mut record, settings, output: context.output }.run().await?;
    tell(context, &record, &ending)
}

/// What is known here of such a purchase.
enum Begun {
    /// It did not end.
    GoesOn(Box<Record>),
    /// It was bought, perhaps in several versions; empty when it was not, or is wanted once more.
    Done(Vec<Record>),
}

fn begun(records: Vec<Record>, id: ListingId, args: &BuyArgs, purpose: Purposes) -> Result<Begun> {
    let what = (id, args.offer, purpose);
    let out = args.out.as_deref().map(absolute).transpose()?;
    let mut bought = Vec::new();
    for record in records {
        let order = &record.facts.order;
        if (order.listing, order.offer, order.purpose) != what {
            continue;
        }
        match record.facts.ended {
            None => {
                if let Some(out) = &out {
                    check_same(&record, out)?;
                }
                return Ok(Begun::GoesOn(Box::new(record)));
            }
            Some(CloseReason::Delivered | CloseReason::Disproved) if !args.again => bought.push(record),
            Some(_) => {}
        }
    }
    Ok(Begun::Done(bought))
}

/// A purchase that was begun keeps its file: parts of it may be there.
fn check_same(record: &Record, out: &Path) -> Result<()> {
    match record.facts.out() {
        Some(begun) if begun != out => Err(Failure::new(format!(
            "this purchase was begun for {}: run the same command with that file, and move it when it is there",
            begun.display()
        ))),
        _ => Ok(()),
    }
}

/// Looks at what is offered, shows it, asks, and says what to order.
async fn plan(
    context: &Context,
    chain: &Chain,
    account: &AccountId,
    (view, offer, version): (&ListingView, &OfferView, &VersionView),
    purpose: Purposes,
    args: &BuyArgs,
) -> Result<Facts> {
    let id = view.id;
    if view.owner == *account {
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
    chain.afford(account, offer.price.saturating_add(deposit)).await?;
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
    confirm(context, &columns(&rows), args.yes)?;
    Ok(Facts {
        genesis: chain.genesis(),
        buyer: account.clone(),
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

fn choose<'a>(view: &'a ListingView, args: &BuyArgs) -> Result<(&'a OfferView, &'a VersionView)> {
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

fn absolute(path: &Path) -> Result<PathBuf> {
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

/// Asks, unless that was answered on the command line.
fn confirm(context: &Context, terms: &str, yes: bool) -> Result<()> {
    if yes {
        if !context.output.json {
            eprintln!("{terms}");
        }
        return Ok(());
    }
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

/// Every purchase that did not end, side by side. What fails is told at once: the others may go on for long.
async fn resume(
    context: &Context,
    market: &dyn Market,
    records: Vec<Record>,
    settings: Settings,
) -> Result<()> {
    let mut open: Vec<Record> = records.into_iter().filter(|record| record.facts.ended.is_none()).collect();
    if open.is_empty() {
        context.output.show(json!([]), || "nothing was begun that did not end".into());
        return Ok(());
    }
    let (of, mut failed, mut first) = (open.len(), 0u32, None);
    buying::all(market, &mut open, settings, context.output, |record, ended| {
        let Err(error) = ended.and_then(|ending| tell(context, record, &ending)) else { return };
        let facts = &record.facts;
        let message = format!("listing {} ({}): {}", facts.order.listing, facts.name, error.message);
        let failure = Failure { message, ..error };
        if of > 1 {
            context.output.failure(&failure);
        }
        failed += 1;
        first.get_or_insert(failure);
    })
    .await;
    match first {
        None => Ok(()),
        Some(only) if of == 1 => Err(only),
        Some(first) => Err(Failure {
            message: format!("{failed} of {of} purchases did not end as they should: see above"),
            ..first
        }),
    }
}

fn already(context: &Context, record: &Record) -> Result<()> {
    let facts = &record.facts;
    let out = facts.out();
    let value = json!({
        "purchase": facts.purchase.map(|id| hex0x(&id)), "listing": facts.order.listing, "alreadyBought": true,
        "file": out.as_ref().map(|out| out.display().to_string()),
    });
    context.output.show(value, || {
        let file = out.map(|out| format!(" ({})", out.display())).unwrap_or_default();
        format!("you bought {} for that before{file}; to buy it once more: --again", facts.name)
    });
    Ok(())
}

fn result(record: &Record, ending: &Ending) -> Value {
    let facts = &record.facts;
    json!({
        "purchase": hex0x(&ending.purchase), "licence": ending.is_bought().then(|| hex0x(&ending.purchase)),
        "listing": facts.order.listing, "version": facts.order.version, "name": facts.name,
        "reason": ending.reason, "fault": ending.fault, "price": facts.price.to_string(),
        "refunded": ending.refunded.to_string(), "compensation": ending.compensation.to_string(),
        "burnt": ending.burnt.to_string(), "forgotten": ending.forgotten,
        "file": facts.out().filter(|_| facts.opened).map(|out| out.display().to_string()),
    })
}

/// Says how it ended; an end without the file is a failure.
fn tell(context: &Context, record: &Record, ending: &Ending) -> Result<()> {
    let facts = &record.facts;
    let paid = souk(facts.price);
    if ending.is_bought() {
        context.output.show(result(record, ending), || {
            let file = match facts.out() {
                Some(out) => format!("{}: whole and checked", out.display()),
                None => format!("{}: yours to use", facts.name),
            };
            let how = match ending.forgotten {
                true => "; the chain has forgotten the purchase, so this is what was kept of it here",
                false => "",
            };
            format!("{file}; {paid} paid, licence {}{how}", hex0x(&ending.purchase))
        });
        return Ok(());
    }
    let back = match ending.compensation {
        0 => format!("{} are back", souk(ending.refunded)),
        more => {
            format!("{} are back, and {} of the seller's bond are yours", souk(ending.refunded), souk(more))
        }
    };
    let (code, what) = match ending.reason {
        CloseReason::Cheated => {
            let fault = ending.fault.map(|fault| format!(" ({fault:?})")).unwrap_or_default();
            (Code::Cheated, format!("the seller cheated{fault}, and the chain upheld the complaint"))
        }
        CloseReason::NotRevealed => (Code::Cheated, "the seller revealed no key in time".into()),
        CloseReason::NotDelivered => (Code::Cheated, "the seller offered no copy in time".into()),
        CloseReason::Cancelled => (Code::Failed, "you gave it up".into()),
        CloseReason::Rejected => (Code::Failed, "you rejected the copy".into()),
        CloseReason::NotAccepted => (Code::Failed, "the copy was not accepted in time".into()),
        other => (Code::Failed, format!("it ended: {other:?}")),
    };
    let burnt = match ending.burnt {
        0 => String::new(),
        burnt => format!(", {} are burnt", souk(burnt)),
    };
    Err(Failure { code, message: format!("{what}: {back}{burnt} (purchase {})", hex0x(&ending.purchase)) })
}

/// Where one-time secrets are kept.
fn folder(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder.clone()),
        None => super::gateway::data_folder("purchases"),
    }
}

async fn open(context: &Context, folder: &Path) -> Result<Book> {
    let path = folder.to_path_buf();
    let _wait = context.output.wait(format!("opening {}", folder.display()));
    let book = souk_sidecar::blocking::aside(move || Book::open(&path)).await;
    book.map_err(|e| Failure::new(format!("{}: {e}", folder.display())))
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
