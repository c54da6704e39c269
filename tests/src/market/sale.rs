//! The demo's second act: the model that the market serves is for sale. Its provider holds a licence for it, and
//! //Consumer finds it, buys it and gets the listed bytes.

use super::{
    demo,
    models::{self, Model},
    program::Souk,
    register::account,
    shop::Shop,
    Market,
};
use anyhow::{bail, ensure, Context, Result};
use souk_client::{content, souk, Chain};
use souk_primitives::{licence::Purposes, views::ListingView, Balance, ListingId, SOUK};
use std::{fs, path::PathBuf};

/// Price of the model for ever.
const PRICE: Balance = 25 * SOUK;
/// How the model is offered, as `souk listing publish` takes it.
const OFFERS: [&str; 2] = ["perpetual:25", "lease:30d:5"];
/// Times that a purchase is taken up again: a keeper that signs with the same key may take its number.
const ATTEMPTS: u32 = 3;

/// Puts the chat model into the publisher's store and on the market, and has its provider buy what it serves. Does
/// nothing when all of that was done before.
pub async fn license(market: &Market, say: &dyn Fn(&str)) -> Result<()> {
    let chain = market.chain().await?;
    let model = chat()?;
    let listing = listed(&chain, &model).await?;
    if chain.is_licensed(&account("//Provider")?, listing.id, Purposes::INFERENCE).await? {
        return Ok(());
    }
    say(&format!("//Publisher's sidecar stores {}; it is on offer for {}", model.name, souk(PRICE)));
    publish(market, &model).await?;
    say("//Provider buys a licence for what it serves");
    let folder = market.layout.root.join("provider");
    fs::create_dir_all(&folder)?;
    let purchase = Purchase {
        buyer: "//Provider",
        listing: listing.id,
        purpose: "inference",
        out: folder.join("model.gguf"),
        data: folder.join("purchases"),
    };
    purchase.run(market, false).await?;
    purchase.check(&model)?;
    // The sidecar that serves it has the file already.
    fs::remove_file(&purchase.out)?;
    ensure!(
        chain.is_licensed(&account("//Provider")?, listing.id, Purposes::INFERENCE).await?,
        "//Provider bought a licence and has none"
    );
    Ok(())
}

/// The second act: //Consumer looks for a model, buys it, and has its file and a licence.
pub async fn act(market: &Market, say: &dyn Fn(&str)) -> Result<()> {
    let chain = market.chain().await?;
    let model = chat()?;
    license(market, say).await?;
    let listing = listed(&chain, &model).await?;
    let before = demo::balances(&chain).await?;

    say("second act: the model itself is for sale, and //Consumer looks for one");
    let program = Souk::dev(market, "//Consumer");
    let find =
        ["listing", "search", "small model", "--kind", "model", "--max-price", "30", "--sort", "rating"];
    aloud(&program, &find).await?;
    aloud(&program, &["listing", "show", &listing.id.to_string()]).await?;

    let folder = market.layout.root.join("consumer");
    fs::create_dir_all(&folder)?;
    let purchase = Purchase {
        buyer: "//Consumer",
        listing: listing.id,
        purpose: "research",
        out: folder.join("model.gguf"),
        data: folder.join("purchases"),
    };
    if purchase.out.exists() {
        fs::remove_file(&purchase.out)?;
    }
    say("//Consumer buys it: price on hold, encrypted copy fetched and checked, key revealed, file decrypted and checked, paid");
    purchase.run(market, true).await?;
    purchase.check(&model)?;
    say(&format!("{} is the file that was listed", purchase.out.display()));
    aloud(&program, &["licences"]).await?;

    say("balances after the second act");
    demo::print_balances(&chain, &demo::balances(&chain).await?, Some(&before));
    demo::check_solvency(&chain, say).await
}

fn chat() -> Result<Model> {
    let models = models::test_models()?;
    models.into_iter().find(|model| model.name == models::CHAT).context("there is no chat model")
}

async fn listed(chain: &Chain, model: &Model) -> Result<ListingView> {
    let publisher = account("//Publisher")?;
    let all = chain.all_listings().await?;
    let found = all.into_iter().find(|listing| listing.owner == publisher && listing.name == model.name);
    found.with_context(|| format!("//Publisher has not listed {}", model.name))
}

async fn publish(market: &Market, model: &Model) -> Result<()> {
    let shop = Shop::of_alice(market);
    let manifest = shop.folder.join("model.manifest");
    fs::write(&manifest, &model.manifest_bytes)?;
    let manifest = manifest.display().to_string();
    let mut what = vec!["--kind", "model", "--manifest", &manifest, "--purpose", "research,inference"];
    what.extend(OFFERS.iter().flat_map(|offer| ["--offer", offer]));
    shop.publish(market, &model.content, model.name, &what).await?.text()?;
    Ok(())
}

/// A purchase with the `souk` program.
struct Purchase {
    buyer: &'static str,
    listing: ListingId,
    purpose: &'static str,
    out: PathBuf,
    data: PathBuf,
}

impl Purchase {
    /// Runs it to its end, on the terminal when `aloud`; takes it up again when it was interrupted.
    async fn run(&self, market: &Market, aloud: bool) -> Result<()> {
        let program = Souk::dev(market, self.buyer);
        let (listing, out, data) =
            (self.listing.to_string(), self.out.display().to_string(), self.data.display().to_string());
        let shown = ["buy", &listing, "--offer", "0", "--purpose", self.purpose, "--out", &out];
        let mut arguments = shown.to_vec();
        arguments.extend(["--data-dir", &data, "--yes", "--dev", "--again"]);
        if aloud {
            println!("    $ souk --key {} {} --dev", self.buyer, shown.join(" "));
        }
        for attempt in 1.. {
            let failed = if aloud {
                program.watch(&arguments).await.err()
            } else {
                program.own(&arguments).await?.text().err()
            };
            match failed {
                None => return Ok(()),
                Some(error) if attempt == ATTEMPTS => return Err(error),
                Some(error) => {
                    println!("    {error:#}; once more");
                    arguments = vec!["buy", "--resume", "--data-dir", &data, "--dev"];
                }
            }
        }
        bail!("a purchase is not tried at all")
    }

    /// Whether the file is the one that was listed.
    fn check(&self, model: &Model) -> Result<()> {
        let (got, listed) = (content::of_file(&self.out)?, content::of_file(&model.content)?);
        ensure!(got == listed, "{} is not the listed file", self.out.display());
        Ok(())
    }
}

/// Runs a command and shows it with what it prints.
async fn aloud(program: &Souk, arguments: &[&str]) -> Result<()> {
    let words: Vec<String> = arguments
        .iter()
        .map(|word| if word.contains(' ') { format!("{word:?}") } else { (*word).to_string() })
        .collect();
    println!("    $ souk --key {} {}", program.key.display(), words.join(" "));
    for line in program.own(arguments).await?.text()?.lines() {
        println!("    {line}");
    }
    Ok(())
}
