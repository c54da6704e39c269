//! Secrets: read from files that only the owner can read, or development keys; never shown.

use sp_core::Pair;
use std::{fmt, path::PathBuf, str::FromStr};
use zeroize::Zeroizing;

/// An sr25519 pair.
pub type Keypair = souk_primitives::sr25519::Pair;

/// Where a secret comes from. Neither is shown by `Debug` or `Display` beyond its file name.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file with a mnemonic, a `0x` seed or a secret URI; its mode must not let others read it.
    File(PathBuf),
    /// A development key such as `//Alice`: known to everyone.
    Dev(String),
}

/// Why a secret can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("the key file {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What would be written over may be somebody's only copy.
    #[error("{0} is there already; a key is never written over another file: give a new name")]
    Exists(String),
    /// Others may read the file.
    #[error("{path} can be read by others (mode {mode:o}); run: chmod 600 {path}")]
    Mode {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// The content is no key.
    #[error("{0} holds no key: expected a mnemonic, a 0x seed of 32 bytes or a secret URI")]
    NoKey(String),
    /// A secret on the command line.
    #[error("give the name of a key file or a development key such as //Alice, not the secret itself: arguments are visible to others")]
    Inline,
}

impl SecretSource {
    /// Reads the pair.
    pub fn pair(&self) -> Result<Keypair, SecretError> {
        let (text, shown) = match self {
            SecretSource::Dev(uri) => (Zeroizing::new(uri.clone()), uri.clone()),
            SecretSource::File(path) => (read_secret(path)?, path.display().to_string()),
        };
        Keypair::from_string(text.trim(), None).map_err(|_| SecretError::NoKey(shown))
    }
}

/// Reads a secret file; refuses one that others can read.
fn read_secret(path: &std::path::Path) -> Result<Zeroizing<String>, SecretError> {
    let shown = path.display().to_string();
    let io = |source| SecretError::Io { path: shown.clone(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SecretError::Mode { path: shown, mode });
        }
    }
    std::fs::read_to_string(path).map(Zeroizing::new).map_err(io)
}

/// Makes a new key and writes it to a new file of mode 600. Returns the pair and its mnemonic, to be shown once.
pub fn generate(path: &std::path::Path) -> Result<(Keypair, Zeroizing<String>), SecretError> {
    use std::io::Write;
    let (pair, phrase, _) = Keypair::generate_with_phrase(None);
    let phrase = Zeroizing::new(phrase);
    let io = |source| SecretError::Io { path: path.display().to_string(), source };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => SecretError::Exists(path.display().to_string()),
        _ => io(error),
    })?;
    file.write_all(phrase.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    Ok((pair, phrase))
}

/// The account of a pair.
pub fn account(pair: &Keypair) -> souk_primitives::AccountId {
    souk_primitives::AccountId::new(pair.public().0)
}

impl FromStr for SecretSource {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("//") {
            return Ok(SecretSource::Dev(text.to_string()));
        }
        // Twelve words or a long hex number are the secret itself.
        let seed = text.len() == 66 && text.starts_with("0x");
        if seed || text.split_whitespace().count() >= 12 {
            return Err(SecretError::Inline);
        }
        Ok(SecretSource::File(PathBuf::from(text)))
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::File(path) => write!(f, "{}", path.display()),
            // Only the first junction: a URI may carry a password.
            SecretSource::Dev(uri) => {
                write!(f, "//{}", uri.trim_start_matches('/').split('/').next().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_key_should_be_the_known_one() {
        let source: SecretSource = "//Alice".parse().unwrap();
        let expected = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        let shown = sp_core::crypto::Ss58Codec::to_ss58check(&account(&source.pair().unwrap()));
        assert_eq!(shown, expected);
    }

    #[test]
    fn secret_as_an_argument_should_be_refused() {
        let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
        assert!(matches!(phrase.parse::<SecretSource>(), Err(SecretError::Inline)));
    }

    #[cfg(unix)]
    #[test]
    fn generated_file_should_have_mode_600_and_read_back() {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("souk-keys-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("key");
        let _ = std::fs::remove_file(&path);
        let (pair, _) = generate(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let source = SecretSource::File(path.clone());
        assert_eq!(source.pair().unwrap().public(), pair.public());
        // A second one never overwrites the first.
        assert!(matches!(generate(&path), Err(SecretError::Exists(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(source.pair(), Err(SecretError::Mode { mode: 0o640, .. })));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
