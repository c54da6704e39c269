//! The gateway: a plain OpenAI API on localhost, paid on a market without a middleman.
//!
//! | part | concern |
//! | --- | --- |
//! | [`api`] | OpenAI's routes and errors |
//! | [`call`] | one user's call, from provider to provider, paid once |
//! | [`catalogue`] | models, prices, tokenizers by digest |
//! | [`pool`], [`book`] | channels: numbers, deposits, vouchers |
//! | [`conduct`] | what is paid, refused, reported |
//! | [`closing`] | a channel's end by its owner's wish |
//! | [`store`] | SQLite: requests before they are sent, receipts before they are paid |
//! | [`keeper`] | restart, lost receipts, idle vouchers, closing |
//! | [`check`] | whether a receipt may be paid |
//! | [`market`] | the chain as a port |
//! | [`upstream`], [`wire`] | HTTP to providers |

pub mod api;
pub mod book;
pub mod call;
pub mod catalogue;
pub mod check;
pub mod closing;
pub mod conduct;
pub mod endpoint;
pub mod error;
pub mod keeper;
pub mod market;
pub mod pool;
pub mod settings;
pub mod store;
pub mod text;
pub mod upstream;
pub mod wire;

use call::Caller;
use catalogue::Catalogue;
use error::ApiError;
use keeper::Keeper;
use market::Market;
use pool::Pool;
use settings::Settings;
use souk_client::Keypair;
use sp_core::{DeriveJunction, Pair};
use std::{path::Path, sync::Arc, time::Duration};
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A running gateway without its listener.
#[derive(Clone)]
pub struct Gateway {
    /// Makes calls.
    pub caller: Arc<Caller>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// The key that signs requests and vouchers: derived, so that it needs no file of its own.
pub fn voucher_key(consumer: &Keypair) -> Keypair {
    let path = [DeriveJunction::hard("souk-voucher")];
    // Derivation of an sr25519 pair can't fail.
    consumer.derive(path.into_iter(), None).map_or_else(|_| consumer.clone(), |(pair, _)| pair)
}

impl Gateway {
    /// Opens the store under `folder`, restores all channels and starts the keeper.
    pub async fn start(
        market: Arc<dyn Market>,
        voucher_pair: Keypair,
        settings: Settings,
        folder: &Path,
    ) -> Result<Self, ApiError> {
        let io = |e: std::io::Error| ApiError::internal(format!("{}: {e}", folder.display()));
        souk_sidecar::secrets::private_folder(folder).map_err(io)?;
        let store = Arc::new(Store::open(&folder.join("gateway.db"))?);
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .dns_resolver(souk_sidecar::audit::Resolver { allow_private: settings.private_endpoints })
            .build()
            .map_err(|e| ApiError::internal(e.to_string()))?;
        let catalogue =
            Arc::new(Catalogue::new(market.clone(), settings.clone(), http.clone(), folder.join("material")));
        let pool = Arc::new(Pool::new(market.clone(), store.clone(), settings.clone(), voucher_pair));
        let upstream = upstream::Upstream::new(http, &settings);
        let caller = Arc::new(Caller { market, catalogue, pool, store, upstream, settings });
        let keeper = Keeper::start(caller.clone()).await?;
        let gateway = Self { caller, tasks: TaskTracker::new(), stop: CancellationToken::new() };
        gateway.tasks.spawn(keeper.run(gateway.stop.clone()));
        Ok(gateway)
    }

    /// Hands the last vouchers over and ends.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(10), self.tasks.wait()).await;
    }
}
