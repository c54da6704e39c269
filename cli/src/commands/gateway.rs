//! `souk gateway`.

use super::Context;
use crate::{
    args::GatewayArgs,
    failure::{Failure, Result},
    gateway::{api, api::Guard, market::LiveMarket, settings::Settings, voucher_key, Gateway},
};
use axum::serve::ListenerExt;
use serde_json::json;
use souk_client::{keys, souk, Chain};
use souk_primitives::Balance;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Runs until interrupted.
pub async fn run(context: &Context, args: GatewayArgs) -> Result<()> {
    let pair = context.pair()?;
    let account = keys::account(&pair);
    if !args.listen.ip().is_loopback() && args.api_key_file.is_none() {
        return Err(Failure::new(format!(
            "{} can be reached by others, and the gateway spends your money: give clients a key with --api-key-file",
            args.listen
        )));
    }
    if args.deposit > args.budget {
        return Err(Failure::new(format!(
            "a channel's deposit of {} (--deposit) is over the budget of {} (--budget)",
            souk(args.deposit),
            souk(args.budget)
        )));
    }
    let guard = Guard { api_key: api_key(args.api_key_file.as_ref())?, hosts: args.host_names.clone() };
    // Bound first: a port that is taken must not cost a channel.
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|e| Failure::new(format!("can't listen on {}: {e}", args.listen)))?;
    let listen = listener.local_addr()?;
    let chain = Chain::connect_within(&context.global.node, Duration::from_secs(60)).await?;
    let folder = folder(args.data_dir.as_ref())?;
    let market = Arc::new(LiveMarket::new(chain, pair.clone()));
    let gateway = Gateway::start(market, voucher_key(&pair), settings(&args), &folder).await?;
    std::fs::write(folder.join(ADDRESS), listen.to_string())?;
    context.output.show(json!({ "listening": listen, "account": account.to_string() }), || {
        format!(
            "OpenAI API at http://{listen}/v1, paid by {account} (at most {} in channels)",
            souk(args.budget)
        )
    });
    let router = api::router(gateway.clone(), guard);
    // Tokens are small: waiting to fill a packet would hold each one back.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let served = axum::serve(listener, router).with_graceful_shutdown(interrupted());
    // Streams that are open may not hold the end up for ever.
    let limit = async {
        interrupted().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    };
    tokio::select! {
        result = served => result?,
        () = limit => {}
    }
    gateway.shut_down().await;
    Ok(())
}

fn settings(args: &GatewayArgs) -> Settings {
    Settings {
        deposit: args.deposit,
        budget: args.budget,
        max_charge: args.max_charge,
        max_price_input: args.max_price_input.unwrap_or(Balance::MAX),
        max_price_output: args.max_price_output.unwrap_or(Balance::MAX),
        min_record: u64::from(args.min_record).saturating_mul(souk_primitives::rate::ONE_OK),
        allow_unaudited: args.allow_unaudited,
        max_channels: args.max_channels.max(1),
        channel_blocks: args.channel_blocks,
        default_max_tokens: args.default_max_tokens.max(1),
        idle: Duration::from_secs(args.idle_seconds),
        private_endpoints: args.private_endpoints || args.dev,
        keep: Duration::from_secs(u64::from(args.keep_days) * 24 * 3_600),
        ..Settings::default()
    }
}

/// File in the gateway's folder that says where it listens, for the other commands.
pub const ADDRESS: &str = "address";

/// The folder of the gateway's store.
pub fn folder(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder.clone()),
        None => data_folder("gateway"),
    }
}

/// A folder of this program's in the user's home.
pub fn data_folder(name: &str) -> Result<PathBuf> {
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .ok_or_else(|| Failure::new("there is no home folder: give --data-dir"))?;
    Ok(home.join("souk").join(name))
}

/// The key that clients of the gateway send.
pub fn api_key(file: Option<&PathBuf>) -> Result<Option<zeroize::Zeroizing<String>>> {
    let Some(file) = file else { return Ok(None) };
    let secret = souk_sidecar::secrets::read(file).map_err(|e| Failure::new(e.to_string()))?;
    if secret.expose().len() < 16 {
        return Err(Failure::new(format!("the key in {} has under 16 characters", file.display())));
    }
    Ok(Some(secret.expose().to_string().into()))
}

async fn interrupted() {
    let stop = async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{signal, SignalKind};
            if let Ok(mut term) = signal(SignalKind::terminate()) {
                term.recv().await;
                return;
            }
        }
        std::future::pending::<()>().await
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = stop => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_client::parse_souk;

    #[test]
    fn defaults_of_flags_and_of_the_library_should_agree() {
        assert_eq!(parse_souk("1"), Ok(Settings::default().deposit));
        assert_eq!(parse_souk("100"), Ok(Settings::default().budget));
        assert_eq!(parse_souk("10"), Ok(Settings::default().max_charge));
    }
}
