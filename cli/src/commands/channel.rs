//! `souk channel`.

use super::{gateway, Context};
use crate::{
    args::{Channel, CloseArgs},
    failure::{Failure, Result},
    gateway::{
        book::Unfinished, closing::UNKNOWN_CHANNEL, error::STORE_IN_USE, market::LiveMarket,
        settings::Settings, voucher_key, wire, Gateway,
    },
    output::{columns, count, hex0x, outcome_json},
};
use serde_json::{json, Value};
use souk_client::{
    calls::channels::{self, SignedVoucher},
    keys, souk, Chain, Keypair,
};
use souk_primitives::{
    call::Voucher,
    views::{ChannelState, ChannelView},
    Balance,
};
use sp_core::Pair;
use std::{sync::Arc, time::Duration};

/// How long the last voucher may take to be handed over.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs it.
pub async fn run(context: &Context, command: Channel) -> Result<()> {
    match command {
        Channel::List { account, all } => {
            let account = context.account(account)?;
            let chain = context.chain().await?;
            let mut channels = chain.channels(&account, 200).await?;
            channels.retain(|channel| all || !matches!(channel.state, ChannelState::Closed { .. }));
            channels.sort_by_key(|channel| (channel.opened_at, channel.id));
            context.output.show(json!(channels), || match channels.is_empty() {
                true => format!("{account} has no channels"),
                false => channels.iter().map(describe).collect::<Vec<_>>().join("\n\n"),
            });
            Ok(())
        }
        Channel::Close(args) => close(context, args).await,
    }
}

async fn close(context: &Context, args: CloseArgs) -> Result<()> {
    let output = context.output;
    let pair = context.pair()?;
    let me = keys::account(&pair);
    let chain = context.chain().await?;
    let id = args.channel;
    let view = chain
        .channel(id)
        .await?
        .ok_or_else(|| Failure::not_found(format!("there is no channel {}", hex0x(&id))))?;
    let mut value = json!({});
    if me == view.provider {
        if !matches!(view.state, ChannelState::Closed { .. }) {
            value = close_as_provider(context, &chain, &pair, &view, args.force).await?;
        }
    } else if me == view.consumer {
        if view.state == ChannelState::Open {
            value = close_as_consumer(context, &chain, &pair, &view, &args).await?;
        }
    } else {
        return Err(Failure::new(format!(
            "the channel {} is between {} and {}; your key is {me}",
            hex0x(&id),
            view.consumer,
            view.provider
        )));
    }
    if args.wait {
        let _wait = output.wait("waiting for the grace period to end");
        while !matches!(
            chain.channel(id).await?.map(|view| view.state),
            None | Some(ChannelState::Closed { .. })
        ) {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
    let now = chain.channel(id).await?;
    // Only for people: programs have the numbers.
    let told = value.as_object_mut().and_then(|map| map.remove("told"));
    let told = told.as_ref().and_then(Value::as_str).map(|told| format!("{told}\n\n")).unwrap_or_default();
    value["channel"] = json!(now);
    output.show(value, || format!("{told}{}", now.as_ref().map_or_else(|| "closed".into(), describe)));
    Ok(())
}

/// Hands over what is owed, through the gateway if it runs, else in its place, and starts the grace period.
async fn close_as_consumer(
    context: &Context,
    chain: &Chain,
    pair: &Keypair,
    view: &ChannelView,
    args: &CloseArgs,
) -> Result<Value> {
    let folder = gateway::folder(args.data_dir.as_ref())?;
    let id = args.channel;
    let last = match folder.join("gateway.db").is_file() {
        false => None,
        true => {
            let _wait = context.output.wait("handing the last voucher over");
            let settings =
                Settings { private_endpoints: args.dev, idle: Duration::ZERO, ..Settings::default() };
            let market = Arc::new(LiveMarket::new(chain.clone(), pair.clone()));
            match Gateway::start(market, voucher_key(pair), settings, &folder).await {
                Ok(gateway) => {
                    let result = gateway.close(id, PATIENCE, args.force).await;
                    gateway.shut_down().await;
                    match result {
                        Ok(last) => Some(last),
                        Err(error) if error.code == UNKNOWN_CHANNEL => None,
                        Err(error) => return Err(not_closed(error.code, &error.message)),
                    }
                }
                Err(error) if error.code == STORE_IN_USE => ask_gateway(&folder, args).await?,
                Err(error) => return Err(error.into()),
            }
        }
    };
    match last {
        Some(last) => {
            let worth = format!("{} worth {}", count(last.calls, "call"), souk(last.value));
            Ok(json!({
                "calls": last.calls,
                "value": last.value.to_string(),
                "handed": last.handed,
                "missing": last.open,
                "told": match last.handed >= last.calls {
                    true => format!("its provider has the last voucher: {worth}"),
                    false => format!("its provider did not take the last voucher: {worth}"),
                },
            }))
        }
        None if view.voucher_key == voucher_key(pair).public().0 && !args.force => Err(Failure::new(format!(
            "not closed: a gateway of yours opened this channel, and {} has no record of it; name its folder with \
             --data-dir, or close with --force: its provider can then settle only what it holds",
            folder.display()
        ))),
        // Nothing is recorded here, so nothing can be signed. What the provider holds it can still settle.
        None => {
            let outcome = context.output.submit(chain, pair, channels::close(id)).await?;
            let mut value = outcome_json(&outcome);
            value["told"] = json!(format!(
                "no calls of it are recorded in {}; its provider settles what it holds",
                folder.display()
            ));
            Ok(value)
        }
    }
}

fn not_closed(code: &str, message: &str) -> Failure {
    match code {
        "not_handed_over" => Failure::new(format!(
            "not closed: {message}. Try again when its provider answers, or close with --force: it can then settle only \
             what it holds"
        )),
        _ => Failure::new(message),
    }
}

/// Asks the gateway that has the store. `None`: it does not know the channel.
async fn ask_gateway(folder: &std::path::Path, args: &CloseArgs) -> Result<Option<Unfinished>> {
    let address = std::fs::read_to_string(folder.join(gateway::ADDRESS)).map_err(|_| {
        Failure::new(format!("a gateway uses {}, and does not say where it listens", folder.display()))
    })?;
    let url = format!("http://{}/souk/channels/{}/close", address.trim(), hex0x(&args.channel));
    let mut post = reqwest::Client::new()
        .post(url)
        .timeout(Duration::from_secs(180))
        .json(&json!({ "force": args.force }));
    if let Some(key) = gateway::api_key(args.api_key_file.as_ref())? {
        post = post.bearer_auth(key.as_str());
    }
    let away = |error: reqwest::Error| {
        Failure::new(format!("the gateway at {} does not answer: {}", address.trim(), error.without_url()))
    };
    let response = post.send().await.map_err(away)?;
    let good = response.status().is_success();
    let body: Value = response.json().await.map_err(away)?;
    if good {
        let number = |name: &str| body[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        return Ok(Some(Unfinished {
            calls: number("calls"),
            value: body["value"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0),
            handed: number("handed"),
            open: serde_json::from_value(body["missing"].clone()).unwrap_or_default(),
        }));
    }
    match body["error"]["code"].as_str() {
        Some(UNKNOWN_CHANNEL) => Ok(None),
        code => Err(not_closed(
            code.unwrap_or_default(),
            body["error"]["message"].as_str().unwrap_or("the gateway refused"),
        )),
    }
}

/// Settles the best voucher that the provider's own sidecar holds, and closes.
async fn close_as_provider(
    context: &Context,
    chain: &Chain,
    pair: &Keypair,
    view: &ChannelView,
    force: bool,
) -> Result<Value> {
    let held = match held(chain, view).await {
        Ok(held) => held,
        Err(reason) if force => {
            tracing::warn!(reason, "closing without a voucher");
            Held::default()
        }
        Err(reason) => {
            return Err(Failure::new(format!(
            "not closed: your sidecar can't say what it holds ({reason}); --force closes without its voucher"
        )))
        }
    };
    let covered = held.voucher.as_ref().map_or(0, |voucher| voucher.voucher.cumulative);
    let lost = held.answered.saturating_sub(covered.max(view.settled));
    if lost > 0 && !force {
        return Err(Failure::new(format!(
            "not closed: {} of {} that you answered is under no voucher yet and would be lost; wait for one, or --force",
            souk(lost),
            souk(held.answered)
        )));
    }
    let last = held.voucher.filter(|voucher| voucher.voucher.cumulative > view.settled);
    let settles = covered.saturating_sub(view.settled);
    let call = channels::close_by_provider(view.id, last);
    let mut value = outcome_json(&context.output.submit(chain, pair, call).await?);
    value["settled"] = json!(settles.to_string());
    value["told"] = json!(format!("settled {} with the last voucher", souk(settles)));
    Ok(value)
}

#[derive(Default)]
struct Held {
    voucher: Option<SignedVoucher>,
    /// Value of all answered calls.
    answered: Balance,
}

async fn held(chain: &Chain, view: &ChannelView) -> std::result::Result<Held, String> {
    let provider = chain.provider(&view.provider).await.map_err(|error| error.to_string())?;
    let endpoint = provider.ok_or("you are no provider any more")?.endpoint;
    let url = format!("{}/v1/channels/{}", endpoint.trim_end_matches('/'), hex::encode(view.id));
    let plain = |error: reqwest::Error| error.without_url().to_string();
    let response =
        reqwest::Client::new().get(url).timeout(Duration::from_secs(10)).send().await.map_err(plain)?;
    if !response.status().is_success() {
        return Err(format!("it answered {}", response.status()));
    }
    let body = wire::json(response).await?;
    let answered = body["answered_value"].as_str().and_then(|text| text.parse().ok());
    let voucher = body["voucher"].as_str().and_then(wire::decode_signed::<Voucher>);
    Ok(Held {
        answered: answered.ok_or("its answer is not what was expected")?,
        voucher: voucher
            .filter(|(voucher, _)| voucher.channel == view.id)
            .map(|(voucher, signature)| SignedVoucher { voucher, signature }),
    })
}

/// A channel in lines.
pub fn describe(view: &ChannelView) -> String {
    columns(&[
        ("channel", hex0x(&view.id)),
        ("state", state(view)),
        ("consumer", view.consumer.to_string()),
        ("provider", view.provider.to_string()),
        ("deposit", souk(view.deposit)),
        ("settled", format!("{} in {}", souk(view.settled), count(view.settled_calls, "call"))),
        ("batches", format!("{} open", view.open_batches)),
    ])
}

fn state(view: &ChannelView) -> String {
    match view.state {
        ChannelState::Open => format!("open until block {}", view.expires),
        ChannelState::Closing { until, reason } => format!("closing ({reason:?}), grace until block {until}"),
        ChannelState::Closed { at, reason } => format!("closed in block {at}: {reason:?}"),
    }
}
