// Offers and the money of a purchase, from the encodings page and the published vectors alone. Amounts are bigint, in units.
import { bytes, concat, hash, tag, u128, u16, u32, u8 } from "./bytes.mjs";

/** Units of one SOUK. */
export const SOUK = 10n ** 12n;

const max = (...amounts) => amounts.reduce((a, b) => (a > b ? a : b));
const min = (a, b) => (a < b ? a : b);
const share = (amount, millionths) => (amount * BigInt(millionths)) / 1_000_000n;

const grantBytes = (grant) => {
  if (grant === "Perpetual") return u8(0);
  return grant.Lease ? concat(u8(1), u32(grant.Lease.period)) : concat(u8(2), u32(grant.Metered.share));
};

/** An offer, in the shape in which the call `listings.add_offer` takes it, as SCALE. */
export const encodeOffer = ({ grant, price, purposes, seats, transferable, deliverWithin, referral, terms }) =>
  concat(
    grantBytes(grant),
    u128(price),
    u16(purposes),
    u32(seats),
    u8(transferable ? 1 : 0),
    u32(deliverWithin),
    u32(referral),
    bytes(tag(terms.uri)),
    terms.digest,
  );

/** What a purchase names of an offer, so that it can't be replaced under the buyer. */
export const offerDigest = (offer) => hash(encodeOffer(offer));

/** What both sides lose when a copy is not accepted. */
export const handling = (price) => min(max(share(price, 10_000), SOUK / 100n), 10n * SOUK);

/** What the buyer puts on hold beside the price. */
export const complaintDeposit = (price) => max(share(price, 50_000), SOUK / 100n);

/** What the seller puts on hold when it offers a copy; `complaintFee` is what the largest complaint costs. */
export const sellerBond = (price, complaintFee) => max(share(price, 200_000), 3n * complaintFee, handling(price));

/** Where a price goes: shares in millionths, `royalties` and `referral` of what the protocol leaves. */
export const settle = (price, protocol, royalties, referral) => {
  let room = share(price, 900_000);
  const take = (wanted) => {
    const taken = min(wanted, room);
    room -= taken;
    return taken;
  };
  const fee = take(share(price, protocol));
  const left = price - fee;
  const toParents = royalties.map((part) => take(share(left, part)));
  const toReferrer = take(share(left, referral));
  const toOwner = toParents.reduce((rest, part) => rest - part, left - toReferrer);
  return { burnt: fee - fee / 2n, treasury: fee / 2n, toParents, toReferrer, toOwner };
};
