//! `souk model`.

use super::Context;
use crate::{
    args::Model,
    failure::{Failure, Result},
    output::{hex0x, short},
};
use serde_json::json;
use souk_client::{
    calls::{compute, listings, system},
    souk, SoukEvent,
};
use souk_primitives::{
    spec::{NumericClass, Sampler, Spec},
    sumtree::{self, Leaf},
    verdict::Thresholds,
    views::ListingKind,
};
use souk_sidecar::engine::{Manifest, ModelKind};
use std::{io::Read, path::Path};

/// Bytes of a chunk of content.
const CHUNK: usize = 64 * 1024;

/// Runs it.
pub async fn run(context: &Context, command: Model) -> Result<()> {
    match command {
        Model::Publish { manifest, content, name, summary, tag, sudo_key, report_fee } => {
            let bytes =
                std::fs::read(&manifest).map_err(|e| Failure::new(format!("{}: {e}", manifest.display())))?;
            let manifest = Manifest::from_bytes(&bytes, None).map_err(|e| Failure::new(e.to_string()))?;
            let text = listings::Text { name, summary, tags: tag, ..Default::default() };
            publish(context, manifest, &content, text, sudo_key, report_fee).await
        }
        Model::List => {
            let chain = context.chain().await?;
            let specs = chain.all_specs().await?;
            context.output.show(json!(specs), || {
                let line = |spec: &souk_primitives::views::SpecView| {
                    format!(
                        "{:<32} spec {}  {}  {} verifiers",
                        spec.model,
                        short(&spec.id),
                        if spec.audited { "audited" } else { "not audited" },
                        spec.verifiers
                    )
                };
                match specs.is_empty() {
                    true => "nothing is on the market".into(),
                    false => specs.iter().map(line).collect::<Vec<_>>().join("\n"),
                }
            });
            Ok(())
        }
    }
}

async fn publish(
    context: &Context,
    manifest: Manifest,
    content: &Path,
    text: listings::Text,
    sudo_key: Option<crate::args::Key>,
    report_fee: u128,
) -> Result<()> {
    let output = context.output;
    let pair = context.pair()?;
    let sudo = sudo_key.map(|source| source.pair()).transpose()?;
    let (root, size, chunks) = {
        let _wait = output.wait("hashing the content");
        content_tree(content)?
    };
    let chain = context.chain().await?;
    let name = text.name.clone();
    let outcome = output.submit(&chain, &pair, listings::register(ListingKind::Model, text)).await?;
    let listing = outcome
        .souk_events()
        .find_map(|event| match event {
            SoukEvent::Registered { listing, .. } => Some(listing),
            _ => None,
        })
        .ok_or_else(|| Failure::new("the chain registered no listing"))?;
    let digest = manifest.digest().0;
    let call = listings::publish_version(listing, root, size, chunks, digest);
    output.submit(&chain, &pair, call).await?;
    let thresholds = match manifest.kind {
        ModelKind::Chat => Thresholds::F32,
        ModelKind::Embedding => Thresholds::EMBEDDING_F32,
    };
    let spec = Spec {
        listing,
        version: 0,
        manifest_digest: digest,
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: manifest.max_context,
        thresholds,
    };
    let id = spec.id();
    output.submit(&chain, &pair, compute::register_spec(spec)).await?;
    let calibrated = sudo.is_some();
    if let Some(sudo) = sudo {
        output.submit(&chain, &sudo, system::sudo(compute::accept_calibration(id, report_fee))).await?;
    }
    let value = json!({
        "listing": listing, "version": 0, "spec": hex0x(&id), "manifest": hex0x(&digest),
        "contentRoot": hex0x(&root), "size": size, "calibrated": calibrated,
    });
    output.show(value, || {
        let next = match calibrated {
            true => format!("calibration accepted, {} a report", souk(report_fee)),
            false => "governance has to accept its calibration before it is audited".into(),
        };
        format!("{name}: listing {listing}, spec {}; {next}", hex0x(&id))
    });
    Ok(())
}

/// Root, size and chunks of a file, as the chain lists content.
fn content_tree(path: &Path) -> Result<([u8; 32], u64, u32)> {
    let mut file = std::fs::File::open(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let mut leaves = Vec::new();
    let mut buffer = vec![0u8; CHUNK];
    loop {
        let mut filled = 0;
        while filled < CHUNK {
            match file.read(&mut buffer[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        if filled == 0 {
            break;
        }
        let digest = sp_crypto_hashing::blake2_256(&buffer[..filled]);
        leaves.push(Leaf { digest, amount: filled as u128 });
    }
    let shape = sumtree::shape(&leaves).filter(|shape| shape.count > 0);
    let shape = shape.ok_or_else(|| Failure::new(format!("{} is empty or too large", path.display())))?;
    Ok((shape.root, shape.total as u64, shape.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tree_should_cut_at_64_kib() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("content");
        std::fs::write(&path, vec![7u8; CHUNK + 1]).unwrap();
        let (root, size, chunks) = content_tree(&path).unwrap();
        let leaf =
            |bytes: &[u8]| Leaf { digest: sp_crypto_hashing::blake2_256(bytes), amount: bytes.len() as u128 };
        let expected = sumtree::shape(&[leaf(&vec![7; CHUNK]), leaf(&[7])]).unwrap();
        assert_eq!((root, size, chunks), (expected.root, CHUNK as u64 + 1, 2));
        std::fs::write(&path, b"").unwrap();
        assert!(content_tree(&path).is_err());
    }
}
