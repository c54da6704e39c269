//! A consumer without a gateway: signs its own requests and vouchers, so that a test can send wrong ones too.

use super::{sidecar::SMALLEST_BATCH, story::CallOf};
use anyhow::{bail, Context, Result};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Decode;
use serde_json::{json, Value};
use souk_client::{
    calls::channels::{open, Open},
    keys, Chain, Keypair, SoukEvent,
};
use souk_primitives::{
    call::{
        check_receipt, receipt_leaf, tokens_digest, CallBody, CallKind, Receipt, Request, Signed, Voucher,
    },
    sr25519::{Public, Signature},
    sumtree::Spine,
    views::ChannelView,
    Balance, SpecId,
};
use sp_core::Pair;
use std::time::Duration;

/// Wait for the channel's seed: the block after its own, final.
const SEED_PATIENCE: Duration = Duration::from_secs(60);

/// One channel and what was done over it.
pub struct Consumer {
    /// The channel.
    pub channel: ChannelView,
    /// Key of requests and vouchers.
    pub key: Keypair,
    /// Where the provider answers.
    pub endpoint: String,
    /// Genesis hash.
    pub genesis: [u8; 32],
    /// Number of the next call.
    pub seq: u32,
    receipts: Spine,
    http: reqwest::Client,
}

/// What a provider answered, refused calls included.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// The receipt with its signature.
    pub receipt: Option<(Receipt, [u8; 64])>,
}

/// What a call asks for.
pub fn body(prompt_ids: Vec<u32>, max_tokens: u32, temperature_milli: u16) -> CallBody {
    CallBody { kind: CallKind::Generate, prompt_ids, temperature_milli, max_tokens, stops: Vec::new() }
}

/// A signed thing as a header carries it.
pub fn header<T: Signed>(thing: &T, key: &Keypair) -> String {
    let mut bytes = thing.encode();
    bytes.extend_from_slice(&thing.sign(key).0);
    STANDARD.encode(bytes)
}

impl Consumer {
    /// Opens a channel of `pair` with `provider` and waits for its seed. The pair signs the calls too.
    pub async fn open(
        chain: &Chain,
        pair: &Keypair,
        provider_uri: &str,
        spec: SpecId,
        deposit: Balance,
    ) -> Result<Self> {
        let provider = super::register::account(provider_uri)?;
        let view = chain.provider(&provider).await?.context("no such provider")?;
        let serving =
            view.serving.iter().find(|s| s.spec == spec).context("the provider does not serve the spec")?;
        let order = Open {
            provider: provider.clone(),
            spec,
            deposit,
            max_prices: souk_primitives::call::Prices {
                per_1k_input: serving.per_1k_input,
                per_1k_output: serving.per_1k_output,
            },
            voucher_key: pair.public().0,
            expires: chain.live_block().await?.saturating_add(10_000),
            allow_unaudited: false,
            notice: 0,
            for_consumer: None,
        };
        let outcome = chain.submit(pair, open(order)).await?;
        let id = outcome
            .souk_events()
            .find_map(|event| match event {
                SoukEvent::ChannelOpened { channel, consumer, .. } if consumer == keys::account(pair) => {
                    Some(channel)
                }
                _ => None,
            })
            .context("no channel was opened")?;
        let deadline = std::time::Instant::now() + SEED_PATIENCE;
        let channel = loop {
            match chain.channel(id).await? {
                Some(channel) if channel.seed.is_some() => break channel,
                _ if std::time::Instant::now() > deadline => bail!("the channel has no seed"),
                _ => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        };
        Ok(Consumer {
            channel,
            key: pair.clone(),
            endpoint: view.endpoint,
            genesis: chain.genesis(),
            seq: 0,
            receipts: Spine::default(),
            http: reqwest::Client::builder().timeout(Duration::from_secs(180)).build()?,
        })
    }

    /// The request for a call, unsigned.
    pub fn request(&self, body: &CallBody, max_charge: Balance) -> Request {
        Request {
            genesis: self.genesis,
            channel: self.channel.id,
            seq: self.seq,
            seed: self.channel.seed.unwrap_or_default(),
            request_digest: body.digest(),
            max_charge,
            blinding: souk_primitives::hash(&[b"blinding", &self.seq.to_le_bytes()]),
        }
    }

    /// The voucher for everything answered so far.
    pub fn voucher(&self) -> Result<Voucher> {
        let shape = self.receipts.shape().context("the tree overflows")?;
        Ok(Voucher {
            genesis: self.genesis,
            channel: self.channel.id,
            cumulative: shape.total,
            calls: shape.count,
            receipts_root: shape.root,
        })
    }

    /// Sends a request with its headers as they are given, and reads the answer without checking it.
    pub async fn send(
        &self,
        model: &str,
        body: &CallBody,
        request: &str,
        voucher: Option<&str>,
    ) -> Result<Reply> {
        let mut call = self
            .http
            .post(format!("{}/v1/completions", self.endpoint))
            .header("x-souk-channel", STANDARD.encode(self.channel.id))
            .header("x-souk-request", request)
            .json(&json!({
                "model": model,
                "prompt": body.prompt_ids,
                "max_tokens": body.max_tokens,
                "temperature": f64::from(body.temperature_milli) / 1000.0,
            }));
        if let Some(voucher) = voucher {
            call = call.header("x-souk-voucher", voucher);
        }
        let answer = call.send().await?;
        let status = answer.status().as_u16();
        let receipt = match answer.headers().get("x-souk-receipt") {
            None => None,
            Some(text) => Some(parse_receipt(text.to_str()?)?),
        };
        let body = answer.json().await.unwrap_or(Value::Null);
        Ok(Reply { status, body, receipt })
    }

    /// What a call that uses all of its tokens costs.
    pub fn price(&self, body: &CallBody) -> Result<Balance> {
        let input = u32::try_from(body.prompt_ids.len())?;
        self.channel.prices().charge(input, body.max_tokens).context("overflow")
    }

    /// One honest call: pays what came before, checks the receipt, and keeps it. Gives the tokens and the receipt.
    pub async fn call(&mut self, model: &str, body: &CallBody) -> Result<(Vec<u32>, Receipt)> {
        let most = self.price(body)?;
        self.call_for(model, body, most).await
    }

    /// The same, by a consumer that would let pass a charge of up to `most`.
    pub async fn call_for(
        &mut self,
        model: &str,
        body: &CallBody,
        most: Balance,
    ) -> Result<(Vec<u32>, Receipt)> {
        let request = self.request(body, most);
        let voucher = if self.seq > 0 { Some(header(&self.voucher()?, &self.key)) } else { None };
        let reply = self.send(model, body, &header(&request, &self.key), voucher.as_deref()).await?;
        if reply.status != 200 {
            bail!("the provider answered {}: {}", reply.status, reply.body);
        }
        let (receipt, signature) = reply.receipt.context("an answer without a receipt")?;
        let key = Public::from_raw(self.channel.receipt_key);
        if !receipt.verify(&Signature::from_raw(signature), &key) {
            bail!("the receipt's signature is wrong");
        }
        check_receipt(&request, &receipt, &self.channel.prices())
            .map_err(|error| anyhow::anyhow!("the receipt is wrong: {error:?}"))?;
        let ids: Vec<u32> = serde_json::from_value(reply.body["choices"][0]["token_ids"].clone())?;
        if tokens_digest(&ids) != receipt.response_digest {
            bail!("the receipt is for another answer");
        }
        self.receipts.push(receipt_leaf(&request, &receipt)).context("the tree overflows")?;
        self.seq += 1;
        Ok((ids, receipt))
    }

    /// Calls until what is answered from now on is worth a batch: a model may end its answer after a word or two. Then
    /// hands over the voucher.
    pub async fn fill_batch(&mut self, model: &str, body: &CallBody, most: Balance) -> Result<()> {
        let before = self.answered()?;
        while self.answered()? < before.saturating_add(SMALLEST_BATCH) {
            self.call_for(model, body, most).await?;
        }
        self.pay_in_full().await
    }

    /// The last call that was answered.
    pub fn last(&self) -> Result<CallOf> {
        let seq = self.seq.checked_sub(1).context("nothing was called")?;
        Ok(CallOf { channel: self.channel.id, seq })
    }

    fn answered(&self) -> Result<Balance> {
        Ok(self.receipts.shape().context("the tree overflows")?.total)
    }

    /// Hands over the voucher for everything answered so far; fails when it is refused.
    pub async fn pay_in_full(&self) -> Result<()> {
        let reply = self.pay().await?;
        if reply.status >= 300 {
            bail!("the voucher was refused with {}: {}", reply.status, reply.body);
        }
        Ok(())
    }

    /// Hands over the voucher for everything answered so far, and reads the answer as it is.
    pub async fn pay(&self) -> Result<Reply> {
        let answer = self
            .http
            .post(format!("{}/v1/vouchers", self.endpoint))
            .header("x-souk-channel", STANDARD.encode(self.channel.id))
            .header("x-souk-voucher", header(&self.voucher()?, &self.key))
            .send()
            .await?;
        let status = answer.status().as_u16();
        Ok(Reply { status, body: answer.json().await.unwrap_or(Value::Null), receipt: None })
    }
}

fn parse_receipt(text: &str) -> Result<(Receipt, [u8; 64])> {
    let bytes = STANDARD.decode(text)?;
    let mut input = bytes.as_slice();
    let receipt = Receipt::decode(&mut input)?;
    Ok((receipt, input.try_into()?))
}
