//! `souk buy`.

mod plan;

use super::{listing, Context};
use crate::{
    args::BuyArgs,
    failure::{Code, Failure, Result},
    output::{hex0x, legible},
    sales::{
        begin::{Asked, Begun, Desk, Wanted},
        buying::{self, take, Buyer, Ending, Settings},
        market::{LiveMarket, Market},
        record::Record,
    },
};
use plan::{absolute, choose, plan};
use serde_json::{json, Value};
use souk_client::{keys, souk};
use souk_primitives::close::CloseReason;
use std::{path::PathBuf, time::Duration};

/// Buys, goes on with what was begun, or gives it up.
pub async fn run(context: &Context, args: BuyArgs) -> Result<()> {
    let pair = context.pair()?;
    let account = keys::account(&pair);
    let chain = context.chain().await?;
    let folder = folder(args.data_dir.as_ref())?;
    let desk = Desk { folder, genesis: chain.genesis(), buyer: account, output: context.output };
    let market = LiveMarket::new(chain.clone(), pair);
    let settings = Settings {
        allow_private: args.dev,
        patience: Duration::from_secs(args.patience),
        ..Settings::default()
    };
    if let Some(id) = args.give_up {
        let mut records = desk.open().await?.1;
        let found = records.iter_mut().find(|record| record.facts.purchase == Some(id));
        let record =
            found.ok_or_else(|| Failure::not_found("no such purchase was begun with this key here"))?;
        take(record)?;
        let ending = Buyer { market: &market, record, settings, output: context.output }.give_up().await?;
        if matches!(ending.reason, CloseReason::Cancelled | CloseReason::Rejected) {
            context.output.show(result(record, &ending), || lost(&ending).message);
            return Ok(());
        }
        return tell(context, record, &ending);
    }
    if args.resume {
        let records = desk.open().await?.1;
        return resume(context, &market, records, settings).await;
    }
    let (Some(id), Some(purpose)) = (args.listing, args.purpose) else {
        return Err(Failure::new("name a listing and a purpose: souk buy 3 --purpose research --out FILE"));
    };
    let out = args.out.as_deref().map(absolute).transpose()?;
    let wanted = Wanted { listing: id, offer: args.offer, purpose, out, again: args.again };
    let ask = |bought: Vec<Record>| async {
        let view = listing::listing(&chain, id).await?;
        let (offer, version) = choose(&view, &args)?;
        match bought.into_iter().find(|one| one.facts.order.version == version.version) {
            Some(record) => Ok(Asked::Has(Box::new(record))),
            None => plan(context, &chain, (&desk, &market), (&view, offer, version), purpose, &args)
                .await
                .map(|facts| Asked::Agreed(Box::new(facts))),
        }
    };
    let mut record = match desk.begin(&wanted, ask).await? {
        Begun::GoesOn(record) => record,
        Begun::Has(record) => return already(context, &record),
    };
    let ending =
        Buyer { market: &market, record: &mut record, settings, output: context.output }.run().await?;
    tell(context, &record, &ending)
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
        let message =
            format!("listing {} ({}): {}", facts.order.listing, legible(&facts.name), error.message);
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
    if let Some(gone) = out.as_ref().filter(|out| !out.exists()) {
        return Err(Failure::not_found(format!(
            "you bought {} for that before, and its file is not at {} any more; a copy is delivered once, so --again buys it once more",
            legible(&facts.name),
            gone.display()
        )));
    }
    let value = json!({
        "purchase": facts.purchase.map(|id| hex0x(&id)), "listing": facts.order.listing, "alreadyBought": true,
        "file": out.as_ref().map(|out| out.display().to_string()),
    });
    context.output.show(value, || {
        let file = out.map(|out| format!(" ({})", out.display())).unwrap_or_default();
        format!("you bought {} for that before{file}; to buy it once more: --again", legible(&facts.name))
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
                None => format!("{}: yours to use", legible(&facts.name)),
            };
            let how = match ending.forgotten {
                true => "; the chain has forgotten the purchase, so this is what was kept of it here",
                false => "",
            };
            format!("{file}; {paid} paid, licence {}{how}", hex0x(&ending.purchase))
        });
        return Ok(());
    }
    Err(lost(ending))
}

/// What became of the money of a purchase that ended without its file.
fn lost(ending: &Ending) -> Failure {
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
    Failure { code, message: format!("{what}: {back}{burnt} (purchase {})", hex0x(&ending.purchase)) }
}

/// Where one-time secrets are kept.
fn folder(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder.clone()),
        None => super::gateway::data_folder("purchases"),
    }
}
