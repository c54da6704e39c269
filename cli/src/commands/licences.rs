//! `souk licences`.

use super::Context;
use crate::{
    failure::Result,
    output::{columns, hex0x},
    sales::offer::{show_grant, show_purposes},
};
use serde_json::json;
use souk_primitives::{views::LicenceView, AccountId};

/// Most licences that are shown.
const ROWS: u32 = 200;

/// What an account may use, as a holder or on a seat.
pub async fn run(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let licences = chain.licences(&account, ROWS).await?;
    context.output.show(json!(licences), || match licences.is_empty() {
        true => "no licences".into(),
        false => licences.iter().map(|view| describe(view, &account)).collect::<Vec<_>>().join("\n\n"),
    });
    Ok(())
}

fn describe(view: &LicenceView, account: &AccountId) -> String {
    let mut rows = vec![
        ("licence", hex0x(&view.id)),
        ("listing", format!("{} version {}", view.listing, view.version)),
        ("for", show_purposes(view.purpose)),
        ("term", show_grant(&view.grant)),
    ];
    if let Some(last) = view.expires_at {
        let text = match view.is_live {
            true => format!("live block {last}"),
            false => format!("live block {last}: it has lapsed"),
        };
        rows.push(("until", text));
    }
    if view.holder != *account {
        rows.push(("holder", view.holder.to_string()));
    }
    if view.seats > 1 {
        rows.push(("seats", format!("{} of {} taken", view.users.len().saturating_add(1), view.seats)));
    }
    columns(&rows)
}
