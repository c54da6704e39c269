//! Listings, offers and purchases on the command line.

use super::{account, amount, digest};
use crate::sales::offer;
use clap::{Args, Subcommand, ValueEnum};
use souk_primitives::{
    licence::Purposes, lineage::Parent, views::ListingKind, AccountId, Balance, BlockNumber, ListingId,
    OfferId, VersionId,
};
use std::path::PathBuf;

/// Listings.
#[derive(Subcommand, Debug)]
pub enum Listing {
    /// Put a file into your store and offer it on the market. Run it again to go on after an interruption.
    Publish(Box<PublishArgs>),
    /// Everything about a listing.
    Show {
        /// Its number.
        listing: ListingId,
    },
    /// Find listings.
    Search(SearchArgs),
    /// Change what is sold.
    #[command(subcommand)]
    Offers(Offers),
    /// Take a listing off the market for now. Open purchases go on.
    Pause(OwnListing),
    /// Put it back.
    Resume(OwnListing),
    /// Give it up. What was sold lives on.
    Deprecate(OwnListing),
}

/// A listing of one's own.
#[derive(Args, Debug)]
pub struct OwnListing {
    /// Its number.
    pub listing: ListingId,
    /// For whom --key acts.
    #[command(flatten)]
    pub acting: Acting,
}

/// For whom a key acts.
#[derive(Args, Debug)]
pub struct Acting {
    /// The owner, when --key is its proxy's.
    #[arg(long, value_parser = account)]
    pub owner: Option<AccountId>,
}

/// What a listing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Weights of a model.
    Model,
    /// Data.
    Dataset,
    /// Something that is run for the buyer: there is no file.
    Service,
    /// Code.
    Algorithm,
}

impl From<Kind> for ListingKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Model => ListingKind::Model,
            Kind::Dataset => ListingKind::Dataset,
            Kind::Service => ListingKind::Service,
            Kind::Algorithm => ListingKind::Algorithm,
        }
    }
}

/// What offers say.
#[derive(Args, Debug)]
pub struct OfferArgs {
    /// What is sold: perpetual:PRICE, lease:TIME:PRICE or metered:SHARE%:PRICE, then any of seats=N, transferable,
    /// referral=N%, purposes=a+b, deliver=TIME, each after a colon. Prices in SOUK, times as 30d, 12h, 90m.
    #[arg(long = "offer", value_name = "OFFER")]
    pub offers: Vec<String>,
    /// What all offers may be used for: research, commercial, training, inference, redistribution, derivative, or all.
    #[arg(long, value_parser = offer::purposes)]
    pub purpose: Option<Purposes>,
    /// In what time you deliver.
    #[arg(long, default_value = "1h", value_parser = offer::blocks)]
    pub deliver_within: BlockNumber,
    /// The terms of use: a file, or the address where buyers read them.
    #[arg(long)]
    pub terms: Option<String>,
    /// Where buyers read the terms, when --terms is a file.
    #[arg(long)]
    pub terms_uri: Option<String>,
}

/// Publishing a file.
#[derive(Args, Debug)]
pub struct PublishArgs {
    /// The file; none for a service.
    pub file: Option<PathBuf>,
    /// Name.
    #[arg(long)]
    pub name: String,
    /// What it is.
    #[arg(long)]
    pub kind: Kind,
    /// Summary.
    #[arg(long, default_value = "")]
    pub summary: String,
    /// Tags.
    #[arg(long)]
    pub tag: Vec<String>,
    /// What is sold.
    #[command(flatten)]
    pub offers: OfferArgs,
    /// What it derives from, and what its owner gets of each sale: LISTING@VERSION:ROYALTY%.
    #[arg(long = "parent", value_name = "PARENT", value_parser = offer::parent)]
    pub parents: Vec<Parent>,
    /// Least royalty of whatever derives from it.
    #[arg(long, value_parser = offer::share)]
    pub min_royalty: Option<u32>,
    /// Its manifest, whose digest is listed.
    #[arg(long)]
    pub manifest: Option<PathBuf>,
    /// Publish a new version of this listing of yours.
    #[arg(long)]
    pub listing: Option<ListingId>,
    /// The private API of your store.
    #[arg(long, env = "SOUK_STORE_URL", default_value = "http://127.0.0.1:9901")]
    pub store_url: String,
    /// File with the token of that API.
    #[arg(long, env = "SOUK_STORE_TOKEN_FILE")]
    pub store_token_file: Option<PathBuf>,
    /// The public address of your store, where buyers fetch copies; announced on the chain if it is not yet.
    #[arg(long)]
    pub endpoint: Option<String>,
    /// For whom --key acts.
    #[command(flatten)]
    pub acting: Acting,
}

/// Finding listings.
#[derive(Args, Debug)]
pub struct SearchArgs {
    /// Words of name, summary and tags.
    pub text: Vec<String>,
    /// Only of this kind.
    #[arg(long)]
    pub kind: Option<Kind>,
    /// Only with these tags.
    #[arg(long)]
    pub tag: Vec<String>,
    /// Only what may be used for this.
    #[arg(long, value_parser = offer::purposes)]
    pub purpose: Option<Purposes>,
    /// Only what costs at most this.
    #[arg(long, value_parser = amount)]
    pub max_price: Option<Balance>,
    /// Only with at least this many stars, as 4 or 4.5.
    #[arg(long, value_parser = stars)]
    pub min_rating: Option<u32>,
    /// Also what is not on offer now.
    #[arg(long)]
    pub inactive: bool,
    /// What comes first.
    #[arg(long)]
    pub sort: Option<Sort>,
    /// Results at most.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
    /// Where the last page ended.
    #[arg(long)]
    pub cursor: Option<String>,
}

/// Reads stars, in thousandths.
fn stars(text: &str) -> Result<u32, String> {
    let bad = || format!("{text:?} are no stars: write 1 to 5, as 4 or 4.5");
    let stars: f64 = text.parse().map_err(|_| bad())?;
    match (0.0..=5.0).contains(&stars) {
        true => Ok((stars * 1_000.0).round() as u32),
        false => Err(bad()),
    }
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// What fits the words best.
    Relevance,
    /// What is cheapest.
    Price,
    /// What is liked best.
    Rating,
    /// What is newest.
    Newest,
}

/// Offers.
#[derive(Subcommand, Debug)]
pub enum Offers {
    /// Add offers.
    Add {
        /// The listing.
        listing: ListingId,
        /// What is sold.
        #[command(flatten)]
        offers: OfferArgs,
        /// For whom --key acts.
        #[command(flatten)]
        acting: Acting,
    },
    /// Withdraw an offer. What was bought by it is not touched.
    Withdraw {
        /// The listing.
        listing: ListingId,
        /// The offer's number.
        offer: OfferId,
        /// For whom --key acts.
        #[command(flatten)]
        acting: Acting,
    },
}

/// Buying.
#[derive(Args, Debug)]
pub struct BuyArgs {
    /// The listing's number.
    #[arg(required_unless_present_any = ["resume", "give_up"], conflicts_with_all = ["resume", "give_up"])]
    pub listing: Option<ListingId>,
    /// The offer's number (see `souk listing show`).
    #[arg(long, default_value_t = 0)]
    pub offer: OfferId,
    /// What you will use it for; the licence says so.
    #[arg(long, value_parser = offer::purposes, required_unless_present_any = ["resume", "give_up"])]
    pub purpose: Option<Purposes>,
    /// Where the file goes.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Which version; the newest when missing.
    #[arg(long = "content-version", value_name = "VERSION")]
    pub version: Option<VersionId>,
    /// Who brought you here, and gets its share.
    #[arg(long, value_parser = account)]
    pub referrer: Option<AccountId>,
    /// Agree to price and terms without being asked.
    #[arg(long, short)]
    pub yes: bool,
    /// Buy it once more, though you have it.
    #[arg(long)]
    pub again: bool,
    /// Go on with every purchase that did not end.
    #[arg(long, conflicts_with = "give_up")]
    pub resume: bool,
    /// End this purchase without its copy.
    #[arg(long, value_name = "PURCHASE", value_parser = digest)]
    pub give_up: Option<[u8; 32]>,
    /// Folder of what must not be lost: one-time secrets and how far each purchase is.
    #[arg(long, env = "SOUK_PURCHASES_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Seconds that a store may give nothing new, or next to nothing, before this ends (run it again to go on).
    #[arg(long, default_value_t = 300)]
    pub patience: u64,
    /// For a local market: stores at private addresses are fine.
    #[arg(long)]
    pub dev: bool,
}
