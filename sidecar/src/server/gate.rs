//! Who may connect: nobody takes all places, and some are kept for what costs the provider most if it is missed.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Reserved connections of one peer: a committee member fetches its drawn calls over a few.
const RESERVED_OF_ONE: usize = 8;

/// What a connection may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Everything.
    Open,
    /// Transcripts: a provider whose places are taken by others must not be convicted for withholding them.
    Reserved,
}

/// A network that is counted as one peer: an IPv4 address, or the 48 bits of IPv6 that one site gets for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(IpAddr);

impl From<IpAddr> for Peer {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => Self(Ipv6Addr::from_bits(ip.to_bits() >> 80 << 80).into()),
            v4 => Self(v4),
        }
    }
}

type Counts = Arc<Mutex<HashMap<(Peer, bool), usize>>>;

/// The places of a listener.
#[derive(Clone)]
pub struct Gate {
    open: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    of_one: usize,
    /// Proxies of our own: whoever comes through them is counted by request, not by connection.
    proxies: Arc<[IpAddr]>,
    counts: Counts,
}

/// A place, until it is dropped.
pub struct Admitted {
    /// What the connection may ask for.
    pub lane: Lane,
    /// Who connected.
    pub peer: Peer,
    /// Whether that is a proxy of our own, which says for whom it asks.
    pub is_proxy: bool,
    counts: Counts,
    _place: OwnedSemaphorePermit,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let key = (self.peer, self.lane == Lane::Open);
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

impl Gate {
    /// `open` connections of which one peer may have `of_one`, and `reserved` beside them.
    pub fn new(open: usize, of_one: usize, reserved: usize) -> Self {
        Self {
            open: Arc::new(Semaphore::new(open)),
            reserved: Arc::new(Semaphore::new(reserved)),
            of_one,
            proxies: Arc::default(),
            counts: Counts::default(),
        }
    }

    /// The same with proxies of our own before it.
    pub fn behind(self, proxies: &[IpAddr]) -> Self {
        Self { proxies: proxies.iter().map(IpAddr::to_canonical).collect(), ..self }
    }

    /// A place for a new connection, if there is one.
    pub fn admit(&self, ip: IpAddr) -> Option<Admitted> {
        let peer = Peer::from(ip);
        let is_proxy = self.proxies.contains(&ip.to_canonical());
        let (open, reserved) =
            if is_proxy { (usize::MAX, usize::MAX) } else { (self.of_one, RESERVED_OF_ONE) };
        self.place(peer, Lane::Open, &self.open, open)
            .or_else(|| self.place(peer, Lane::Reserved, &self.reserved, reserved))
            .map(|mut admitted| {
                admitted.is_proxy = is_proxy;
                admitted
            })
    }

    fn place(&self, peer: Peer, lane: Lane, places: &Arc<Semaphore>, most: usize) -> Option<Admitted> {
        let mut counts = self.counts.lock();
        let key = (peer, lane == Lane::Open);
        if counts.get(&key).is_some_and(|count| *count >= most) {
            return None;
        }
        let place = places.clone().try_acquire_owned().ok()?;
        *counts.entry(key).or_default() += 1;
        Some(Admitted { lane, peer, is_proxy: false, counts: self.counts.clone(), _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn full_house_should_leave_reserved_places_to_others() {
        let gate = Gate::new(3, 2, 10);
        let attacker: Vec<_> = (0..20).filter_map(|_| gate.admit(ip("1.1.1.1"))).collect();
        let lanes = |wanted| attacker.iter().filter(|a| a.lane == wanted).count();
        assert_eq!((lanes(Lane::Open), lanes(Lane::Reserved)), (2, RESERVED_OF_ONE));
        let other = gate.admit(ip("2.2.2.2")).unwrap();
        assert_eq!(other.lane, Lane::Open);
        let member = gate.admit(ip("3.3.3.3")).unwrap();
        assert_eq!(member.lane, Lane::Reserved);
        drop(attacker);
        drop((other, member));
        assert!(gate.counts.lock().is_empty());
        assert_eq!(gate.admit(ip("1.1.1.1")).unwrap().lane, Lane::Open);
    }

    #[test]
    fn proxy_of_our_own_should_have_all_places() {
        let gate = Gate::new(3, 1, 9).behind(&[ip("10.0.0.1")]);
        let admitted: Vec<_> = (0..12).map(|_| gate.admit(ip("::ffff:10.0.0.1")).unwrap()).collect();
        assert!(admitted.iter().all(|place| place.is_proxy));
        assert!(gate.admit(ip("10.0.0.1")).is_none());
        drop(admitted);
        let stranger = gate.admit(ip("10.0.0.2")).unwrap();
        assert!(!stranger.is_proxy);
        assert_eq!(gate.admit(ip("10.0.0.2")).unwrap().lane, Lane::Reserved);
    }

    #[test]
    fn one_network_should_be_one_peer() {
        let peer = |text| Peer::from(ip(text));
        assert_eq!(peer("::ffff:1.2.3.4"), peer("1.2.3.4"));
        assert_eq!(peer("2a00:1:2:3::1"), peer("2a00:1:2:3:ffff::2"));
        assert_eq!(peer("2a00:1:2:3::1"), peer("2a00:1:2:4::1"));
        assert_ne!(peer("2a00:1:2:3::1"), peer("2a00:1:3:3::1"));
        assert_ne!(peer("1.2.3.4"), peer("1.2.3.5"));
    }
}
