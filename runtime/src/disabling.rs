//! Which offences stop a validator from authoring.

use core::marker::PhantomData;
use pallet_session::disabling::{DisablingDecision, DisablingStrategy};
use sp_runtime::Perbill;
use sp_staking::offence::OffenceSeverity;

/// Offences that slash less than this disable nobody.
pub const DISABLING_THRESHOLD: Perbill = Perbill::from_percent(10);

/// Asks `Inner` only about offences of at least [`DISABLING_THRESHOLD`].
///
/// Staking reports every offence of the active era to the session's strategy, one of 0 % too, and a disabled
/// validator's block is refused by BABE. A validator that was merely offline, or whose provider cheated, has not
/// attacked consensus: without this it would stop authoring.
pub struct FromThreshold<Inner>(PhantomData<Inner>);

impl<T, Inner> DisablingStrategy<T> for FromThreshold<Inner>
where
    T: pallet_session::Config,
    Inner: DisablingStrategy<T>,
{
    fn decision(
        offender: &T::ValidatorId,
        severity: OffenceSeverity,
        disabled: &alloc::vec::Vec<(u32, OffenceSeverity)>,
    ) -> DisablingDecision {
        if severity.0 < DISABLING_THRESHOLD {
            return DisablingDecision { disable: None, reenable: None };
        }
        Inner::decision(offender, severity, disabled)
    }
}
