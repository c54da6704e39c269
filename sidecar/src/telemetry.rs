//! Metrics and logs.

use crate::config::{Log, LogFormat};
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use souk_primitives::{call::Finish, Balance};
use std::time::Duration;

/// Counters of the sidecar, as Prometheus reads them.
pub struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    tokens: IntCounterVec,
    latency: HistogramVec,
    first_token: Histogram,
    refused: IntCounterVec,
    receipts: IntCounter,
    charged: IntCounter,
    settlements: IntCounterVec,
    audits: IntCounterVec,
    running: IntGauge,
    queue: IntGauge,
    finalised: IntGauge,
    sales: IntCounterVec,
    copied: IntCounter,
    streams: IntGauge,
    stored: IntGauge,
    unfunded: IntGauge,
    slow_readers: IntCounter,
    exams: IntCounterVec,
    exam_speed: IntGauge,
}

fn finish_name(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Cancelled => "cancelled",
        Finish::Error => "error",
    }
}

impl Metrics {
    /// Registers everything.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters =
            |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec, prometheus::Error> {
                let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
                registry.register(Box::new(counter.clone()))?;
                Ok(counter)
            };
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let buckets = vec![0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
        let latency = HistogramVec::new(
            HistogramOpts::new("souk_call_seconds", "Time of answered calls").buckets(buckets.clone()),
            &["model"],
        )?;
        registry.register(Box::new(latency.clone()))?;
        let first_token = Histogram::with_opts(
            HistogramOpts::new("souk_first_token_seconds", "Time to the first token of a stream")
                .buckets(buckets),
        )?;
        registry.register(Box::new(first_token.clone()))?;
        Ok(Self {
            calls: counters("souk_calls_total", "Answered calls", &["model", "finish"])?,
            tokens: counters("souk_tokens_total", "Tokens generated for clients", &["model"])?,
            refused: counters("souk_refused_total", "Refused requests by reason", &["reason"])?,
            receipts: counter("souk_receipts_total", "Receipts signed")?,
            charged: counter("souk_charged_units_total", "Units charged by receipts")?,
            settlements: counters(
                "souk_settlements_total",
                "Settlements by kind and outcome",
                &["kind", "outcome"],
            )?,
            audits: counters("souk_audits_total", "Audit jobs by outcome", &["outcome"])?,
            running: gauge("souk_calls_running", "Calls that run or wait")?,
            queue: gauge("souk_engine_queue", "Jobs in the engines")?,
            finalised: gauge("souk_finalised_block", "Last finalised block seen")?,
            sales: counters("souk_sales_total", "Steps of sales by outcome", &["step", "outcome"])?,
            copied: counter("souk_copy_bytes_total", "Bytes of copies sent to buyers")?,
            streams: gauge("souk_copy_streams", "Copies that are being sent")?,
            stored: gauge("souk_store_bytes", "Bytes of all segments of the store")?,
            unfunded: gauge("souk_offers_unfunded", "Copies that are not offered for want of money")?,
            slow_readers: counter(
                "souk_copy_slow_readers_total",
                "Connections closed for reading too slowly",
            )?,
            exams: counters("souk_exams_total", "Exams by outcome", &["outcome"])?,
            exam_speed: gauge("souk_exam_tokens_per_second", "Tokens a second of the last exam")?,
            registry,
            latency,
            first_token,
        })
    }

    /// A call ended.
    pub fn answered(&self, model: &str, finish: Finish, tokens: usize, took: Duration) {
        self.calls.with_label_values(&[model, finish_name(finish)]).inc();
        self.tokens.with_label_values(&[model]).inc_by(tokens as u64);
        self.latency.with_label_values(&[model]).observe(took.as_secs_f64());
    }

    /// The first token of a stream was sent.
    pub fn first_token(&self, took: Duration) {
        self.first_token.observe(took.as_secs_f64());
    }

    /// A request was refused.
    pub fn refused(&self, reason: &str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    /// A receipt was signed.
    pub fn charged(&self, charge: Balance) {
        self.receipts.inc();
        self.charged.inc_by(u64::try_from(charge).unwrap_or(u64::MAX));
    }

    /// A settlement ended.
    pub fn settled(&self, kind: &str, ok: bool) {
        self.settlements.with_label_values(&[kind, if ok { "ok" } else { "failed" }]).inc();
    }

    /// An audit job ended.
    pub fn audited(&self, outcome: &str) {
        self.audits.with_label_values(&[outcome]).inc();
    }

    /// The keeper saw a finalised block.
    pub fn finalised(&self, number: u32) {
        self.finalised.set(number.into());
    }

    /// A step of a sale ended: `copy`, `offer`, `reveal` or `settle`.
    pub fn sold(&self, step: &str, outcome: &str) {
        self.sales.with_label_values(&[step, outcome]).inc();
    }

    /// Bytes went to a buyer.
    pub fn copied(&self, bytes: usize) {
        self.copied.inc_by(bytes as u64);
    }

    /// So many bytes are in the store.
    pub fn stored(&self, bytes: u64) {
        self.stored.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// So many copies can't be offered: the seller, or its proxy, has too little money.
    pub fn unfunded(&self, offers: usize) {
        self.unfunded.set(i64::try_from(offers).unwrap_or(i64::MAX));
    }

    /// A copy was read too slowly.
    pub fn slow_reader(&self) {
        self.slow_readers.inc();
    }

    /// An exam was committed to, or was not and why.
    pub fn examined(&self, outcome: &str) {
        self.exams.with_label_values(&[outcome]).inc();
    }

    /// So fast were the answers of the last exam.
    pub fn exam_speed(&self, tokens_per_second: u64) {
        self.exam_speed.set(i64::try_from(tokens_per_second).unwrap_or(i64::MAX));
    }

    /// The text that Prometheus scrapes.
    pub fn render(&self, running: usize, queue: usize, streams: usize) -> String {
        self.running.set(running as i64);
        self.streams.set(streams as i64);
        self.queue.set(queue as i64);
        let mut text = Vec::new();
        // Writing to memory can't fail; a half-written page would only lack lines.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Starts logging. Called once, at start.
pub fn init(log: &Log) -> Result<(), String> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(&log.filter))
        .map_err(|error| format!("log.filter: {error}"))?;
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_should_be_rendered_with_their_labels() {
        let metrics = Metrics::new().unwrap();
        metrics.answered("m", Finish::Stop, 7, Duration::from_millis(30));
        metrics.refused("seq_taken");
        metrics.charged(12);
        let text = metrics.render(1, 2, 0);
        for line in [
            "souk_calls_total{finish=\"stop\",model=\"m\"} 1",
            "souk_tokens_total{model=\"m\"} 7",
            "souk_refused_total{reason=\"seq_taken\"} 1",
            "souk_charged_units_total 12",
            "souk_engine_queue 2",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
