//! Where somebody answers off the chain.

use sp_core::{bounded::BoundedVec, ConstU32};

/// Where a provider or a seller's store answers: an `http://` or `https://` URL of visible ASCII.
pub type Endpoint = BoundedVec<u8, ConstU32<256>>;

/// Whether an endpoint is an `http` or `https` URL of visible ASCII with a host.
pub fn is_endpoint(endpoint: &[u8]) -> bool {
    let host = endpoint.strip_prefix(b"https://").or_else(|| endpoint.strip_prefix(b"http://"));
    host.is_some_and(|host| {
        host.first().is_some_and(|first| !b"/?#:".contains(first)) && host.iter().all(u8::is_ascii_graphic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_should_be_urls() {
        for good in ["http://127.0.0.1:8901", "https://souk.example/v1", "http://[::1]:80"] {
            assert!(is_endpoint(good.as_bytes()), "{good}");
        }
        for bad in
            ["", "http://", "https:///v1", "ftp://x", "http://a b", "http://ä", "file:///etc", "http://:80"]
        {
            assert!(!is_endpoint(bad.as_bytes()), "{bad}");
        }
    }
}
