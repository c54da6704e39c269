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
    content::of_file,
    souk,
};
use souk_primitives::{
    spec::{NumericClass, Sampler, Spec},
    verdict::Thresholds,
    views::ListingKind,
};
use souk_sidecar::engine::{Manifest, ModelKind};
use std::path::Path;

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
    let content = {
        let _wait = output.wait("hashing the content");
        of_file(content).map_err(|e| Failure::new(format!("{}: {e}", content.display())))?
    };
    let chain = context.chain().await?;
    let name = text.name.clone();
    let outcome = output.submit(&chain, &pair, listings::register(ListingKind::Model, text)).await?;
    let listing = outcome.listing().ok_or_else(|| Failure::new("the chain registered no listing"))?;
    let digest = manifest.digest().0;
    let call = listings::publish_version(listing, content.root(), content.size(), content.chunks(), digest);
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
        "contentRoot": hex0x(&content.root()), "size": content.size(), "calibrated": calibrated,
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
