//! Manifest: what exactly a spec runs, by digest. The chain stores the digest of the manifest.

use super::error::{EngineError, Result};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use sp_crypto_hashing::blake2_256;
use std::fmt;

/// A blake2-256 digest, in JSON as hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Refuses bytes that have another digest; `what` names them in the error.
    pub fn check(&self, what: &str, bytes: &[u8]) -> Result<()> {
        let found = Digest(blake2_256(bytes));
        if found == *self {
            return Ok(());
        }
        Err(EngineError::Digest { what: what.into(), expected: self.to_string(), found: found.to_string() })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(D::Error::custom)?;
        Ok(Digest(bytes))
    }
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Generates text.
    Chat,
    /// Turns text into a vector.
    Embedding,
}

/// One file of weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// blake2-256 of its bytes.
    pub digest: Digest,
}

/// What exactly a spec runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this layout: 1.
    pub format: u8,
    /// What the model does.
    pub kind: ModelKind,
    /// `llama` or `bert`.
    pub architecture: String,
    /// Arithmetic of the reference: `f32`.
    pub reference_dtype: String,
    /// Most tokens of prompt and answer together.
    pub max_context: u32,
    /// Tokens that end an answer.
    pub eos: Vec<u32>,
    /// Length of an embedding; 0 for a model that generates.
    pub dimensions: u32,
    /// Files of weights, by name.
    pub weights: Vec<WeightsFile>,
    /// Digest of the tokenizer bundle.
    pub tokenizer: Digest,
}

impl Manifest {
    /// Canonical bytes: compact JSON in the order of the fields.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of strings and numbers always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What a spec names.
    pub fn digest(&self) -> Digest {
        Digest(blake2_256(&self.to_bytes()))
    }

    /// Reads a manifest; with `expected`, only the one of that digest. Bytes that are not canonical are refused.
    pub fn from_bytes(bytes: &[u8], expected: Option<&Digest>) -> Result<Self> {
        if let Some(expected) = expected {
            expected.check("the manifest", bytes)?;
        }
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|e| EngineError::Request(format!("not a manifest: {e}")))?;
        if manifest.format != 1 {
            let what = format!("manifest of format {}: update the software", manifest.format);
            return Err(EngineError::Unsupported(what));
        }
        if manifest.to_bytes() != bytes {
            return Err(EngineError::Request("the manifest is not in canonical form".into()));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: 1,
            kind: ModelKind::Chat,
            architecture: "llama".into(),
            reference_dtype: "f32".into(),
            max_context: 2048,
            eos: vec![2],
            dimensions: 0,
            weights: vec![WeightsFile { name: "model.gguf".into(), bytes: 5, digest: Digest([7; 32]) }],
            tokenizer: Digest([8; 32]),
        }
    }

    #[test]
    fn manifest_should_round_trip_by_its_digest() {
        let bytes = manifest().to_bytes();
        assert_eq!(Manifest::from_bytes(&bytes, Some(&manifest().digest())).unwrap(), manifest());
        assert!(matches!(
            Manifest::from_bytes(&bytes, Some(&Digest([0; 32]))),
            Err(EngineError::Digest { .. })
        ));
    }

    #[test]
    fn other_bytes_of_the_same_content_should_be_refused() {
        let mut bytes = manifest().to_bytes();
        bytes.push(b'\n');
        assert!(Manifest::from_bytes(&bytes, None).is_err());
        let extra = String::from_utf8(manifest().to_bytes()).unwrap().replacen('{', "{\"x\":1,", 1);
        assert!(Manifest::from_bytes(extra.as_bytes(), None).is_err());
        let newer = Manifest { format: 2, ..manifest() };
        assert!(Manifest::from_bytes(&newer.to_bytes(), None).is_err());
    }
}
