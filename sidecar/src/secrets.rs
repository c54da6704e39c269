//! Tokens: read from files that only the owner can read, never shown. (Keys are read by the client crate.)

use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// Why a secret can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("{path} is readable by others (mode {mode:o}); run: chmod 600 {path}")]
    Mode {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// The token is too short to be one.
    #[error("{0} holds no token: at least 32 characters are needed")]
    NoToken(String),
}

/// A text that is never shown and is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Shows the text to who really needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares without telling by time how much was right.
    pub fn matches(&self, offered: &str) -> bool {
        // Digests have one length and an attacker can't steer their bytes.
        let digest = |text: &str| souk_primitives::hash(&[text.as_bytes()]);
        let (a, b) = (digest(&self.0), digest(offered));
        a.iter().zip(b).fold(0u8, |difference, (x, y)| difference | (x ^ y)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads a secret file; refuses one that others can read.
pub fn read(path: &Path) -> Result<Secret, SecretError> {
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
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io)?);
    Ok(Secret::new(text.trim()))
}

/// The bearer token of the audit API.
pub fn token(path: &Path) -> Result<Secret, SecretError> {
    let token = read(path)?;
    if token.expose().len() < 32 {
        return Err(SecretError::NoToken(path.display().to_string()));
    }
    Ok(token)
}

/// Makes a folder that only its owner can enter, unless it exists: what is in it was said in confidence.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that only its owner can read, with random bytes in hex, unless it exists. Killed in between, it leaves
/// none.
pub fn ensure_token(path: &Path) -> Result<Secret, SecretError> {
    if !path.exists() {
        use rand::RngCore;
        use std::io::Write;
        let mut bytes = Zeroizing::new([0u8; 32]);
        rand::rngs::OsRng.fill_bytes(&mut bytes[..]);
        let io = |source| SecretError::Io { path: path.display().to_string(), source };
        let part = path.with_extension(format!("part{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part).map_err(io)?;
        file.write_all(hex::encode(&bytes[..]).as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        std::fs::rename(&part, path).map_err(io)?;
    }
    token(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_should_never_be_shown() {
        let secret = Secret::new("bottom drive obey lake curtain smoke basket hold race lonely fit walk");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(secret.matches("bottom drive obey lake curtain smoke basket hold race lonely fit walk"));
        assert!(!secret.matches("bottom"));
    }

    #[cfg(unix)]
    #[test]
    fn file_readable_by_others_should_be_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "//Alice").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(&path), Err(SecretError::Mode { mode: 0o644, .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(&path).is_ok());
        assert!(matches!(token(&path), Err(SecretError::NoToken(_))));
    }

    #[test]
    fn token_should_be_made_once_with_mode_600() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let first = ensure_token(&path).unwrap();
        assert_eq!(first.expose().len(), 64);
        assert!(ensure_token(&path).unwrap().matches(first.expose()));
    }
}
