//! `souk purchases`.

use super::Context;
use crate::{
    failure::Result,
    output::{columns, hex0x},
    sales::offer::show_purposes,
};
use serde_json::json;
use souk_client::souk;
use souk_primitives::{purchase::Stage, views::PurchaseView, AccountId};

/// What an account bought and sold, open or recent.
pub async fn run(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let mut purchases = chain.all_purchases(&account).await?;
    purchases.sort_by_key(|view| view.ordered_at);
    context.output.show(json!(purchases), || match purchases.is_empty() {
        true => "no purchases, open or recent".into(),
        false => purchases.iter().map(|view| describe(view, &account)).collect::<Vec<_>>().join("\n\n"),
    });
    Ok(())
}

fn describe(view: &PurchaseView, account: &AccountId) -> String {
    let other = match view.buyer == *account {
        true => ("bought from", view.seller.to_string()),
        false => ("sold to", view.buyer.to_string()),
    };
    columns(&[
        ("purchase", hex0x(&view.id)),
        ("listing", format!("{} version {}, offer {}", view.listing, view.version, view.offer)),
        other,
        ("for", show_purposes(view.purpose)),
        ("price", souk(view.price)),
        ("stage", stage(view)),
    ])
}

fn stage(view: &PurchaseView) -> String {
    match view.stage {
        Stage::Ordered { deliver_by } => format!("ordered; a copy is due by live block {deliver_by}"),
        Stage::Offered { accept_by } => {
            format!("a copy is offered; to be accepted by live block {accept_by}")
        }
        Stage::Accepted { reveal_by } => {
            format!("the copy is accepted; its key is due by live block {reveal_by}")
        }
        Stage::Revealed { complain_by } => {
            format!("the key is known; complaints until live block {complain_by}")
        }
        Stage::Ended { at, reason } => {
            let fault = view.fault.map(|fault| format!(" ({fault:?})")).unwrap_or_default();
            format!("ended in live block {at}: {reason:?}{fault}")
        }
    }
}
