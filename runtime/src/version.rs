//! The version of this runtime.

use crate::RUNTIME_API_VERSIONS;
use alloc::borrow::Cow;
use sp_version::{runtime_version, RuntimeVersion};

/// The version of this runtime.
#[cfg(not(feature = "rehearsal"))]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("souk"),
    impl_name: Cow::Borrowed("souk"),
    authoring_version: 1,
    spec_version: 2,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// The version of the runtime that an upgrade rehearsal upgrades to: above every real one.
#[cfg(feature = "rehearsal")]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("souk"),
    impl_name: Cow::Borrowed("souk"),
    authoring_version: 1,
    spec_version: 1_000_000,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};
