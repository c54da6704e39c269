//! The runtime as its metadata describes it: encodes transactions, decodes events and errors.

use crate::{
    calls::{Arg, Call},
    error::{Error, Refusal, Result},
    events::Event,
    keys::Keypair,
};
use codec::{Compact, Decode, Encode};
use souk_primitives::Digest;
use sp_core::Pair;
use std::sync::Arc;
use subxt::{
    config::substrate::{SpecVersionForRange, SubstrateConfig, H256},
    error::DispatchError,
    events::Phase,
    ext::scale_decode::visitor::{decode_with_visitor, IgnoreVisitor},
    Metadata, OfflineClient, OfflineClientAtBlock,
};

/// Blocks for which a transaction is good; a power of two.
pub(crate) const MORTALITY: u32 = 64;
/// Fewest blocks for which one can be good.
pub(crate) const SHORTEST: u32 = 4;

/// One version of the chain's runtime.
pub(crate) struct Runtime {
    pub spec_version: u32,
    tx_version: u32,
    genesis: Digest,
    offline: OfflineClientAtBlock<SubstrateConfig>,
}

/// What a signature covers besides the call.
pub(crate) struct Terms {
    pub nonce: u32,
    /// Block from which the transaction is good.
    pub birth: crate::Head,
    /// For how many blocks: a power of two.
    pub period: u32,
}

impl Runtime {
    /// Reads SCALE metadata.
    pub fn new(bytes: &[u8], spec_version: u32, tx_version: u32, genesis: Digest) -> Result<Self> {
        let unreadable = |reason: String| Error::Decode { what: "the metadata".into(), reason };
        let metadata = Metadata::decode_from(bytes).map_err(|e| unreadable(e.to_string()))?;
        let config = SubstrateConfig::builder()
            .set_genesis_hash(H256(genesis))
            .set_metadata_for_spec_versions([(spec_version, Arc::new(metadata))])
            .set_spec_version_for_block_ranges([SpecVersionForRange {
                block_range: 0..u64::MAX,
                spec_version,
                transaction_version: tx_version,
            }])
            .build();
        let offline =
            OfflineClient::new_with_config(config).at_block(0u64).map_err(|e| unreadable(e.to_string()))?;
        Ok(Self { spec_version, tx_version, genesis, offline })
    }

    fn metadata(&self) -> &Metadata {
        self.offline.metadata_ref()
    }

    /// SCALE of a call. Compares the names of its fields with the runtime's.
    pub fn encode_call(&self, call: &Call) -> Result<Vec<u8>> {
        let missing = || Error::Incompatible(format!("it has no call {}.{}", call.pallet, call.name));
        let pallet = self.metadata().pallet_by_name(&call.pallet).ok_or_else(missing)?;
        let variant = pallet.call_variant_by_name(&call.name).ok_or_else(missing)?;
        let theirs: Vec<&str> =
            variant.fields.iter().map(|field| field.name.as_deref().unwrap_or_default()).collect();
        let ours: Vec<&str> = call.args.iter().map(|(name, _)| name.as_ref()).collect();
        if theirs != ours {
            return Err(Error::Incompatible(format!(
                "{}.{} takes ({}), this program gives ({})",
                call.pallet,
                call.name,
                theirs.join(", "),
                ours.join(", ")
            )));
        }
        let mut bytes = vec![pallet.call_index(), variant.index];
        for (_, arg) in &call.args {
            match arg {
                Arg::Scale(scale) => bytes.extend_from_slice(scale),
                Arg::Call(inner) => bytes.extend(self.encode_call(inner)?),
                Arg::Calls(inner) => {
                    Compact(inner.len() as u32).encode_to(&mut bytes);
                    for call in inner {
                        bytes.extend(self.encode_call(call)?);
                    }
                }
            }
        }
        Ok(bytes)
    }

    /// `Pallet.call` of an encoded call of this runtime.
    pub fn name_of(&self, call: &[u8]) -> Result<String> {
        let metadata = self.metadata();
        let mut rest = call;
        let calls = metadata.outer_enums().call_enum_ty();
        decode_with_visitor(&mut rest, calls, metadata.types(), IgnoreVisitor::new())
            .map_err(|e| Error::NoCall(e.to_string()))?;
        if !rest.is_empty() {
            return Err(Error::NoCall(format!("{} bytes are left over", rest.len())));
        }
        let named = call.split_first_chunk::<2>().and_then(|([pallet, index], _)| {
            let pallet = metadata.pallet_by_call_index(*pallet)?;
            Some(format!("{}.{}", pallet.name(), pallet.call_variant_by_index(*index)?.name))
        });
        named.ok_or_else(|| Error::NoCall("it names no pallet".into()))
    }

    /// A signed transaction (version 4), as it travels.
    pub fn sign(&self, pair: &Keypair, call: &Call, terms: &Terms) -> Result<Vec<u8>> {
        let call = self.encode_call(call)?;
        let (extra, implicit) = self.extensions(terms)?;
        let mut payload = [call.as_slice(), &extra, &implicit].concat();
        if payload.len() > 256 {
            payload = sp_crypto_hashing::blake2_256(&payload).to_vec();
        }
        let signature = pair.sign(&payload);
        // Signed, version 4; MultiAddress::Id; MultiSignature::Sr25519.
        let mut inner = vec![0b1000_0100, 0];
        inner.extend_from_slice(&pair.public().0);
        inner.push(1);
        inner.extend_from_slice(&signature.0);
        inner.extend(extra);
        inner.extend(call);
        Ok(inner.encode())
    }

    /// Bytes of the transaction extensions: those inside the transaction, and those that are only signed.
    fn extensions(&self, terms: &Terms) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut extra, mut implicit) = (Vec::new(), Vec::new());
        let list = self
            .metadata()
            .extrinsic()
            .transaction_extensions_by_version(0)
            .ok_or_else(|| Error::Incompatible("it takes no transactions of version 4".into()))?;
        for extension in list {
            match extension.identifier() {
                "CheckSpecVersion" => self.spec_version.encode_to(&mut implicit),
                "CheckTxVersion" => self.tx_version.encode_to(&mut implicit),
                "CheckGenesis" => implicit.extend_from_slice(&self.genesis),
                "CheckEra" | "CheckMortality" => {
                    mortal(terms.birth.number, terms.period).encode_to(&mut extra);
                    implicit.extend_from_slice(&terms.birth.hash);
                }
                "CheckNonce" => Compact(terms.nonce).encode_to(&mut extra),
                "ChargeTransactionPayment" => Compact(0u128).encode_to(&mut extra),
                // No metadata hash, in the transaction and in what is signed.
                "CheckMetadataHash" => {
                    extra.push(0);
                    implicit.push(0);
                }
                other => {
                    if !self.is_empty_type(extension.extra_ty())
                        || !self.is_empty_type(extension.additional_ty())
                    {
                        return Err(Error::Incompatible(format!("it has an unknown extension {other}")));
                    }
                }
            }
        }
        Ok((extra, implicit))
    }

    fn is_empty_type(&self, id: u32) -> bool {
        use scale_info::TypeDef;
        match self.metadata().types().resolve(id).map(|ty| &ty.type_def) {
            Some(TypeDef::Composite(composite)) => {
                composite.fields.iter().all(|field| self.is_empty_type(field.ty.id))
            }
            Some(TypeDef::Tuple(tuple)) => tuple.fields.iter().all(|field| self.is_empty_type(field.id)),
            _ => false,
        }
    }

    /// The events of a block from the bytes of `System.Events`.
    pub fn events(&self, bytes: Vec<u8>) -> Result<Vec<Event>> {
        self.offline
            .events()
            .from_bytes(bytes)
            .iter()
            .map(|event| {
                let event = event.map_err(|e| Error::Decode {
                    what: "the block's events".into(),
                    reason: e.to_string(),
                })?;
                Ok(Event {
                    pallet: event.pallet_name().to_string(),
                    name: event.event_name().to_string(),
                    fields: event.field_bytes().to_vec(),
                    extrinsic: match event.phase() {
                        Phase::ApplyExtrinsic(index) => Some(index),
                        _ => None,
                    },
                })
            })
            .collect()
    }

    /// A SCALE `DispatchError` in words.
    pub fn refusal(&self, bytes: &[u8]) -> Refusal {
        let unknown = |sentence: String| Refusal { pallet: String::new(), name: String::new(), sentence };
        match DispatchError::decode_from(bytes.to_vec(), self.offline.metadata()) {
            Ok(DispatchError::Module(module)) => match module.details() {
                Ok(details) => Refusal {
                    pallet: details.pallet.name().to_string(),
                    name: details.variant.name.clone(),
                    sentence: sentence(&details.variant.docs),
                },
                Err(_) => unknown(module.details_string()),
            },
            Ok(other) => unknown(other.to_string()),
            Err(e) => unknown(format!("an unreadable error ({e})")),
        }
    }

    /// What an error of a pallet means, from the pallet's documentation.
    pub fn meaning(&self, pallet: &str, error: &str) -> Option<String> {
        let variants = self.metadata().pallet_by_name(pallet)?.error_variants()?;
        variants.iter().find(|variant| variant.name == error).map(|variant| sentence(&variant.docs))
    }

    /// The error among the events of one transaction, if it failed.
    pub fn failure(&self, events: &[Event]) -> Option<Refusal> {
        events.iter().find_map(|event| match (event.pallet.as_str(), event.name.as_str()) {
            ("System", "ExtrinsicFailed") => Some(self.refusal(&event.fields)),
            // `Sudid { sudo_result }`: the transaction succeeds although the inner call failed.
            ("Sudo", "Sudid") | ("Proxy", "ProxyExecuted") => match event.fields.split_first() {
                Some((1, error)) => Some(self.refusal(error)),
                _ => None,
            },
            _ => None,
        })
    }

    /// A constant of a pallet.
    pub fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Option<T> {
        let pallet = self.metadata().pallet_by_name(pallet)?;
        T::decode(&mut pallet.constant_by_name(name)?.value()).ok()
    }
}

/// Joins documentation lines into one sentence without its full stop: the pallet's name follows it.
fn sentence(docs: &[String]) -> String {
    let text = docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    text.trim().trim_end_matches('.').to_string()
}

/// The longest period of a transaction that may be in at most `blocks` blocks; `None` when there is no such era.
pub(crate) fn period_within(blocks: u32) -> Option<u32> {
    let most = blocks.min(MORTALITY);
    (most >= SHORTEST).then(|| 1 << most.ilog2())
}

/// A mortal era of `period` blocks (a power of two, at most [`MORTALITY`]) that starts at `birth`: log2 of the period
/// less one, then the phase.
fn mortal(birth: u32, period: u32) -> u16 {
    let phase = birth % period;
    (period.trailing_zeros() as u16 - 1) | ((phase as u16) << 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt::utils::Era;

    #[test]
    fn era_should_be_the_one_of_the_sdk() {
        for birth in [0, 1, 3, 63, 64, 1_000_003] {
            for period in [SHORTEST, 8, 16, MORTALITY] {
                assert_eq!(
                    mortal(birth, period).encode(),
                    Era::mortal(period.into(), birth.into()).encode(),
                    "{birth} {period}"
                );
            }
        }
    }

    #[test]
    fn period_should_never_be_longer_than_asked() {
        let cases = [
            (0, None),
            (3, None),
            (4, Some(4)),
            (7, Some(4)),
            (20, Some(16)),
            (64, Some(64)),
            (9_999, Some(64)),
        ];
        for (blocks, period) in cases {
            assert_eq!(period_within(blocks), period, "{blocks}");
        }
    }
}
