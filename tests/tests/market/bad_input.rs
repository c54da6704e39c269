//! Wrong inputs against the running market: each is refused for its reason, and nobody has less for it.

use anyhow::{ensure, Context, Result};
use base64::{engine::general_purpose::STANDARD, Engine};
use souk_client::{
    calls::channels::{self, Open},
    keys, Chain, Keypair,
};
use souk_e2e::market::{
    consumer::{body, header, Consumer},
    models::CHAT,
    register, Market,
};
use souk_primitives::{
    call::{CallBody, Prices, Signed, Voucher},
    Balance, SpecId, SOUK,
};
use sp_core::Pair;

/// Who makes the mistakes.
const TESTER: &str = "//Tester";
/// What the fees of refused transactions come to at most.
const FEES: Balance = SOUK / 5;

/// Everything that can be got wrong around one channel.
pub async fn is_refused(market: &Market, spec: SpecId) -> Result<()> {
    let chain = market.chain().await?;
    register::endow(&chain, &[TESTER.into()], 1_000 * SOUK).await?;
    let pair = register::dev(TESTER)?;
    let mut consumer = Consumer::open(&chain, &pair, "//Provider", spec, 2 * SOUK).await?;
    let prompt: Vec<u32> = (100..110).collect();
    consumer.call(CHAT, &body(prompt.clone(), 4, 0)).await?;

    vouchers_over_http(&consumer).await?;
    calls_over_http(&consumer, &prompt).await?;
    settlements(&chain, &consumer, &pair).await?;
    channels(&chain, &pair, spec).await?;
    audit_api(market).await?;

    // After all of it the channel works, and is paid for once.
    consumer.call(CHAT, &body(prompt, 4, 0)).await?;
    consumer.pay_in_full().await
}

async fn vouchers_over_http(consumer: &Consumer) -> Result<()> {
    let good = consumer.voucher()?;
    let other = register::dev("//Mallory")?;
    for (voucher, key, code) in [
        (Voucher { genesis: [9; 32], ..good.clone() }, &consumer.key, "wrong_chain"),
        (Voucher { channel: [9; 32], ..good.clone() }, &consumer.key, "unknown_channel"),
        (Voucher { cumulative: 100 * SOUK, ..good.clone() }, &consumer.key, "voucher_over_deposit"),
        (Voucher { receipts_root: [9; 32], ..good.clone() }, &consumer.key, "voucher_wrong_root"),
        (Voucher { calls: good.calls + 1, ..good.clone() }, &consumer.key, "voucher_ahead"),
        (good.clone(), &other, "bad_voucher_signature"),
    ] {
        let answer = reqwest::Client::new()
            .post(format!("{}/v1/vouchers", consumer.endpoint))
            .header("x-souk-channel", STANDARD.encode(consumer.channel.id))
            .header("x-souk-voucher", header(&voucher, key))
            .send()
            .await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        ensure!((400..500).contains(&status) && text.contains(code), "{code}: {status} {text}");
    }
    Ok(())
}

async fn calls_over_http(consumer: &Consumer, prompt: &[u32]) -> Result<()> {
    let fine = body(prompt.to_vec(), 4, 0);
    let long = body(vec![100; 9_000], 4, 0);
    let paid = header(&consumer.voucher()?, &consumer.key);
    let mallory = register::dev("//Mallory")?;
    let cases: [(&str, &str, &CallBody, &Keypair); 3] = [
        ("model_not_found", "no-such-model", &fine, &consumer.key),
        ("context_length_exceeded", CHAT, &long, &consumer.key),
        ("bad_request_signature", CHAT, &fine, &mallory),
    ];
    for (code, model, body, key) in cases {
        let request = consumer.request(body, SOUK);
        let reply = consumer.send(model, body, &header(&request, key), Some(&paid)).await?;
        ensure!((400..500).contains(&reply.status) && reply.receipt.is_none(), "{code}: {reply:?}");
        ensure!(reply.body["error"]["code"] == code, "{code}: {reply:?}");
    }
    let http = reqwest::Client::new();
    let url = format!("{}/v1/completions", consumer.endpoint);
    let post =
        |content: String| http.post(&url).header("content-type", "application/json").body(content).send();
    let malformed = post("{\"model\": ".into()).await?;
    ensure!(malformed.status().as_u16() == 400, "malformed JSON: {}", malformed.status());
    // A server that has refused a body may close before it has read it; then it must still serve others.
    if let Ok(huge) = post("x".repeat(40 << 20)).await {
        ensure!(huge.status().as_u16() == 413, "a huge body: {}", huge.status());
    }
    let health = http.get(format!("{}/health", consumer.endpoint)).send().await?;
    ensure!(health.status().is_success(), "after a huge body: {}", health.status());
    Ok(())
}

/// Settlements that anybody could try on the chain itself.
async fn settlements(chain: &Chain, consumer: &Consumer, pair: &Keypair) -> Result<()> {
    let provider = register::dev("//Provider")?;
    let good = consumer.voucher()?;
    let before = wealth(chain, pair, &provider).await?;
    let foreign = Voucher { genesis: [9; 32], ..good.clone() };
    let greedy = Voucher { cumulative: 3 * SOUK, ..good.clone() };
    let cases = [
        ("NotProvider", pair, &good, pair),
        ("BadSignature", &provider, &good, &provider),
        ("WrongChain", &provider, &foreign, pair),
        ("OverDeposit", &provider, &greedy, pair),
    ];
    for (error, sender, voucher, signer) in cases {
        let settle = channels::settle(consumer.channel.id, voucher.clone(), voucher.sign(signer).0);
        refused(chain, sender, settle, error).await?;
    }
    let after = wealth(chain, pair, &provider).await?;
    ensure!(
        before.0.saturating_sub(after.0) < FEES,
        "refused settlements cost the consumer {}",
        before.0.saturating_sub(after.0)
    );
    ensure!(
        before.1.saturating_sub(after.1) < FEES,
        "refused settlements cost the provider {}",
        before.1.saturating_sub(after.1)
    );
    ensure!(
        chain.channel(consumer.channel.id).await?.context("no channel")?.settled == 0,
        "something was settled"
    );
    Ok(())
}

/// Channels that can't be.
async fn channels(chain: &Chain, pair: &Keypair, spec: SpecId) -> Result<()> {
    let most = Prices { per_1k_input: 10 * SOUK, per_1k_output: 10 * SOUK };
    let good = Open {
        provider: register::account("//Provider")?,
        spec,
        deposit: SOUK,
        max_prices: most,
        voucher_key: pair.public().0,
        expires: chain.live_block().await?.saturating_add(500),
        allow_unaudited: false,
        notice: 0,
        for_consumer: None,
    };
    for (error, order) in [
        ("DepositBelowMinimum", Open { deposit: 0, ..good.clone() }),
        ("Funds are unavailable", Open { deposit: 10_000_000 * SOUK, ..good.clone() }),
        (
            "PriceAboveMaximum",
            Open { max_prices: Prices { per_1k_input: 1, per_1k_output: 1 }, ..good.clone() },
        ),
        ("NotFound", Open { provider: keys::account(pair), ..good.clone() }),
    ] {
        refused(chain, pair, channels::open(order), error).await?;
    }
    Ok(())
}

/// The audit API: not without its token, not with another sidecar's, and not at the public address.
async fn audit_api(market: &Market) -> Result<()> {
    let http = reqwest::Client::new();
    let url = |port: u16| format!("http://127.0.0.1:{port}/v1/audits");
    let stolen = std::fs::read_to_string(market.layout.token(1))?;
    for (what, port, token) in [
        ("no token", market.ports.audit[0], None),
        ("a guess", market.ports.audit[0], Some("0123456789abcdef0123456789abcdef")),
        ("another sidecar's token", market.ports.audit[0], Some(stolen.trim())),
    ] {
        let mut request = http.post(url(port)).json(&serde_json::json!({ "tasks": [] }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        ensure!(answer.status().as_u16() == 401, "{what}: {}", answer.status());
    }
    let public = http
        .post(url(market.ports.sidecar[1]))
        .bearer_auth(stolen.trim())
        .json(&serde_json::json!({}))
        .send()
        .await?;
    ensure!(public.status().as_u16() == 404, "the audit API at the public address: {}", public.status());
    Ok(())
}

/// What both own, wherever it lies.
async fn wealth(chain: &Chain, one: &Keypair, other: &Keypair) -> Result<(Balance, Balance)> {
    let total = |balance: souk_client::AccountBalance| balance.free + balance.held;
    Ok((total(chain.balance(&keys::account(one)).await?), total(chain.balance(&keys::account(other)).await?)))
}

/// Sends a call that must fail for that reason.
async fn refused(chain: &Chain, who: &Keypair, call: souk_client::calls::Call, error: &str) -> Result<()> {
    let label = call.label();
    match chain.submit_until(who, call, souk_client::Until::InBlock).await {
        Ok(_) => anyhow::bail!("{label} was accepted; {error} was expected"),
        Err(refusal) => {
            ensure!(refusal.to_string().contains(error), "{label}: {error} was expected, not {refusal}");
            Ok(())
        }
    }
}
