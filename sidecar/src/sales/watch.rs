//! What is looked at while a copy is sent: whether its purchase is still one that may be fetched, which places it belongs
//! to, and whether it is read fast enough.

use super::{flow::Flow, plan::may_fetch, shop::StreamPlace, Shop};
use crate::{api::App, server::HangUp};
use souk_primitives::views::PurchaseView;
use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

/// Looks, in a window over which readers are measured.
const LOOKS: u32 = 6;
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// One stream under watch.
pub struct Watch {
    app: App,
    shop: Arc<Shop>,
    view: PurchaseView,
    place: Weak<StreamPlace>,
    flow: Weak<Flow>,
}

/// Why a stream ends.
enum End {
    /// Its purchase is over and was not paid, or is forgotten.
    Over,
    /// Those of purchases that have no deadline have all the places that they may have.
    NoPlace,
    /// It is read too slowly: fewer bytes a second than these.
    Slow(u64),
}

impl Watch {
    /// Watches a stream, and closes its connection when it must end. Ends with the stream.
    pub fn start(
        app: &App,
        shop: &Arc<Shop>,
        view: &PurchaseView,
        place: &Arc<StreamPlace>,
        flow: &Arc<Flow>,
        hang_up: HangUp,
    ) {
        let mut watch = Self {
            app: app.clone(),
            shop: shop.clone(),
            view: view.clone(),
            place: Arc::downgrade(place),
            flow: Arc::downgrade(flow),
        };
        let pause = (flow.window() / LOOKS).min(LONGEST);
        app.tasks().spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = watch.app.cancelled() => return,
                }
                let (Some(place), Some(flow)) = (watch.place.upgrade(), watch.flow.upgrade()) else { return };
                if let Err(end) = watch.look(&place, &flow).await {
                    watch.tell(&end);
                    hang_up.now();
                    return;
                }
            }
        });
    }

    async fn look(&mut self, place: &StreamPlace, flow: &Flow) -> Result<(), End> {
        let facts = self.app.facts();
        match facts.purchase(self.view.id).await {
            Ok(Some(view)) if may_fetch(&view.stage) => self.view = view,
            Ok(_) => return Err(End::Over),
            // A chain that is away says nothing of it.
            Err(_) => {}
        }
        if self.shop.has_no_deadline(&self.view) {
            self.shop.retire(place, &self.view.id).map_err(|_| End::NoPlace)?;
        }
        let live = facts.head().await.unwrap_or_default().live;
        let least = self.shop.least_rate(&self.view, live);
        if flow.is_slow(Instant::now(), least) {
            return Err(End::Slow(least));
        }
        Ok(())
    }

    fn tell(&self, end: &End) {
        let purchase = hex::encode(self.view.id);
        match end {
            End::Over => tracing::info!(%purchase, "a fetch was ended: its purchase is over"),
            End::NoPlace => {
                tracing::info!(%purchase, "a fetch was ended: it has no deadline, and others have its places");
            }
            End::Slow(least) => {
                self.app.metrics().slow_reader();
                tracing::info!(%purchase, least, "a copy was read too slowly: its connection is closed");
            }
        }
    }
}
