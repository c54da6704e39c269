//! Addresses of providers, as they stand on the chain: anyone may write anything there.

use souk_sidecar::audit::{check_endpoint, Refused};
use url::Url;

/// Why an endpoint is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Not an http URL.
    #[error("the provider's endpoint {0:?} is no http(s) address")]
    Url(String),
    /// It points into this machine's own networks.
    #[error("the provider's endpoint {0:?} is a private address (allow it with --private-endpoints)")]
    Private(String),
}

/// The URL without a trailing slash, if it may be asked. Names are looked up by the client's own
/// [`Resolver`](souk_sidecar::audit::Resolver), which refuses private addresses when it connects.
pub fn checked(endpoint: &str, allow_private: bool) -> Result<String, BadEndpoint> {
    let url = Url::parse(endpoint).map_err(|_| BadEndpoint::Url(endpoint.into()))?;
    match check_endpoint(&url, allow_private) {
        Ok(()) => Ok(url.as_str().trim_end_matches('/').to_string()),
        Err(Refused::Private(_)) => Err(BadEndpoint::Private(endpoint.into())),
        Err(Refused::NotHttp | Refused::Unresolved(_)) => Err(BadEndpoint::Url(endpoint.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_should_be_refused_unless_allowed() {
        assert!(matches!(checked("http://127.0.0.1:8901", false), Err(BadEndpoint::Private(_))));
        assert_eq!(checked("http://127.0.0.1:8901/", true), Ok("http://127.0.0.1:8901".into()));
        assert_eq!(checked("https://93.184.216.34/api/", false), Ok("https://93.184.216.34/api".into()));
    }

    #[test]
    fn what_is_no_plain_address_should_be_refused() {
        for bad in
            ["ftp://example.com", "file:///etc/passwd", "http://me:secret@example.com", "http://a/?b=", "x"]
        {
            assert!(matches!(checked(bad, true), Err(BadEndpoint::Url(_))), "{bad}");
        }
    }
}
