//! `souk channel`.

use super::Context;
use crate::{
    args::Channel,
    failure::{Failure, Result},
    output::{hex0x, outcome_json},
};
use serde_json::json;
use souk_client::{calls::channels, souk};
use souk_primitives::views::{ChannelState, ChannelView};
use std::time::Duration;

/// Runs it.
pub async fn run(context: &Context, command: Channel) -> Result<()> {
    let output = context.output;
    match command {
        Channel::List { account, all } => {
            let account = context.account(account)?;
            let chain = context.chain().await?;
            let mut channels = chain.channels(&account, 200).await?;
            channels.retain(|channel| all || !matches!(channel.state, ChannelState::Closed { .. }));
            output.show(json!(channels), || match channels.is_empty() {
                true => "no channels".into(),
                false => channels.iter().map(describe).collect::<Vec<_>>().join("\n"),
            });
        }
        Channel::Close { channel, wait } => {
            let pair = context.pair()?;
            let chain = context.chain().await?;
            let view = chain
                .channel(channel)
                .await?
                .ok_or_else(|| Failure::not_found(format!("there is no channel {}", hex0x(&channel))))?;
            let me = souk_client::keys::account(&pair);
            let call = match view.provider == me {
                true => channels::close_by_provider(channel, None),
                false => channels::close(channel),
            };
            let mut value = json!({ "state": view.state });
            if matches!(view.state, ChannelState::Open) {
                value = outcome_json(&output.submit(&chain, &pair, call).await?);
            }
            if wait {
                let _wait = output.wait("waiting for the grace period to end");
                loop {
                    match chain.channel(channel).await?.map(|view| view.state) {
                        None | Some(ChannelState::Closed { .. }) => break,
                        _ => tokio::time::sleep(Duration::from_secs(2)).await,
                    }
                }
            }
            let now = chain.channel(channel).await?;
            value["channel"] = json!(now);
            output.show(value, || now.as_ref().map_or_else(|| "closed".into(), describe));
        }
    }
    Ok(())
}

/// A channel in a line or two.
pub fn describe(view: &ChannelView) -> String {
    format!(
        "{}  {}\n  with {}; deposit {}, settled {} in {} calls, {} batches open",
        hex0x(&view.id),
        state(view),
        view.provider,
        souk(view.deposit),
        souk(view.settled),
        view.settled_calls,
        view.open_batches
    )
}

fn state(view: &ChannelView) -> String {
    match view.state {
        ChannelState::Open => format!("open until block {}", view.expires),
        ChannelState::Closing { until, reason } => format!("closing ({reason:?}), grace until block {until}"),
        ChannelState::Closed { at, reason } => format!("closed in block {at}: {reason:?}"),
    }
}
