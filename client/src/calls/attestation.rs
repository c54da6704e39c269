//! Calls of the attestation pallet that an account signs. Commits and reveals are sent by off-chain workers.

use super::Call;
use souk_primitives::AuditId;

/// Decides an audit to which nobody can add anything.
pub fn sweep(audit: AuditId) -> Call {
    Call::new("Attestation", "sweep").arg("audit", audit)
}
