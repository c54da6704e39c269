//! Addresses of providers, as they stand on the chain: anyone may write anything there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Why an endpoint is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Not an http URL.
    #[error("the provider's endpoint {0:?} is no http(s) address")]
    Url(String),
    /// It can't be resolved.
    #[error("the provider's host {0:?} can't be found")]
    Unknown(String),
    /// It points into this machine's own networks.
    #[error("the provider's endpoint {0:?} is a private address (allow it with --private-endpoints)")]
    Private(String),
}

/// The URL without a trailing slash, if it may be asked.
pub async fn checked(endpoint: &str, allow_private: bool) -> Result<String, BadEndpoint> {
    let url = Url::parse(endpoint).map_err(|_| BadEndpoint::Url(endpoint.into()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(BadEndpoint::Url(endpoint.into()));
    }
    let plain = url.as_str().trim_end_matches('/').to_string();
    if allow_private {
        return Ok(plain);
    }
    let addresses: Vec<IpAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![ip.into()],
        Some(Host::Ipv6(ip)) => vec![ip.into()],
        Some(Host::Domain(name)) => {
            let port = url.port_or_known_default().unwrap_or(80);
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|_| BadEndpoint::Unknown(name.into()))?.map(|address| address.ip()).collect()
        }
        None => return Err(BadEndpoint::Url(endpoint.into())),
    };
    if addresses.is_empty() {
        return Err(BadEndpoint::Unknown(endpoint.into()));
    }
    match addresses.into_iter().any(is_private) {
        true => Err(BadEndpoint::Private(endpoint.into())),
        false => Ok(plain),
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => private_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| private_v6(ip), private_v4),
    }
}

fn private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
}

fn private_v6(ip: Ipv6Addr) -> bool {
    let [first, ..] = ip.segments();
    // Loopback, unspecified, multicast, unique local, link local.
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_addresses_should_be_refused_unless_allowed() {
        for bad in [
            "http://127.0.0.1:8901",
            "http://10.0.0.1",
            "http://[::1]/",
            "http://169.254.169.254/x",
            "http://[::ffff:192.168.0.1]",
        ] {
            assert!(matches!(checked(bad, false).await, Err(BadEndpoint::Private(_))), "{bad}");
        }
        assert_eq!(checked("http://127.0.0.1:8901/", true).await, Ok("http://127.0.0.1:8901".into()));
        assert_eq!(
            checked("https://93.184.216.34/api/", false).await,
            Ok("https://93.184.216.34/api".into())
        );
    }

    #[tokio::test]
    async fn other_schemes_and_passwords_should_be_refused() {
        for bad in ["ftp://example.com", "file:///etc/passwd", "http://me:secret@example.com", "x"] {
            assert!(matches!(checked(bad, true).await, Err(BadEndpoint::Url(_))), "{bad}");
        }
    }
}
