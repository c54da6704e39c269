//! `souk provider`.

use super::{find_spec, Context};
use crate::{
    args::{digest, Provider},
    failure::{Failure, Result},
    output::{columns, hex0x, outcome_json, short},
};
use serde_json::json;
use souk_client::{
    calls::compute::{self, Registration},
    keys, souk, Chain, SecretSource,
};
use souk_primitives::{call::Prices, views::ProviderView, AccountId};
use sp_core::Pair;

/// Runs it.
pub async fn run(context: &Context, command: Provider) -> Result<()> {
    let output = context.output;
    match command {
        Provider::Register { validator, validator_key, endpoint, bond, receipt_key, seal_key, hardware } => {
            let pair = context.pair()?;
            let validator_pair = validator_key.map(|source| source.pair()).transpose()?;
            let validator = validator
                .or_else(|| validator_pair.as_ref().map(keys::account))
                .ok_or_else(|| Failure::new("name the validator: --validator or --validator-key"))?;
            let receipt_key = public_key(&receipt_key)?;
            let chain = context.chain().await?;
            let me = keys::account(&pair);
            chain.afford(&me, bond).await?;
            let registration = Registration {
                validator: validator.clone(),
                endpoint,
                receipt_key,
                seal_key,
                hardware,
                bond,
            };
            let mut outcome = output.submit(&chain, &pair, compute::register_provider(registration)).await?;
            let accepted = validator_pair.is_some();
            if let Some(validator_pair) = validator_pair {
                outcome = output.submit(&chain, &validator_pair, compute::accept_sidecar(me.clone())).await?;
            }
            let mut value = outcome_json(&outcome);
            value["provider"] = json!(me.to_string());
            value["accepted"] = json!(accepted);
            output.show(value, || match accepted {
                true => format!("{me} is a provider of {validator}, with a bond of {}", souk(bond)),
                false => format!(
                    "{me} bonded {}; now {validator} has to accept it (souk provider accept)",
                    souk(bond)
                ),
            });
        }
        Provider::Accept { provider } => {
            let pair = context.pair()?;
            let chain = context.chain().await?;
            let outcome = output.submit(&chain, &pair, compute::accept_sidecar(provider.clone())).await?;
            output.show(outcome_json(&outcome), || format!("{provider} is your sidecar now"));
        }
        Provider::Serve { spec, price_input, price_output, capacity } => {
            let pair = context.pair()?;
            let chain = context.chain().await?;
            let spec = find_spec(&chain, &spec).await?;
            find_provider(&chain, &keys::account(&pair)).await?;
            let prices = Prices { per_1k_input: price_input, per_1k_output: price_output };
            let outcome = output.submit(&chain, &pair, compute::serve(spec.id, prices, capacity)).await?;
            output.show(outcome_json(&outcome), || {
                format!(
                    "serving {} at {} (prompt) and {} (answer) per 1,000 tokens",
                    spec.model,
                    souk(price_input),
                    souk(price_output)
                )
            });
        }
        Provider::Status { provider } => {
            let account = context.account(provider)?;
            let chain = context.chain().await?;
            let view = find_provider(&chain, &account).await?;
            output.show(json!(view), || describe(&view));
        }
        Provider::Drain => {
            let pair = context.pair()?;
            let chain = context.chain().await?;
            find_provider(&chain, &keys::account(&pair)).await?;
            let outcome = output.submit(&chain, &pair, compute::drain()).await?;
            output.show(outcome_json(&outcome), || {
                "draining: no new channels; open ones finish, then `souk provider withdraw` returns the bond"
                    .into()
            });
        }
        Provider::Withdraw => {
            let pair = context.pair()?;
            let chain = context.chain().await?;
            find_provider(&chain, &keys::account(&pair)).await?;
            let outcome = output.submit(&chain, &pair, compute::withdraw()).await?;
            output.show(outcome_json(&outcome), || "you are no provider any more; your bond is free".into());
        }
    }
    Ok(())
}

async fn find_provider(chain: &Chain, account: &AccountId) -> Result<ProviderView> {
    let view = chain.provider(account).await?;
    view.ok_or_else(|| Failure::not_found(format!("{account} is no provider")))
}

fn public_key(text: &str) -> Result<[u8; 32]> {
    if text.starts_with("0x") {
        return digest(text).map_err(Failure::new);
    }
    let source: SecretSource = text.parse()?;
    Ok(source.pair()?.public().0)
}

/// A provider in lines.
pub fn describe(view: &ProviderView) -> String {
    let mut rows = vec![
        ("provider", view.account.to_string()),
        ("validator", view.validator.to_string()),
        ("status", format!("{:?}", view.status)),
        ("endpoint", view.endpoint.clone()),
        ("bond", format!("{}, {} of it exposed by open batches", souk(view.bond), souk(view.exposure))),
        ("receipt key", hex0x(&view.receipt_key)),
    ];
    for serving in &view.serving {
        rows.push((
            "serves",
            format!(
                "{} at {} (prompt) and {} (answer) per 1,000 tokens; record {:.2} (full-sized batches that an audit found valid), audit chance {:.1} %",
                short(&serving.spec),
                souk(serving.per_1k_input),
                souk(serving.per_1k_output),
                serving.record as f64 / souk_primitives::rate::ONE_OK as f64,
                f64::from(serving.chance.millionths()) / 10_000.0
            ),
        ));
    }
    columns(&rows)
}
