//! Builders of transactions. Each argument is SCALE of the type in `souk_primitives`, under the field's name.

pub mod attestation;
pub mod balances;
pub mod channels;
pub mod compute;
pub mod licensing;
pub mod listings;
pub mod pools;
pub mod referenda;
pub mod rewards;
pub mod staking;
pub mod system;
pub mod voting;

use codec::{Encode, Output};
use std::borrow::Cow;

/// An argument that is SCALE already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale(pub Vec<u8>);

impl Encode for Scale {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.0);
    }
}

/// A call of the runtime, before it is encoded for a particular version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub(crate) pallet: Cow<'static, str>,
    pub(crate) name: Cow<'static, str>,
    pub(crate) args: Vec<(Cow<'static, str>, Arg)>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// SCALE.
    Scale(Vec<u8>),
    /// A call inside a call.
    Call(Box<Call>),
    /// Several of them.
    Calls(Vec<Call>),
}

impl Call {
    /// A call without arguments yet, by the names of pallet and call.
    pub fn new(pallet: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        Self { pallet: pallet.into(), name: name.into(), args: Vec::new() }
    }

    /// Adds an argument.
    pub fn arg(self, field: impl Into<Cow<'static, str>>, value: impl Encode) -> Self {
        self.with(field, Arg::Scale(value.encode()))
    }

    /// Adds an argument that is a call.
    pub fn call_arg(self, field: impl Into<Cow<'static, str>>, call: Call) -> Self {
        self.with(field, Arg::Call(Box::new(call)))
    }

    /// Adds an argument that is a list of calls.
    pub fn calls_arg(self, field: impl Into<Cow<'static, str>>, calls: Vec<Call>) -> Self {
        self.with(field, Arg::Calls(calls))
    }

    fn with(mut self, field: impl Into<Cow<'static, str>>, arg: Arg) -> Self {
        self.args.push((field.into(), arg));
        self
    }

    /// `Pallet.call`, for people.
    pub fn label(&self) -> String {
        format!("{}.{}", self.pallet, self.name)
    }
}
