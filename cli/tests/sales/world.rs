//! A buyer between a fake chain and a fake store.

use crate::{
    market::{seller, Cheat, FakeMarket, GENESIS, PRICE},
    store::{self, FakeStore},
};
use souk_cli::{
    failure::Result,
    output::Output,
    sales::{
        buying::{Buyer, Ending, Settings},
        market::Market,
        record::{bytes_of, Book, Facts, Record},
        store::Times,
    },
};
use souk_client::calls::licensing::Order;
use souk_primitives::{content::Builder, licence::Purposes, ListingId};
use std::{path::PathBuf, sync::Arc, time::Duration};

pub struct World {
    pub market: Arc<FakeMarket>,
    pub store: Arc<FakeStore>,
    pub folder: tempfile::TempDir,
}

/// Bytes of five chunks and a bit, each of its own kind.
pub fn content() -> Vec<u8> {
    (0..5 * 65_536 + 777u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub fn settings() -> Settings {
    Settings {
        allow_private: true,
        times: Times { connect: Duration::from_secs(5), stall: Duration::from_millis(150) },
        patience: Duration::from_secs(20),
        pauses: (Duration::from_millis(1), Duration::from_millis(10)),
        looks: Duration::from_millis(50),
        span: Duration::from_secs(60),
    }
}

impl World {
    pub async fn new(cheat: Cheat) -> Self {
        Self::of(content(), cheat).await
    }

    /// Of a service: there is nothing to deliver.
    pub async fn service() -> Self {
        Self::of(Vec::new(), Cheat::Honest).await
    }

    async fn of(content: Vec<u8>, cheat: Cheat) -> Self {
        let market = FakeMarket::new(content, cheat);
        let store = store::start(&market).await;
        Self { market, store, folder: tempfile::tempdir().unwrap() }
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    pub fn book(&self) -> Book {
        Book::open(&self.folder.path().join("purchases")).unwrap()
    }

    /// Begins a purchase: what the command does after its user agreed.
    pub fn begin(&self) {
        self.begin_of(3, self.out());
    }

    pub fn begin_of(&self, listing: ListingId, out: PathBuf) {
        let content = &self.market.content;
        let mut builder = Builder::default();
        content.chunks(65_536).for_each(|chunk| {
            builder.push(chunk).unwrap();
        });
        let facts = Facts {
            genesis: GENESIS,
            buyer: self.market.account(),
            seller: seller(),
            order: Order {
                listing,
                offer: 0,
                offer_digest: [1; 32],
                version: 0,
                content_root: builder.finish().map_or([0; 32], |content| content.root()),
                purpose: Purposes::RESEARCH,
                terms_digest: [2; 32],
                buyer_key: [0; 32],
                referrer: None,
            },
            name: "a set".into(),
            size: content.len() as u64,
            price: PRICE,
            out: (!content.is_empty()).then(|| bytes_of(&out)),
            sent: None,
            rejected: None,
            purchase: None,
            seen: None,
            opened: false,
            ended: None,
        };
        self.book().begin(facts).unwrap();
    }

    /// Purchases that are kept here.
    pub fn kept(&self) -> usize {
        self.book().all().unwrap().len()
    }

    /// The one purchase, as a program that just started finds it.
    pub fn record(&self) -> Record {
        let mut record = self.book().all().unwrap().pop().unwrap();
        record.take().unwrap();
        record
    }

    /// Runs the program to its end, or until it is killed.
    pub async fn run(&self) -> Option<Result<Ending>> {
        self.run_with(settings()).await
    }

    pub async fn run_with(&self, settings: Settings) -> Option<Result<Ending>> {
        self.run_of(self.record(), settings).await
    }

    /// The same of a record that was taken before.
    pub async fn run_of(&self, mut record: Record, settings: Settings) -> Option<Result<Ending>> {
        let output = Output { json: true };
        let mut buyer = Buyer { market: &*self.market, record: &mut record, settings, output };
        tokio::select! {
            biased;
            () = self.market.fuel.gone() => None,
            ended = buyer.run() => Some(ended),
        }
    }

    /// Runs it to its end.
    pub async fn finish(&self) -> Result<Ending> {
        self.run().await.expect("nobody kills it")
    }

    /// Files beside the one that was bought, in its folder and in that of the purchase.
    pub fn left_over(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => names.push(path.file_name().unwrap().to_string_lossy().into_owned()),
                }
            }
        }
        names.retain(|name| !["file", "facts", "lock"].contains(&name.as_str()));
        names
    }
}
