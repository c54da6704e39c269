//! Listening and serving. (`axum::serve` has no limits for slow clients.)

use super::{
    gate::{Admitted, Gate, Lane, Peer},
    patience::Patient,
};
use anyhow::Context;
use axum::{http::Request, Router};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use std::{
    net::{IpAddr, SocketAddr},
    task::{self, Poll},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// In this time the head of a request on a reserved connection must have arrived.
const RESERVED_HEAD: Duration = Duration::from_secs(3);
/// In this time a reserved connection has had its answer.
const RESERVED_LIFE: Duration = Duration::from_secs(20);

/// What is served, and how patiently.
#[derive(Clone)]
pub struct Service {
    /// Routes of open connections.
    pub router: Router,
    /// Routes of reserved connections.
    pub reserved: Router,
    /// Places.
    pub gate: Gate,
    /// In this time the head of a request must have arrived.
    pub head: Duration,
    /// For so long a client may leave an answer unread.
    pub unread: Duration,
}

/// Ends a connection, whatever is being sent over it.
#[derive(Clone, Default)]
pub struct HangUp(CancellationToken);

impl HangUp {
    /// Ends it.
    pub fn now(&self) {
        self.0.cancel();
    }
}

/// The routes with the peer who asks, and the way to end its connection.
#[derive(Clone)]
struct Named {
    router: Router,
    peer: Peer,
    is_proxy: bool,
    hang_up: HangUp,
}

/// For whom our proxy asks: the last address in `X-Forwarded-For` is the one that it saw itself.
fn forwarded<B>(request: &Request<B>) -> Option<Peer> {
    let last = request.headers().get_all("x-forwarded-for").iter().next_back()?;
    let ip: IpAddr = last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()?;
    Some(Peer::from(ip))
}

impl<B> tower::Service<Request<B>> for Named
where
    Router: tower::Service<Request<B>>,
{
    type Response = <Router as tower::Service<Request<B>>>::Response;
    type Error = <Router as tower::Service<Request<B>>>::Error;
    type Future = <Router as tower::Service<Request<B>>>::Future;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        tower::Service::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let peer = forwarded(&request).filter(|_| self.is_proxy).unwrap_or(self.peer);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(self.hang_up.clone());
        tower::Service::call(&mut self.router, request)
    }
}

/// Listens and serves until `stop`.
pub async fn serve(
    listen: SocketAddr,
    service: Service,
    stop: &CancellationToken,
    connections: &TaskTracker,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}"))?;
    let address = listener.local_addr()?;
    let (stop, tracker) = (stop.clone(), connections.clone());
    connections.spawn(async move {
        loop {
            let (stream, from) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of file handles, most likely: let some end.
                        tracing::warn!(%error, "can't accept a connection");
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        continue;
                    }
                },
                () = stop.cancelled() => return,
            };
            match service.gate.admit(from.ip()) {
                Some(admitted) => {
                    tracker.spawn(connection(service.clone(), stream, admitted, stop.clone()));
                }
                None => tracing::debug!(%from, "no place for a connection"),
            }
        }
    });
    Ok(address)
}

async fn connection(service: Service, stream: TcpStream, admitted: Admitted, stop: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    // Tokens are small: waiting to fill a packet would hold each one back.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patient::new(stream, service.unread));
    let reserved = admitted.lane == Lane::Reserved;
    let (router, head) = if reserved {
        (service.reserved, service.head.min(RESERVED_HEAD))
    } else {
        (service.router, service.head)
    };
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).keep_alive(!reserved);
    let hang_up = HangUp::default();
    let named = Named { router, peer: admitted.peer, is_proxy: admitted.is_proxy, hang_up: hang_up.clone() };
    let connection = builder.serve_connection(stream, TowerToHyperService::new(named));
    tokio::pin!(connection);
    let mut stopping = false;
    let life = tokio::time::sleep(RESERVED_LIFE);
    tokio::pin!(life);
    loop {
        tokio::select! {
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::trace!(%error, "a connection ended");
                }
                return;
            }
            () = life.as_mut(), if reserved => return,
            () = hang_up.0.cancelled() => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Running {
        address: SocketAddr,
        stop: CancellationToken,
        connections: TaskTracker,
    }

    async fn start(gate: Gate) -> Running {
        let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
        let huge = || async { vec![b'x'; 64 << 20] };
        let service = Service {
            router: Router::new().route("/huge", get(huge)).route("/", get(|| async { "open" })),
            reserved: Router::new().route("/", get(|| async { "reserved" })),
            gate,
            head: Duration::from_secs(20),
            unread: Duration::from_millis(300),
        };
        let address = serve(([127, 0, 0, 1], 0).into(), service, &stop, &connections).await.unwrap();
        Running { address, stop, connections }
    }

    async fn asking(running: &Running, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
        stream
    }

    async fn answer(mut stream: TcpStream) -> String {
        let mut bytes = vec![0; 4_096];
        let n = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut bytes)).await.unwrap();
        String::from_utf8_lossy(&bytes[..n.unwrap_or(0)]).into()
    }

    #[tokio::test]
    async fn client_that_does_not_read_should_lose_its_place() {
        let running = start(Gate::new(1, 1, 0)).await;
        let idle = asking(&running, "/huge").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(answer(asking(&running, "/").await).await, "", "the only place is taken");
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(answer(asking(&running, "/").await).await.ends_with("open"));
        drop(idle);
    }

    #[test]
    fn last_forwarded_address_should_be_the_peer() {
        let of = |values: &[&str]| {
            let mut request = Request::builder();
            for value in values {
                request = request.header("x-forwarded-for", *value);
            }
            forwarded(&request.body(()).unwrap())
        };
        let peer = |text: &str| Some(Peer::from(text.parse::<IpAddr>().unwrap()));
        assert_eq!(of(&["9.9.9.9, 1.2.3.4"]), peer("1.2.3.4"), "a client may write what it likes before it");
        assert_eq!(of(&["1.2.3.4", "2a00:1:2::3"]), peer("2a00:1:2::4"));
        assert_eq!(of(&["nonsense"]), None);
        assert_eq!(of(&[]), None);
    }

    #[tokio::test]
    async fn full_house_should_still_answer_on_reserved_places() {
        let running = start(Gate::new(1, 1, 1)).await;
        let taken = TcpStream::connect(running.address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(answer(asking(&running, "/").await).await.ends_with("reserved"));
        // An idle one loses its reserved place soon.
        let idle = TcpStream::connect(running.address).await.unwrap();
        tokio::time::sleep(RESERVED_HEAD + Duration::from_millis(500)).await;
        assert!(answer(asking(&running, "/").await).await.ends_with("reserved"));
        drop((taken, idle));
        running.stop.cancel();
        running.connections.close();
        tokio::time::timeout(Duration::from_secs(5), running.connections.wait()).await.unwrap();
    }
}
