//! `souk listing search`.

use super::line;
use crate::{args::SearchArgs, commands::Context, failure::Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use souk_primitives::{
    licence::Purposes,
    views::{ListingKind, ListingView},
};

/// What `souk_search` takes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    text: Option<String>,
    kind: Option<ListingKind>,
    tags: Vec<String>,
    purpose: Option<Purposes>,
    max_price: Option<String>,
    /// In thousandths of a star.
    min_rating: Option<u32>,
    inactive: bool,
    sort: Option<String>,
    cursor: Option<String>,
    limit: u32,
}

/// A listing that was found.
#[derive(Serialize, Deserialize)]
struct Hit {
    #[serde(flatten)]
    listing: ListingView,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
struct Page {
    results: Vec<Hit>,
    next: Option<String>,
    truncated: bool,
}

/// One page of what the node finds.
pub async fn run(context: &Context, args: SearchArgs) -> Result<()> {
    let chain = context.chain().await?;
    let query = Query {
        text: Some(args.text.join(" ")).filter(|text| !text.is_empty()),
        kind: args.kind.map(Into::into),
        tags: args.tag,
        purpose: args.purpose,
        max_price: args.max_price.map(|price| price.to_string()),
        min_rating: args.min_rating,
        inactive: args.inactive,
        sort: args.sort.map(|sort| format!("{sort:?}").to_lowercase()),
        cursor: args.cursor,
        limit: args.limit,
    };
    let page: Page = chain.search(&query).await?;
    context.output.show(json!(page), || {
        let mut lines: Vec<String> = page.results.iter().map(|hit| line(&hit.listing)).collect();
        if lines.is_empty() {
            lines.push("nothing fits".into());
        }
        if page.truncated {
            lines.push("so many fit that only the newest were ranked: add words, or narrow it down".into());
        }
        lines.extend(page.next.as_ref().map(|next| format!("more: --cursor {next}")));
        lines.join("\n")
    });
    Ok(())
}
