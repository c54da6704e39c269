//! `souk verifier`.

use super::{find_spec, Context};
use crate::{args::Verifier, failure::Result, output::outcome_json};
use souk_client::{calls::compute, souk};

/// Runs it.
pub async fn run(context: &Context, command: Verifier) -> Result<()> {
    let output = context.output;
    let pair = context.pair()?;
    let chain = context.chain().await?;
    match command {
        Verifier::Register { spec, bond } => {
            let spec = find_spec(&chain, &spec).await?;
            chain.afford(&souk_client::keys::account(&pair), bond).await?;
            let outcome = output.submit(&chain, &pair, compute::register_verifier(spec.id, bond)).await?;
            output.show(outcome_json(&outcome), || {
                format!("verifier of {}, with {} more of bond", spec.model, souk(bond))
            });
        }
        Verifier::Leave { spec } => {
            let spec = find_spec(&chain, &spec).await?;
            let outcome = output.submit(&chain, &pair, compute::leave_verifier(spec.id)).await?;
            output.show(outcome_json(&outcome), || {
                format!("gave notice for {}; until it is over you are drawn as before", spec.model)
            });
        }
    }
    Ok(())
}
