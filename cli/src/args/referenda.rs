//! Referenda on the command line.

use super::digest;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Referenda.
#[derive(Args, Debug)]
pub struct ReferendaArgs {
    /// What to do; the open referenda when missing.
    #[command(subcommand)]
    pub command: Option<Referenda>,
    /// Ended ones too.
    #[arg(long)]
    pub all: bool,
    /// Only on this track, by its name or number.
    #[arg(long)]
    pub track: Option<String>,
}

/// What to look at, or to do.
#[derive(Subcommand, Debug)]
pub enum Referenda {
    /// Everything about one.
    Show {
        /// Its number.
        referendum: u32,
    },
    /// On which conditions referenda pass.
    Tracks,
    /// Ask the electorate: for a call, or with a text that is only put on record.
    Submit(SubmitArgs),
    /// Put up the decision deposit, without which nothing is decided. Anybody may.
    Deposit {
        /// The referendum's number.
        referendum: u32,
    },
    /// Take the bytes of a long call off the chain again, for the deposit that was put up for them (see `submit`).
    Unnote {
        /// Digest of the call, as `submit` and `show` name it.
        #[arg(value_parser = digest)]
        call: [u8; 32],
    },
    /// Have the deposits of an ended referendum returned to who put them up. Anybody may.
    Refund {
        /// The referendum's number.
        referendum: u32,
    },
}

/// A new referendum.
#[derive(Args, Debug)]
pub struct SubmitArgs {
    /// On this track, by its name or number (souk referenda tracks).
    #[arg(long)]
    pub track: String,
    /// What is asked.
    #[command(flatten)]
    pub asked: Asked,
    /// Run the call so many blocks after its approval; when the track asks for more, then.
    #[arg(long, value_name = "BLOCKS", default_value_t = 0)]
    pub after: u32,
    /// Put the decision deposit up as well.
    #[arg(long)]
    pub deposit: bool,
}

/// What is asked: one of these.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Asked {
    /// This text, which approval puts on record and nothing else (System.remark).
    #[arg(long)]
    pub text: Option<String>,
    /// This call, encoded in hex ("encoded call data" in polkadot.js).
    #[arg(long, value_name = "0xHEX", value_parser = call)]
    pub call: Option<CallBytes>,
    /// The call in this file: its hex, or its bytes.
    #[arg(long, value_name = "FILE")]
    pub call_file: Option<PathBuf>,
}

/// An encoded call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBytes(pub Vec<u8>);

fn call(text: &str) -> Result<CallBytes, String> {
    hex::decode(text.trim_start_matches("0x"))
        .map(CallBytes)
        .map_err(|e| format!("no call in hex ({e}); --text puts a text to the vote"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn parsed(line: &str) -> Result<Referenda, clap::Error> {
        match Cli::try_parse_from(format!("souk referenda {line}").split(' '))?.command {
            Command::Referenda(args) => Ok(args.command.expect("a command")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_word_they_should_be_listed() {
        let line = ["souk", "referenda", "--all", "--track", "root"];
        let Ok(Command::Referenda(args)) = Cli::try_parse_from(line).map(|cli| cli.command) else { panic!() };
        assert!(args.all && args.command.is_none());
        assert!(matches!(parsed("show 7"), Ok(Referenda::Show { referendum: 7 })));
    }

    #[test]
    fn a_referendum_should_ask_one_thing() {
        let Ok(Referenda::Submit(args)) = parsed("submit --track root --call 0x000004ff --deposit") else {
            panic!()
        };
        assert_eq!(args.asked.call, Some(CallBytes(vec![0, 0, 4, 255])));
        assert!(args.deposit && args.asked.text.is_none() && args.after == 0);
        let Ok(Referenda::Submit(args)) = parsed("submit --track root --text more --after 10") else {
            panic!()
        };
        assert_eq!((args.asked.text.as_deref(), args.after), (Some("more"), 10));
        for wrong in [
            "submit --track root",
            "submit --text x",
            "submit --track root --text x --call 0x00",
            "submit --track root --call Balances.transfer",
            "deposit",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
