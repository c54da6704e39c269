//! Printing for people and for programs.

use crate::failure::Failure;
use indicatif::{MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};
use serde_json::{json, Value};
use souk_client::{calls::Call, Chain, Keypair, Outcome};
use std::{borrow::Cow, sync::LazyLock, time::Duration};

/// All spinners and bars: they share the last lines of the terminal, and what is printed goes above them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON value a result instead of text.
    pub json: bool,
}

impl Output {
    /// Prints a result: `text` for people, `value` for programs.
    pub fn show(&self, value: Value, text: impl FnOnce() -> String) {
        if self.json {
            println!("{value}");
        } else {
            BARS.suspend(|| println!("{}", lines(&text())));
        }
    }

    /// Prints a failure to standard error.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            eprintln!("{}", json!({ "error": failure.message, "code": failure.code as u8 }));
        } else {
            BARS.suspend(|| eprintln!("error: {}", lines(&failure.to_string())));
        }
    }

    /// A spinner for a long wait; silent for programs and where nobody watches.
    pub fn wait(&self, message: impl Into<String>) -> Wait {
        if self.json {
            return Wait(ProgressBar::hidden());
        }
        let bar = BARS.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(120));
        Wait(bar)
    }

    /// A bar of bytes that fills up; silent for programs and where nobody watches. It goes away with its last clone.
    pub fn progress(&self, message: impl Into<Cow<'static, str>>, bytes: u64) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(bytes).with_message(message).with_finish(ProgressFinish::AndClear);
        let bar = BARS.add(bar);
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }

    /// Submits a call and waits until it is final, with a spinner.
    pub async fn submit(&self, chain: &Chain, pair: &Keypair, call: Call) -> crate::failure::Result<Outcome> {
        let wait = self.wait(format!("{}: waiting until it is final", call.label()));
        let outcome = chain.submit(pair, call).await?;
        drop(wait);
        Ok(outcome)
    }
}

/// A spinner that goes away when dropped.
pub struct Wait(ProgressBar);

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Characters that say nothing and change how others are shown: with them a stranger's text on the chain could overwrite
/// the price beside it, or look like a row of ours.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A stranger's text as one line that can be looked at: what is hidden in it shows as `\u{…}`.
pub fn legible(text: &str) -> String {
    if !text.contains(is_hidden) {
        return text.into();
    }
    text.chars().fold(String::new(), |mut shown, c| {
        match is_hidden(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
        shown
    })
}

/// The same of several lines.
fn lines(text: &str) -> String {
    text.split('\n').map(legible).collect::<Vec<_>>().join("\n")
}

/// Labels and values, in two columns.
pub fn columns(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> =
        rows.iter().map(|(label, value)| format!("{label:<width$}  {}", legible(value))).collect();
    lines.join("\n")
}

/// `3 calls`, `1 call`.
pub fn count(n: impl Into<u64>, what: &str) -> String {
    let n = n.into();
    format!("{n} {what}{}", if n == 1 { "" } else { plural(what) })
}

fn plural(what: &str) -> &'static str {
    if what.ends_with("ch") {
        "es"
    } else {
        "s"
    }
}

/// `0x` hex.
pub fn hex0x(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A short form of a digest, for people.
pub fn short(bytes: &[u8; 32]) -> String {
    format!("0x{}…", hex::encode(&bytes[..4]))
}

/// A transaction as JSON.
pub fn outcome_json(outcome: &Outcome) -> Value {
    json!({
        "block": outcome.block_number,
        "blockHash": hex0x(&outcome.block_hash),
        "transaction": hex0x(&outcome.extrinsic_hash),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_texts_should_not_reach_the_terminal_as_they_are() {
        let name = "x\u{1b}[2A\r\u{1b}[Kprice  1\nprice  1 SOUK\u{202e}\u{200b}";
        let text = columns(&[("price", "1000 SOUK".into()), ("terms", name.into())]);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains(|c| c != '\n' && is_hidden(c)), "{text}");
        assert!(
            text.contains(r"x\u{1b}[2A\u{d}\u{1b}[Kprice  1\u{a}price  1 SOUK\u{202e}\u{200b}"),
            "{text}"
        );
        assert_eq!(lines("a\u{1b}[8m\nb"), "a\\u{1b}[8m\nb");
        assert_eq!(legible("Größe 7 …"), "Größe 7 …");
    }

    #[test]
    fn columns_should_be_aligned() {
        let text = columns(&[("a", "1".into()), ("longer", "2".into())]);
        assert_eq!(text, "a       1\nlonger  2");
    }

    #[test]
    fn one_should_not_be_plural() {
        let told = [count(1u32, "call"), count(2u32, "call"), count(0u32, "batch")];
        assert_eq!(told, ["1 call", "2 calls", "0 batches"]);
    }
}
