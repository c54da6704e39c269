//! What the pallet tells: a section of its module, which uses what that imports.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Something was ordered; its price is on hold.
        Ordered {
            /// The purchase.
            purchase: PurchaseId,
            /// Who buys.
            buyer: AccountId,
            /// Who sells.
            seller: AccountId,
            /// What is bought.
            listing: ListingId,
            /// Which version.
            version: VersionId,
            /// By which offer.
            offer: OfferId,
            /// For what.
            purpose: Purposes,
            /// Under which terms.
            terms_digest: Digest,
            /// The price.
            price: Balance,
            /// The complaint deposit.
            deposit: Balance,
            /// Last live block for the copy.
            deliver_by: BlockNumber,
        },
        /// The seller offers a copy.
        CopyOffered {
            /// The purchase.
            purchase: PurchaseId,
            /// The copy.
            copy: Offered,
            /// The seller's bond, on hold.
            bond: Balance,
            /// Last live block to accept it.
            accept_by: BlockNumber,
        },
        /// The buyer has the copy.
        CopyAccepted {
            /// The purchase.
            purchase: PurchaseId,
            /// Last live block for the key.
            reveal_by: BlockNumber,
        },
        /// The seller revealed the key, sealed to the buyer.
        KeyRevealed {
            /// The purchase.
            purchase: PurchaseId,
            /// The key.
            sealed_key: SealedKey,
            /// Last live block for a complaint.
            complain_by: BlockNumber,
        },
        /// A purchase ended.
        PurchaseEnded {
            /// The purchase.
            purchase: PurchaseId,
            /// Who bought.
            buyer: AccountId,
            /// Who sold.
            seller: AccountId,
            /// What was bought.
            listing: ListingId,
            /// Why it ended.
            reason: CloseReason,
            /// What an upheld complaint showed.
            fault: Option<Fault>,
            /// Where all of its money went.
            amounts: Amounts,
        },
        /// A parent's owner got its royalty.
        RoyaltyPaid {
            /// The purchase or licence.
            purchase: PurchaseId,
            /// The parent.
            listing: ListingId,
            /// Its owner.
            owner: AccountId,
            /// How much.
            amount: Balance,
        },
        /// Somebody may use something.
        LicenceIssued {
            /// The licence, with the id of its purchase.
            licence: LicenceId,
            /// Who holds it.
            holder: AccountId,
            /// What may be used.
            listing: ListingId,
            /// Which version was bought.
            version: VersionId,
            /// For what.
            purpose: Purposes,
            /// Under which terms.
            terms_digest: Digest,
            /// For how long.
            grant: Grant,
            /// Last live block of a lease.
            expires_at: Option<BlockNumber>,
        },
        /// A lease was renewed.
        Renewed {
            /// The licence.
            licence: LicenceId,
            /// Its last live block.
            expires_at: BlockNumber,
            /// The terms that the holder agrees to now.
            terms_digest: Digest,
            /// Who sold it: the owner of the listing.
            seller: AccountId,
            /// Where all of the price went.
            amounts: Amounts,
        },
        /// What serving under a metered licence brought was paid out, after the parents' royalties.
        PaidOut {
            /// The licence.
            licence: LicenceId,
            /// What was served.
            listing: ListingId,
            /// Its owner.
            publisher: AccountId,
            /// To the publisher.
            amount: Balance,
            /// To the parents' owners.
            royalties: Balance,
        },
        /// A licence changed hands; its seats are free.
        Transferred {
            /// The licence.
            licence: LicenceId,
            /// Who had it.
            from: AccountId,
            /// Who has it.
            to: AccountId,
        },
        /// An account may use a licence.
        SeatAssigned {
            /// The licence.
            licence: LicenceId,
            /// Who.
            user: AccountId,
        },
        /// An account may no longer use a licence.
        SeatFreed {
            /// The licence.
            licence: LicenceId,
            /// Who.
            user: AccountId,
        },
        /// A share is kept for an account that could not take it.
        ShareKept {
            /// Whose it is.
            owner: AccountId,
            /// How much.
            amount: Balance,
        },
        /// A seller announced where its copies are fetched, or took that back.
        StoreSet {
            /// Who.
            seller: AccountId,
            /// Where.
            endpoint: Option<Endpoint>,
        },
        /// Kept shares were paid.
        ShareClaimed {
            /// Who got them.
            owner: AccountId,
            /// How much.
            amount: Balance,
        },
    }
}
