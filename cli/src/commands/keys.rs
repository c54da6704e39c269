//! `souk keys`.

use super::Context;
use crate::{args::Keys, failure::Result, output::hex0x};
use serde_json::json;
use souk_client::keys;
use sp_core::Pair;

/// Runs it.
pub fn run(context: &Context, command: Keys) -> Result<()> {
    match command {
        Keys::Generate { file, quiet } => {
            let (pair, phrase) = keys::generate(&file)?;
            let account = keys::account(&pair).to_string();
            let mut value = json!({ "account": account, "publicKey": hex0x(&pair.public().0), "file": file });
            if !quiet {
                value["mnemonic"] = json!(phrase.as_str());
            }
            context.output.show(value, || {
                let words = match quiet {
                    true => String::new(),
                    false => {
                        format!("\nwords    {}\n         (shown once: write them down)", phrase.as_str())
                    }
                };
                format!("account  {account}\nfile     {} (mode 600){words}", file.display())
            });
        }
        Keys::Inspect { key } => {
            let pair = match key {
                Some(source) => source.pair()?,
                None => context.pair()?,
            };
            let account = keys::account(&pair).to_string();
            let public = hex0x(&pair.public().0);
            let voucher = hex0x(&crate::gateway::voucher_key(&pair).public().0);
            context
                .output
                .show(json!({ "account": account, "publicKey": public, "voucherKey": voucher }), || {
                    format!("account      {account}\npublic key   {public}\nvoucher key  {voucher}")
                });
        }
    }
    Ok(())
}
