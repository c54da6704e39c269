//! How the off-chain worker finds the sidecar.
//!
//! The worker runs inside the runtime and knows no flags, so the node writes the sidecar's URL and token to the
//! offchain storage at each start, and removes what an earlier start left there.

use codec::Encode;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};
use url::{Host, Url};

/// Where the worker reads the URL, as a SCALE-encoded string.
pub const URL_KEY: &[u8] = b"souk/sidecar-url";
/// Where it reads the token, as a SCALE-encoded string.
pub const TOKEN_KEY: &[u8] = b"souk/sidecar-token";

/// The shortest token that is not a guess.
const MIN_TOKEN: usize = 16;
/// The longest token: it becomes an HTTP header.
const MAX_TOKEN: usize = 256;

/// Flags that say where this node's sidecar is.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SidecarArgs {
    /// The audit API of this validator's sidecar: http on a loopback address, such as http://127.0.0.1:9955
    #[arg(long, value_name = "URL", requires = "sidecar_token_file")]
    pub sidecar_url: Option<String>,

    /// A file with the token of the sidecar's audit API, readable by its owner only
    #[arg(long, value_name = "FILE", requires = "sidecar_url")]
    pub sidecar_token_file: Option<PathBuf>,
}

/// A sidecar that the off-chain worker may talk to.
#[derive(Clone, PartialEq, Eq)]
pub struct SidecarLink {
    url: String,
    token: String,
}

impl SidecarLink {
    /// The link that the flags describe, if they describe one.
    pub fn from_args(args: &SidecarArgs) -> Result<Option<Self>, String> {
        match (&args.sidecar_url, &args.sidecar_token_file) {
            (Some(url), Some(file)) => Ok(Some(Self { url: loopback_url(url)?, token: read_token(file)? })),
            (None, None) => Ok(None),
            _ => Err("--sidecar-url and --sidecar-token-file belong together".into()),
        }
    }

    /// The sidecar's URL, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Writes the link for the worker, or removes an earlier one.
pub fn publish(link: Option<&SidecarLink>, storage: &mut impl OffchainStorage) {
    match link {
        Some(link) => {
            storage.set(STORAGE_PREFIX, URL_KEY, &link.url.encode());
            storage.set(STORAGE_PREFIX, TOKEN_KEY, &link.token.encode());
        }
        None => {
            storage.remove(STORAGE_PREFIX, URL_KEY);
            storage.remove(STORAGE_PREFIX, TOKEN_KEY);
        }
    }
}

/// Checks that the URL stays on this machine: the token and the audits' transcripts travel over it unencrypted.
fn loopback_url(text: &str) -> Result<String, String> {
    let refuse = |why: &str| format!("--sidecar-url {text}: {why}, such as http://127.0.0.1:9955");
    let url = Url::parse(text).map_err(|_| refuse("not a URL; give http and a loopback address"))?;
    if url.scheme() != "http" {
        return Err(refuse("must be plain http"));
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        // A name could be made to point elsewhere.
        Some(Host::Domain(_)) | None => false,
    };
    if !loopback {
        return Err(refuse("the host must be a loopback address"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("give no path, query or fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("give no user or password"));
    }
    Ok(url.as_str().trim_end_matches('/').to_string())
}

fn read_token(file: &Path) -> Result<String, String> {
    let refuse = |why: String| format!("--sidecar-token-file {}: {why}", file.display());
    check_private(file).map_err(refuse)?;
    let text = fs::read_to_string(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let token = text.trim();
    if !(MIN_TOKEN..=MAX_TOKEN).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refuse(format!(
            "must hold one line of {MIN_TOKEN} to {MAX_TOKEN} visible ASCII characters"
        )));
    }
    Ok(token.to_string())
}

#[cfg(unix)]
fn check_private(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!("others may read it (mode {:o}): run chmod 600", mode & 0o777));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Decode;
    use sp_core::offchain::storage::InMemOffchainStorage;

    fn token_file(content: &str, mode: u32) -> tempfile::NamedTempFile {
        use std::{io::Write, os::unix::fs::PermissionsExt};
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file.as_file().set_permissions(fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn url_should_be_accepted_when_loopback_http() {
        assert_eq!(loopback_url("http://127.0.0.1:9955").unwrap(), "http://127.0.0.1:9955");
        assert_eq!(loopback_url("http://127.0.0.1:9955/").unwrap(), "http://127.0.0.1:9955");
        assert_eq!(loopback_url("http://[::1]:80").unwrap(), "http://[::1]");
    }

    #[test]
    fn url_should_be_refused_when_it_leaves_the_machine() {
        for url in [
            "https://127.0.0.1:1",
            "http://10.0.0.1:1",
            "http://0.0.0.0:1",
            "http://localhost:1",
            "http://example.com",
            "http://127.0.0.1:1/path",
            "http://127.0.0.1:1/?q",
            "http://user@127.0.0.1:1",
            "127.0.0.1:1",
            "file:///etc/passwd",
            "",
        ] {
            let error = loopback_url(url).unwrap_err();
            assert!(error.contains("http://127.0.0.1:9955"), "{url}: {error}");
        }
    }

    #[test]
    fn token_should_be_read_from_a_private_file_only() {
        let good = token_file("0123456789abcdef\n", 0o600);
        assert_eq!(read_token(good.path()).unwrap(), "0123456789abcdef");
        assert!(read_token(token_file("0123456789abcdef", 0o644).path()).unwrap_err().contains("chmod 600"));
        assert!(read_token(token_file("short", 0o600).path()).unwrap_err().contains("16 to 256"));
        assert!(read_token(token_file("two words are bad", 0o600).path()).is_err());
        assert!(read_token(Path::new("/nonexistent/token")).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn publish_should_write_the_link_and_a_later_start_without_one_remove_it() {
        let mut storage = InMemOffchainStorage::default();
        let link = SidecarLink { url: "http://127.0.0.1:9955".into(), token: "0123456789abcdef".into() };
        publish(Some(&link), &mut storage);
        let read = |storage: &InMemOffchainStorage, key| {
            storage.get(STORAGE_PREFIX, key).map(|bytes| String::decode(&mut &bytes[..]).unwrap())
        };
        assert_eq!(read(&storage, URL_KEY).as_deref(), Some("http://127.0.0.1:9955"));
        assert_eq!(read(&storage, TOKEN_KEY).as_deref(), Some("0123456789abcdef"));
        publish(None, &mut storage);
        assert_eq!(read(&storage, URL_KEY), None);
        assert_eq!(read(&storage, TOKEN_KEY), None);
    }
}
