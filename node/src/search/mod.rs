//! The search index of this node: kept beside its database, fed from finalised blocks.

mod chain;

use crate::service::FullClient;
use chain::NodeChain;
use futures::{channel::mpsc, StreamExt};
use sc_client_api::BlockchainEvents;
use sc_service::{error::Error as ServiceError, Configuration, SpawnTaskHandle};
use souk_search::{Error, Follower, Index};
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Name of the folder beside the database.
const FOLDER: &str = "search";
/// Group of the tasks, in the node's metrics.
const GROUP: &str = "search";

/// Where the index is: `purge-chain` removes it with the database.
fn folder(config: &Configuration) -> Result<PathBuf, ServiceError> {
    let database = config.database.path().and_then(Path::parent);
    let database = database.ok_or_else(|| {
        ServiceError::Other("the database has no folder to keep the search index in: use --no-index".into())
    })?;
    Ok(database.join(FOLDER))
}

/// Says that the work ends when the task that holds it does.
struct EndsWith(Arc<AtomicBool>);

impl Drop for EndsWith {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Opens the index and keeps it at the finalised head until the node ends.
pub fn start(
    config: &Configuration,
    client: Arc<FullClient>,
    spawner: &SpawnTaskHandle,
) -> Result<Arc<Index>, ServiceError> {
    let folder = folder(config)?;
    let genesis = client.chain_info().genesis_hash;
    let (index, writer) = Index::open(&folder, genesis.0).map_err(|error| {
        let place = folder.display();
        ServiceError::Other(format!("{error} ({place}): make room or rights there, or use --no-index"))
    })?;
    let stopping = Arc::new(AtomicBool::new(false));
    let (mut wake, mut woken) = mpsc::channel::<()>(0);

    // Notifications hold on to their blocks, so they are taken at once, however long the index is at work.
    let mut finalised = client.finality_notification_stream();
    let ends = EndsWith(Arc::clone(&stopping));
    spawner.spawn("search-wake", GROUP, async move {
        let _ends = ends;
        loop {
            // One that waits already is enough: the work goes up to the head.
            let _ = wake.try_send(());
            if finalised.next().await.is_none() {
                break;
            }
        }
    });

    let mut follower = Follower::new(writer);
    let chain = NodeChain::new(client, stopping);
    spawner.spawn_blocking("search-index", GROUP, async move {
        let mut is_well = true;
        while woken.next().await.is_some() {
            match follower.advance(&chain) {
                Ok(()) => is_well = true,
                Err(Error::Stopped) => break,
                // Once, not for each block: a node that is fetching the state of a block fails for a while.
                Err(error) if is_well => {
                    log::warn!(
                        "🔎 The search index can't go on and tries again with the next block: {error}"
                    );
                    is_well = false;
                }
                Err(error) => log::debug!("The search index still can't go on: {error}"),
            }
        }
    });
    Ok(index)
}
