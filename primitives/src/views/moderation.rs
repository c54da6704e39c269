//! Views of cases against listings.

use super::json;
use crate::{
    moderation::{CaseId, DelistReason},
    AccountId, Balance, BlockNumber, Digest, ListingId,
};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

view! {
    /// A case against a listing that is not closed yet.
    pub struct ModerationView {
        /// The listing.
        pub listing: ListingId,
        /// Number of the case: what a decision names.
        pub case: CaseId,
        /// Why it shall be taken off.
        pub reason: DelistReason,
        /// Digest of what shows that.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub evidence: Digest,
        /// Who opened the case; none when it was the moderators' track.
        pub moderator: Option<AccountId>,
        /// What of the moderator's bond is tied to it, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub bond: Balance,
        /// Last live block in which the owner may appeal.
        pub notice_until: BlockNumber,
        /// The owner's appeal.
        pub appeal: Option<AppealView>,
        /// Whether its time is over: the listing is delisted, and anyone may close the case.
        pub is_over: bool,
    }
}

view! {
    /// An appeal.
    pub struct AppealView {
        /// Who appealed.
        pub by: AccountId,
        /// Deposit on hold, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub deposit: Balance,
        /// Digest of what the owner says.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub statement: Digest,
        /// Last live block in which it can be decided; until then nothing is delisted.
        pub until: BlockNumber,
    }
}
