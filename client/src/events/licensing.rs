//! Events of sales: pallet licensing.

use codec::{Decode, Encode};
use souk_primitives::{
    close::CloseReason,
    complaint::Fault,
    exchange::SealedKey,
    licence::{Grant, Purposes},
    AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, OfferId, PurchaseId, VersionId,
};

/// What a seller offers and a buyer accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Offered {
    /// Root of the tree over the encrypted chunks.
    pub ciphertext_root: Digest,
    /// Commitment to the content key.
    pub key_commitment: Digest,
}

/// Where all money of a purchase, or of a renewal, went, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Amounts {
    /// Of its own money, back to the buyer.
    pub refunded: Balance,
    /// Of the seller's bond, to the buyer.
    pub compensation: Balance,
    /// Of the bond, back to the seller.
    pub bond_returned: Balance,
    /// Of the complaint deposit, to the seller.
    pub forfeited: Balance,
    /// Of the price, to the seller.
    pub paid: Balance,
    /// Of the price, to the parents' owners.
    pub royalties: Balance,
    /// Of the price, to the referrer.
    pub referral: Balance,
    /// Of the price, to the treasury.
    pub treasury: Balance,
    /// Burnt.
    pub burnt: Balance,
}

super::events! {
    /// An event of a sale.
    SaleEvent by sale
    /// Something was ordered; its price is on hold.
    "Licensing".Ordered {
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
    }
    /// The seller offers a copy.
    "Licensing".CopyOffered {
        /// The purchase.
        purchase: PurchaseId,
        /// The copy.
        copy: Offered,
        /// The seller's bond, on hold.
        bond: Balance,
        /// Last live block to accept it.
        accept_by: BlockNumber,
    }
    /// The buyer has the copy.
    "Licensing".CopyAccepted {
        /// The purchase.
        purchase: PurchaseId,
        /// Last live block for the key.
        reveal_by: BlockNumber,
    }
    /// The seller revealed the key, sealed to the buyer.
    "Licensing".KeyRevealed {
        /// The purchase.
        purchase: PurchaseId,
        /// The key.
        sealed_key: SealedKey,
        /// Last live block for a complaint.
        complain_by: BlockNumber,
    }
    /// A purchase ended.
    "Licensing".PurchaseEnded {
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
    }
    /// A parent's owner got its royalty.
    "Licensing".RoyaltyPaid {
        /// The purchase or licence.
        purchase: PurchaseId,
        /// The parent.
        listing: ListingId,
        /// Its owner.
        owner: AccountId,
        /// How much.
        amount: Balance,
    }
    /// Somebody may use something.
    "Licensing".LicenceIssued {
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
    }
    /// A lease was renewed.
    "Licensing".Renewed {
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
    }
    /// What serving under a metered licence brought was paid out, after the parents' royalties.
    "Licensing".PaidOut {
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
    }
    /// A licence changed hands; its seats are free.
    "Licensing".Transferred {
        /// The licence.
        licence: LicenceId,
        /// Who had it.
        from: AccountId,
        /// Who has it.
        to: AccountId,
    }
    /// An account may use a licence.
    "Licensing".SeatAssigned {
        /// The licence.
        licence: LicenceId,
        /// Who.
        user: AccountId,
    }
    /// An account may no longer use a licence.
    "Licensing".SeatFreed {
        /// The licence.
        licence: LicenceId,
        /// Who.
        user: AccountId,
    }
    /// A share is kept for an account that could not take it.
    "Licensing".ShareKept {
        /// Whose it is.
        owner: AccountId,
        /// How much.
        amount: Balance,
    }
    /// Kept shares were paid.
    "Licensing".ShareClaimed {
        /// Who got them.
        owner: AccountId,
        /// How much.
        amount: Balance,
    }
    /// A seller said where its copies are fetched, or took it back.
    "Licensing".StoreSet {
        /// Who sells.
        seller: AccountId,
        /// The address, UTF-8; none when it was taken back.
        endpoint: Option<Vec<u8>>,
    }
}
