//! A long random walk of everybody through the market, in the real configuration: sessions and eras go by, audits are
//! drawn from real VRFs, providers cheat, sit exams, are jailed, leave and come back. After every few blocks all books
//! must add up, and when everybody goes home nothing may be left open.
//!
//! `SOUK_WALK_SEED` walks another way; the seed is printed.

use super::{books, harness::*, market::*, walk_exams};
use crate::{
    constants::currency::SOUK, AccountId, Channels, Compute, Runtime, RuntimeEvent, Session, System,
};
use pallet_channels::types::{LastCalls, SignedVoucher};
use pallet_compute::types::Status;
use pallet_listings::types::OwnerStatus;
use souk_primitives::{hash, low_u128, verdict::Report, views::ChannelState, AuditId, Balance};
use sp_runtime::{DispatchError, DispatchResult};
use std::collections::BTreeMap;

/// Providers with the validators that carry them.
pub const PROVIDERS: [(&str, &str); 3] = [("Provider", "Alice"), ("Ferdie", "Bob"), ("Publisher", "Alice")];
const CONSUMERS: [&str; 2] = ["Consumer", "Eve"];
const ANYONE: [&str; 3] = ["Consumer", "Eve", "Publisher"];

/// Numbers that follow from a seed.
pub struct Dice {
    seed: u64,
    count: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    pub fn number(&mut self) -> u128 {
        self.count += 1;
        low_u128(&hash(&[b"walk", &self.seed.to_le_bytes(), &self.count.to_le_bytes()]))
    }

    pub fn below(&mut self, most: usize) -> usize {
        (self.number() % most as u128) as usize
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn souk(&mut self, most: usize) -> Balance {
        (1 + self.below(most * 10)) as Balance * SOUK / 10
    }
}

/// What walks did, and how often it worked or why it was refused.
#[derive(Default, Debug)]
struct Diary {
    worked: BTreeMap<&'static str, u32>,
    refused: BTreeMap<String, u32>,
    /// Ends of batches by reason.
    ends: BTreeMap<String, u32>,
    /// Exams and what they earned.
    exams: BTreeMap<String, u32>,
    jailed: u32,
    removed: u32,
}

struct Walk<'a> {
    dice: Dice,
    lines: Vec<Line>,
    ledger: books::Ledger,
    issuance: Option<books::Issuance>,
    diary: &'a mut Diary,
}

/// How an audit's committee finds the call: the same for all of its members.
fn truth(audit: &AuditId) -> Report {
    match audit[0] {
        0..=14 => invalid(),
        15..=24 => Report::Unavailable,
        25..=75 => doubtful(),
        _ => valid(),
    }
}

impl<'a> Walk<'a> {
    fn new(seed: u64, diary: &'a mut Diary) -> Self {
        Walk { dice: Dice::new(seed), lines: Vec::new(), ledger: Default::default(), issuance: None, diary }
    }

    fn note(&mut self, what: &'static str, result: Result<(), DispatchError>) {
        let Err(error) = result else {
            *self.diary.worked.entry(what).or_default() += 1;
            return;
        };
        let why: &'static str = error.into();
        *self.diary.refused.entry(format!("{what}: {why}")).or_default() += 1;
    }

    fn line(&mut self) -> Option<usize> {
        // Mostly one of the latest: the others are closed.
        let recent = if self.dice.one_in(4) { self.lines.len() } else { self.lines.len().min(8) };
        (recent > 0).then(|| self.lines.len() - 1 - self.dice.below(recent))
    }

    fn block(&mut self, busy: bool) {
        let has_room = !start_block();
        if busy && has_room {
            for _ in 0..self.dice.below(6) {
                self.act();
            }
        }
        self.committees();
        close_block();
        self.ledger.read_block();
        self.issuance.as_mut().expect("it was opened").read_block();
        for record in System::read_events_no_consensus() {
            walk_exams::count(&record.event, &mut self.diary.exams);
            match record.event {
                RuntimeEvent::Compute(pallet_compute::Event::Jailed { .. }) => self.diary.jailed += 1,
                RuntimeEvent::Compute(pallet_compute::Event::ProviderRemoved { .. }) => {
                    self.diary.removed += 1
                }
                _ => {}
            }
        }
        if System::block_number().is_multiple_of(8) {
            books::check();
        }
    }

    /// Members of open audits work, mostly as they should.
    fn committees(&mut self) {
        let open: Vec<AuditId> = pallet_attestation::OpenAudits::<Runtime>::iter_keys().collect();
        for audit in open {
            if self.dice.one_in(3) {
                continue;
            }
            let salt = self.dice.number();
            let results = work(audit, |who| {
                let luck = low_u128(&hash(&[&audit, who.as_ref()])) % 40;
                match luck {
                    // One that hardly answers, some that are late now and then, one that always accuses.
                    0 if !salt.is_multiple_of(4) => None,
                    1..=3 if salt.is_multiple_of(8) => None,
                    4 => Some(invalid()),
                    _ => Some(truth(&audit)),
                }
            });
            for result in results {
                // The pallet's own checks passed before; only an audit that another's reveal just ended may refuse.
                self.note("report", result.map_or(Err(DispatchError::Other("stale")), |done| done));
            }
        }
    }

    fn act(&mut self) {
        let (what, result): (&'static str, DispatchResult) = match self.dice.below(50) {
            0..=4 => ("open", self.open()),
            5..=13 => ("call", self.call()),
            14..=20 => ("settle", self.settle()),
            21 => ("settle many", self.settle_many()),
            22 => ("top up", self.top_up()),
            23..=24 => ("close", self.close()),
            25..=26 => ("settle last", self.settle_last()),
            27 => ("close by provider", self.close_by_provider()),
            28 => ("sweep", self.sweep()),
            29 => ("double receipt", self.double_receipt()),
            30 => ("limit", self.limit()),
            31..=32 => ("bond", self.bond()),
            33 => ("drain", self.drain()),
            34..=36 => ("come back", self.come_back()),
            37..=40 => ("verifier", self.verifier()),
            41 => ("listing", self.listing()),
            42 => ("forgery", self.forgery()),
            43..=47 => ("sit", walk_exams::sit(&mut self.dice)),
            _ => ("claim", walk_exams::claim(&mut self.dice)),
        };
        self.note(what, result);
    }

    fn open(&mut self) -> DispatchResult {
        let (provider, _) = self.dice.pick(&PROVIDERS);
        let consumer = self.dice.pick(&CONSUMERS);
        let deposit = self.dice.souk(40);
        let funder = if self.dice.one_in(4) { "Dave" } else { consumer };
        let lifetime = 30 + self.dice.below(120) as u32;
        let notice = self.dice.below(12) as u32;
        let line = Order { consumer, funder, provider, deposit, lifetime, notice }.open()?;
        self.lines.push(line);
        Ok(())
    }

    fn call(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let tokens = [10, 100, 1_000, 3_000][self.dice.below(4)];
        let more = 1 + self.dice.below(4);
        let answered = (0..more).filter(|_| self.lines[line].call(tokens)).count();
        if answered == 0 {
            return Err(DispatchError::Other("no call"));
        }
        Ok(())
    }

    fn settle(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let line = &self.lines[line];
        // Mostly all of it; sometimes an old voucher.
        let calls = line.calls.len() - usize::from(self.dice.one_in(4)).min(line.calls.len());
        line.settle(calls)
    }

    fn settle_many(&mut self) -> DispatchResult {
        let (provider, _) = self.dice.pick(&PROVIDERS);
        let vouchers: Vec<SignedVoucher> = self
            .lines
            .iter()
            .filter(|line| line.provider == provider)
            .map(|line| line.voucher(line.calls.len()))
            .take(8)
            .collect();
        let vouchers = vouchers.try_into().unwrap();
        submit(provider, pallet_channels::Call::settle_many { vouchers })
    }

    fn top_up(&mut self) -> DispatchResult {
        let Some(at) = self.line() else { return Err(DispatchError::Other("no line")) };
        let amount = self.dice.souk(10);
        let line = &mut self.lines[at];
        submit(line.consumer, pallet_channels::Call::top_up { channel: line.id, amount })?;
        line.deposit += amount;
        Ok(())
    }

    fn close(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let who = self.dice.pick(&ANYONE);
        submit(who, pallet_channels::Call::close { channel: self.lines[line].id })
    }

    fn settle_last(&mut self) -> DispatchResult {
        let closing: Vec<&Line> = self
            .lines
            .iter()
            .filter(|line| {
                Channels::channel_view(&line.id)
                    .is_some_and(|view| matches!(view.state, ChannelState::Closing { .. }))
            })
            .collect();
        if closing.is_empty() {
            return Err(DispatchError::Other("none closes"));
        }
        let line = closing[self.dice.below(closing.len())];
        let settled = Channels::channel_view(&line.id).unwrap().settled_calls as usize;
        let rest: Vec<_> = line.calls[settled.min(line.calls.len())..].iter().take(4).cloned().collect();
        let calls = LastCalls::truncate_from(rest);
        submit(line.provider, pallet_channels::Call::settle_last { channel: line.id, calls })
    }

    fn close_by_provider(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let last = self.dice.one_in(2);
        let line = &self.lines[line];
        let last = last.then(|| line.voucher(line.calls.len()));
        submit(line.provider, pallet_channels::Call::close_by_provider { channel: line.id, last })
    }

    fn sweep(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let channel = self.lines[line].id;
        let who = self.dice.pick(&ANYONE);
        match self.dice.below(3) {
            0 => submit(who, pallet_channels::Call::sweep { channel }),
            1 => {
                let provider = account(self.lines[line].provider);
                submit(who, pallet_channels::Call::admit { provider })
            }
            _ => {
                let open: Vec<AuditId> = pallet_attestation::OpenAudits::<Runtime>::iter_keys().collect();
                let audit = open.first().copied().unwrap_or_default();
                submit(who, pallet_attestation::Call::sweep { audit })
            }
        }
    }

    fn double_receipt(&mut self) -> DispatchResult {
        let Some(line) = self.line() else { return Err(DispatchError::Other("no line")) };
        let line = &self.lines[line];
        if line.calls.is_empty() || !self.dice.one_in(12) {
            return Err(DispatchError::Other("honest"));
        }
        let (first, second) = line.double(self.dice.below(line.calls.len()));
        let call =
            pallet_channels::Call::report_double_receipt { first: Box::new(first), second: Box::new(second) };
        submit("Eve", call)
    }

    fn limit(&mut self) -> DispatchResult {
        let consumer = self.dice.pick(&CONSUMERS);
        let provider = account(self.dice.pick(&PROVIDERS).0);
        if self.dice.one_in(3) {
            return submit(consumer, pallet_channels::Call::clear_limit { provider });
        }
        let (max_amount, max_channels) = (self.dice.souk(900), 1 + self.dice.below(16) as u32);
        submit(consumer, pallet_channels::Call::set_limit { provider, max_amount, max_channels })
    }

    fn bond(&mut self) -> DispatchResult {
        let (who, _) = self.dice.pick(&PROVIDERS);
        let amount = self.dice.souk(100);
        match self.dice.below(3) {
            0 => submit(who, pallet_compute::Call::bond_extra { amount }),
            1 => submit(who, pallet_compute::Call::unbond_some { amount }),
            _ => submit(who, pallet_compute::Call::withdraw_unbonded {}),
        }
    }

    fn drain(&mut self) -> DispatchResult {
        let (who, _) = self.dice.pick(&PROVIDERS);
        if !self.dice.one_in(5) {
            return submit(who, pallet_compute::Call::stop_serving { spec: spec().id() });
        }
        submit(who, pallet_compute::Call::drain {})
    }

    /// Whoever left or was jailed withdraws and registers again; whoever stopped serves again.
    fn come_back(&mut self) -> DispatchResult {
        let (who, validator) = self.dice.pick(&PROVIDERS);
        match pallet_compute::Providers::<Runtime>::get(account(who)).map(|provider| provider.status) {
            None => provide(who, validator),
            Some(Status::Active | Status::Pending) => serve(who),
            Some(_) => submit(who, pallet_compute::Call::withdraw {}),
        }
    }

    fn verifier(&mut self) -> DispatchResult {
        let who = self.dice.pick(&VALIDATORS);
        let spec = spec().id();
        match self.dice.below(12) {
            0 => submit(who, pallet_compute::Call::leave_verifier { spec }),
            1 => submit(who, pallet_compute::Call::withdraw_verifier {}),
            _ => submit(who, pallet_compute::Call::register_verifier { spec, bond: 10 * SOUK }),
        }
    }

    fn listing(&mut self) -> DispatchResult {
        let status = if self.dice.one_in(8) { OwnerStatus::Paused } else { OwnerStatus::Active };
        submit("Publisher", pallet_listings::Call::set_status { listing: 0, status })
    }

    /// Vouchers that must never settle anything: for more than was signed, by another's key, of another channel.
    fn forgery(&mut self) -> DispatchResult {
        let (Some(one), Some(two)) = (self.line(), self.line()) else {
            return Err(DispatchError::Other("no line"));
        };
        let (line, other) = (&self.lines[one], &self.lines[two]);
        let (mut more, theirs) = (line.voucher(line.calls.len()), other.voucher(other.calls.len()));
        more.voucher.cumulative += 1;
        for SignedVoucher { voucher, signature } in [more, theirs] {
            if voucher.channel == line.id || one != two {
                let call = pallet_channels::Call::settle { channel: line.id, voucher, signature };
                let before = Channels::channel_view(&line.id).unwrap().settled;
                assert!(submit(line.provider, call).is_err() || one == two);
                assert!(Channels::channel_view(&line.id).unwrap().settled == before || one == two);
            }
        }
        Ok(())
    }

    /// Everybody goes home: channels are closed, and whatever is open runs out.
    fn go_home(&mut self) {
        open_block();
        for line in &self.lines {
            let _ = submit(line.consumer, pallet_channels::Call::close { channel: line.id });
        }
        close_block();
        self.ledger.read_block();
        self.issuance.as_mut().expect("it was opened").read_block();
    }

    fn assert_nothing_is_open(&self) {
        books::check();
        assert_eq!(self.ledger.open(), 0);
        assert_eq!(pallet_channels::Batches::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_channels::Queue::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_channels::Unclaimed::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_attestation::OpenAudits::<Runtime>::iter().count(), 0);
        let channels: Vec<_> = pallet_channels::Channels::<Runtime>::iter_values().collect();
        assert_eq!(channels.len(), self.lines.len());
        assert!(channels.iter().all(|channel| matches!(channel.state, ChannelState::Closed { .. })));
        for (who, _) in PROVIDERS {
            assert_eq!(Compute::exposed(&account(who)), 0);
        }
        for row in Channels::solvency() {
            assert_eq!((row.held, row.owed), (0, 0), "{}", row.purpose);
        }
    }
}

impl Diary {
    /// Walks that did nothing would prove nothing.
    fn assert_the_market_was_seen(&self) {
        let calls = ["open", "settle", "settle many", "settle last", "top up", "close", "close by provider"];
        let others = ["double receipt", "report", "bond", "drain", "come back", "verifier", "limit"];
        for what in calls.into_iter().chain(others).chain(["sit", "claim"]) {
            assert!(self.worked.contains_key(what), "{what} never worked");
        }
        for reason in ["NotDrawn", "Valid", "Doubtful", "Fraud"] {
            assert!(self.ends.contains_key(reason), "no batch ended as {reason}");
        }
        for end in ["passed", "failed", "settled", "claimed", "compounded"] {
            assert!(self.exams.contains_key(end), "nothing was {end}");
        }
        assert!(self.jailed > 1, "{} were jailed", self.jailed);
    }
}

/// Which ways to walk.
pub fn seeds() -> Vec<u64> {
    match std::env::var("SOUK_WALK_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => vec![1, 2, 3],
    }
}

#[test]
fn the_books_should_add_up_after_any_walk_through_the_market() {
    let mut diary = Diary::default();
    let seeds = seeds();
    for seed in &seeds {
        println!("SOUK_WALK_SEED={seed}");
        let mut walk = Walk::new(*seed, &mut diary);
        let mut chain = local();
        chain.execute_with(|| {
            open_market();
            open_block();
            walk_exams::hold_exams();
            for (who, validator) in PROVIDERS {
                provide(who, validator).unwrap();
            }
            close_block();
            walk.issuance = Some(books::Issuance::new());
        });
        // In pieces: what is committed to the backend keeps the overlay, and so each block's root, small.
        for _ in 0..60 {
            chain.execute_with(|| {
                // One of them has a record whatever it did, so that some batches are not drawn.
                let veteran: AccountId = account("Ferdie");
                Compute::mutate_record(&veteran, &spec().id(), |record| record.ok = 100_000);
                (0..10).for_each(|_| walk.block(true))
            });
            chain.commit_all().unwrap();
        }
        chain.execute_with(|| walk.go_home());
        for _ in 0..40 {
            chain.execute_with(|| (0..10).for_each(|_| walk.block(false)));
            chain.commit_all().unwrap();
        }
        chain.execute_with(|| {
            walk.assert_nothing_is_open();
            assert!(Session::current_index() >= 50);
            let issuance = walk.issuance.as_ref().unwrap();
            assert!(issuance.minted > 0 && issuance.burnt > 0);
        });
        for (reason, count) in walk.ledger.reasons {
            *diary.ends.entry(reason).or_default() += count;
        }
    }
    println!("{diary:#?}");
    if seeds.len() > 1 {
        diary.assert_the_market_was_seen();
    }
}
