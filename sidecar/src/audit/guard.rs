//! Where a verifier may be sent: a provider's endpoint is a stranger's text, and must not reach into this machine's network.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Why an endpoint is not fetched from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an http(s) URL with a host, or with credentials, a query or a fragment in it.
    #[error("the endpoint is not a plain http(s) URL")]
    NotHttp,
    /// The name has no address.
    #[error("the endpoint's host can't be resolved: {0}")]
    Unresolved(String),
    /// An address that is not on the public internet.
    #[error("the endpoint points at the private address {0}")]
    Private(IpAddr),
}

fn v4_is_global(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || ip.is_unspecified()
        || a == 0
        || a >= 240
        // Carrier-grade NAT, protocol assignments, benchmarks, the old 6to4 relays.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn v6_is_global(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return v4_is_global(v4);
    }
    let segments = ip.segments();
    let [first, second, ..] = segments;
    // Translations carry an IPv4 address that the network behind them may reach.
    let translated =
        (first == 0x64 && second == 0xff9b) || first == 0x2002 || (first == 0x2001 && second == 0);
    let global_unicast = (first & 0xe000) == 0x2000;
    let documentation = first == 0x2001 && second == 0xdb8;
    global_unicast && !translated && !documentation
}

/// Whether an address is on the public internet.
pub fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => v4_is_global(ip),
        IpAddr::V6(ip) => v6_is_global(ip),
    }
}

/// Checks everything about an endpoint that needs no look-up: a name's addresses are the [`Resolver`]'s concern.
pub fn check(url: &Url, allow_private: bool) -> Result<(), Refused> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let ip = match url.host() {
        Some(host) if plain => match host {
            Host::Ipv4(ip) => IpAddr::from(ip),
            Host::Ipv6(ip) => IpAddr::from(ip),
            Host::Domain(_) => return Ok(()),
        },
        _ => return Err(Refused::NotHttp),
    };
    allowed(ip, allow_private)
}

fn allowed(ip: IpAddr, allow_private: bool) -> Result<(), Refused> {
    match allow_private || is_global(ip) {
        true => Ok(()),
        false => Err(Refused::Private(ip)),
    }
}

/// Looks names up for an HTTP client, which then connects to the very addresses that were checked: a second look-up
/// could give others. A name with one private address is refused whole.
#[derive(Clone, Copy, Debug)]
pub struct Resolver {
    /// Whether private addresses may be asked.
    pub allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|error| Refused::Unresolved(error.to_string()))?
                .collect();
            if found.is_empty() {
                return Err(Refused::Unresolved("no address".into()).into());
            }
            for address in &found {
                allowed(address.ip(), allow_private)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_network_should_not_be_global() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(!is_global(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn endpoints_should_be_refused_by_scheme_and_address() {
        let check = |text: &str, allow: bool| check(&Url::parse(text).unwrap(), allow);
        assert_eq!(check("ftp://1.1.1.1/", false), Err(Refused::NotHttp));
        assert_eq!(check("http://user:pw@1.1.1.1/", false), Err(Refused::NotHttp));
        assert_eq!(check("http://1.1.1.1/?to=", false), Err(Refused::NotHttp));
        assert_eq!(check("http://1.1.1.1/#", false), Err(Refused::NotHttp));
        assert_eq!(check("file:///etc/passwd", true), Err(Refused::NotHttp));
        let private = |ip: &str| Err(Refused::Private(ip.parse().unwrap()));
        assert_eq!(check("http://127.0.0.1:8901", false), private("127.0.0.1"));
        assert_eq!(check("http://169.254.169.254/x", false), private("169.254.169.254"));
        assert_eq!(check("http://[::1]/", false), private("::1"));
        assert_eq!(check("http://[::ffff:192.168.0.1]", false), private("::ffff:192.168.0.1"));
        // Other spellings of 127.0.0.1 are the same address to the URL parser.
        assert_eq!(check("http://2130706433/", false), private("127.0.0.1"));
        assert_eq!(check("http://0x7f.1/", false), private("127.0.0.1"));
        assert_eq!(check("https://1.1.1.1", false), Ok(()));
        assert_eq!(check("http://127.0.0.1:8901", true), Ok(()));
    }

    #[tokio::test]
    async fn names_of_private_addresses_should_not_be_connected_to() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let refused = Resolver { allow_private: false }.resolve(name("localhost")).await.err().unwrap();
        assert!(matches!(refused.downcast_ref(), Some(Refused::Private(_))), "{refused}");
        assert!(Resolver { allow_private: true }.resolve(name("localhost")).await.is_ok());
        // The client does ask it.
        let client = |allow_private| {
            reqwest::Client::builder().no_proxy().dns_resolver(Resolver { allow_private }).build().unwrap()
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let error = client(false).get(&url).send().await.unwrap_err();
        assert!(error.is_connect() && format!("{error:?}").contains("Private"), "{error:?}");
    }
}
