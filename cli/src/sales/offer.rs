//! Offers, purposes and times as people write and read them.

use souk_client::{parse_souk, souk};
use souk_primitives::{
    licence::{BadOffer, Grant, Offer, Purposes, Terms, MAX_SEATS},
    lineage::Parent,
    BlockNumber,
};

/// Seconds between two blocks, as the chain aims at.
pub const BLOCK_SECS: u64 = 3;
/// Purposes by name.
const PURPOSES: [(&str, Purposes); 6] = [
    ("research", Purposes::RESEARCH),
    ("commercial", Purposes::COMMERCIAL),
    ("training", Purposes::TRAINING),
    ("inference", Purposes::INFERENCE),
    ("redistribution", Purposes::REDISTRIBUTION),
    ("derivative", Purposes::DERIVATIVE),
];

/// Reads purposes: names with commas (or `+`) between them, or `all`.
pub fn purposes(text: &str) -> Result<Purposes, String> {
    let mut all = Purposes::default();
    for name in text.split([',', '+']).map(str::trim).filter(|name| !name.is_empty()) {
        let known = PURPOSES.iter().find(|(known, _)| *known == name).map(|(_, purpose)| *purpose);
        let purpose = known.or((name == "all").then_some(Purposes::ALL)).ok_or_else(|| {
            format!(
                "{name:?} is no purpose; there are {}, and all",
                PURPOSES.map(|(name, _)| name).join(", ")
            )
        })?;
        all = all.and(purpose);
    }
    match all.is_valid() {
        true => Ok(all),
        false => Err("name at least one purpose".into()),
    }
}

/// Purposes for people.
pub fn show_purposes(purposes: Purposes) -> String {
    let named: Vec<&str> =
        PURPOSES.iter().filter(|(_, one)| purposes.allow(*one)).map(|(name, _)| *name).collect();
    named.join(", ")
}

/// Reads a time as live blocks: `30d`, `12h`, `90m`, `45s`, or blocks as `1000b`.
pub fn blocks(text: &str) -> Result<BlockNumber, String> {
    let bad = || format!("{text:?} is no time: write 30d, 12h, 90m, 45s, or 1000b for blocks");
    let text = text.trim();
    let unit = text.chars().next_back().ok_or_else(bad)?;
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(bad)?;
    let seconds = match unit {
        'b' => return number.try_into().map_err(|_| bad()),
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(bad()),
    };
    let blocks = number.checked_mul(seconds).map(|seconds| seconds.div_ceil(BLOCK_SECS));
    blocks.and_then(|blocks| blocks.try_into().ok()).ok_or_else(bad)
}

/// Live blocks as a time, for people.
pub fn show_blocks(blocks: BlockNumber) -> String {
    let seconds = u64::from(blocks).saturating_mul(BLOCK_SECS);
    let (number, unit) = match seconds {
        172_800.. => (seconds / 86_400, "days"),
        7_200.. => (seconds / 3_600, "hours"),
        120.. => (seconds / 60, "minutes"),
        _ => (seconds, "seconds"),
    };
    format!("about {number} {unit}")
}

/// Reads a share: `5%`, `2.5%`, in millionths at last.
pub fn share(text: &str) -> Result<u32, String> {
    let bad = || format!("{text:?} is no share: write 5% or 2.5%, with at most 4 decimals");
    let number = text.trim().strip_suffix('%').ok_or_else(bad)?;
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || rest.len() > 4 || !whole.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let millionths: u32 = format!("{whole}{rest:0<4}").parse().map_err(|_| bad())?;
    match millionths <= 1_000_000 {
        true => Ok(millionths),
        false => Err(bad()),
    }
}

/// A share for people.
pub fn show_share(millionths: u32) -> String {
    let (whole, rest) = (millionths / 10_000, millionths % 10_000);
    match rest {
        0 => format!("{whole} %"),
        rest => format!("{whole}.{} %", format!("{rest:04}").trim_end_matches('0')),
    }
}

/// Reads a parent: `listing@version:royalty%`.
pub fn parent(text: &str) -> Result<Parent, String> {
    let bad = || format!("{text:?} is no parent: write LISTING@VERSION:ROYALTY%, for example 3@0:5%");
    let (place, royalty) = text.split_once(':').ok_or_else(bad)?;
    let (listing, version) = place.split_once('@').ok_or_else(bad)?;
    Ok(Parent {
        listing: listing.trim().parse().map_err(|_| bad())?,
        version: version.trim().parse().map_err(|_| bad())?,
        royalty: share(royalty)?,
    })
}

/// What every offer of a command has unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// For what.
    pub purposes: Option<Purposes>,
    /// Live blocks in which the seller delivers.
    pub deliver_within: BlockNumber,
    /// The terms of use.
    pub terms: Terms,
}

/// Reads an offer: `perpetual:PRICE`, `lease:TIME:PRICE` or `metered:SHARE%:PRICE`, then any of `seats=N`, `transferable`,
/// `referral=SHARE%`, `purposes=a+b` and `deliver=TIME`, each after a colon. Refuses what the chain would.
pub fn offer(text: &str, defaults: &Defaults) -> Result<Offer, String> {
    let within = |reason: String| format!("--offer {text}: {reason}");
    let mut parts = text.split(':').map(str::trim);
    let mut next = |what: &str| parts.next().ok_or_else(|| within(format!("{what} is missing")));
    let grant = match next("the kind")? {
        "perpetual" => Grant::Perpetual,
        "lease" => Grant::Lease { period: blocks(next("the time")?).map_err(within)? },
        "metered" => Grant::Metered { share: share(next("the share")?).map_err(within)? },
        other => return Err(within(format!("{other:?} is no kind of offer: perpetual, lease or metered"))),
    };
    let price = parse_souk(next("the price")?).map_err(within)?;
    let mut offer = Offer {
        grant,
        price,
        purposes: defaults.purposes.unwrap_or_default(),
        seats: 1,
        transferable: false,
        deliver_within: defaults.deliver_within,
        referral: 0,
        terms: defaults.terms.clone(),
    };
    for part in parts {
        match part.split_once('=').unwrap_or((part, "")) {
            ("transferable", "") => offer.transferable = true,
            ("seats", n) => offer.seats = n.parse().map_err(|_| within(format!("{n:?} seats")))?,
            ("referral", text) => offer.referral = share(text).map_err(within)?,
            ("purposes", text) => offer.purposes = purposes(text).map_err(within)?,
            ("deliver", text) => offer.deliver_within = blocks(text).map_err(within)?,
            _ => {
                let known = "seats=N, transferable, referral=N%, purposes=a+b, deliver=TIME";
                return Err(within(format!("{part:?} is not known; there are {known}")));
            }
        }
    }
    offer.check().map_err(|bad| within(reason(bad)))?;
    Ok(offer)
}

/// Why the chain would refuse an offer, and what to write instead.
fn reason(bad: BadOffer) -> String {
    match bad {
        BadOffer::Purposes => "it needs a purpose: --purpose research,inference for all offers".into(),
        BadOffer::Seats => format!("a licence has 1 to {MAX_SEATS} seats"),
        BadOffer::Period => "a lease lasts at least a block and at most a century".into(),
        BadOffer::Metered => "a metered share is at most 50 %, with one seat, and not transferable".into(),
        BadOffer::Referral => "a referrer's share is at most 5 %".into(),
        BadOffer::Delivery => "delivery takes some time: --deliver-within 1h".into(),
        BadOffer::Terms => "the address of the terms is not UTF-8".into(),
    }
}

/// A grant for people.
pub fn show_grant(grant: &Grant) -> String {
    match grant {
        Grant::Perpetual => "for ever".into(),
        Grant::Lease { period } => format!("for {}", show_blocks(*period)),
        Grant::Metered { share } => format!("for serving, {} of what calls bring", show_share(*share)),
    }
}

/// A grant and its price for people.
pub fn show_price(grant: &Grant, price: u128) -> String {
    format!("{} {}", souk(price), show_grant(grant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::SOUK;

    fn defaults() -> Defaults {
        let purposes = Some(Purposes::RESEARCH.and(Purposes::INFERENCE));
        Defaults { purposes, deliver_within: 1_200, terms: Terms::default() }
    }

    #[test]
    fn offers_should_read_as_written() {
        let plain = offer("perpetual:25", &defaults()).unwrap();
        assert_eq!((plain.grant, plain.price, plain.seats), (Grant::Perpetual, 25 * SOUK, 1));
        assert_eq!(plain.purposes, Purposes(9));
        let lease = offer("lease:30d:5:seats=3:transferable:referral=2.5%:deliver=2h", &defaults()).unwrap();
        assert_eq!(lease.grant, Grant::Lease { period: 864_000 });
        assert_eq!((lease.seats, lease.transferable, lease.referral), (3, true, 25_000));
        assert_eq!(lease.deliver_within, 2_400);
        let metered = offer("metered:10%:0:purposes=inference", &defaults()).unwrap();
        assert_eq!((metered.grant, metered.price), (Grant::Metered { share: 100_000 }, 0));
        assert_eq!(metered.purposes, Purposes::INFERENCE);
    }

    #[test]
    fn offer_that_the_chain_would_refuse_should_say_why() {
        let cases = [
            ("perpetual", "price is missing"),
            ("forever:1", "no kind of offer"),
            ("perpetual:1.0000000000001", "13 decimals"),
            ("perpetual:-1", "no amount"),
            ("lease:0d:1", "at least a block"),
            ("lease:30x:1", "no time"),
            ("lease:99999999d:1", "no time"),
            ("metered:60%:0", "at most 50 %"),
            ("metered:10%:0:transferable", "not transferable"),
            ("perpetual:1:seats=65", "1 to 64 seats"),
            ("perpetual:1:referral=6%", "at most 5 %"),
            ("perpetual:1:deliver=0b", "takes some time"),
            ("perpetual:1:colour=red", "not known"),
            ("perpetual:1:purposes=reading", "no purpose"),
        ];
        for (text, why) in cases {
            let error = offer(text, &defaults()).unwrap_err();
            assert!(error.contains(why) && error.contains(text), "{text}: {error}");
        }
        let nothing = Defaults { purposes: None, ..defaults() };
        assert!(offer("perpetual:1", &nothing).unwrap_err().contains("--purpose"));
    }

    #[test]
    fn purposes_should_read_back_as_shown() {
        assert_eq!(purposes("research, inference"), Ok(Purposes(9)));
        assert_eq!(purposes("all"), Ok(Purposes::ALL));
        assert_eq!(purposes(&show_purposes(Purposes::ALL)), Ok(Purposes::ALL));
        assert!(purposes("").is_err());
        assert!(purposes("research,fun").unwrap_err().contains("\"fun\""));
    }

    #[test]
    fn shares_and_parents_should_be_millionths() {
        assert_eq!(share("0%"), Ok(0));
        assert_eq!(share("100%"), Ok(1_000_000));
        assert_eq!(share("2.5%"), Ok(25_000));
        assert_eq!(show_share(25_000), "2.5 %");
        for bad in ["5", "101%", "-1%", "1.00001%", "%", "99999999999%"] {
            assert!(share(bad).is_err(), "{bad}");
        }
        assert_eq!(parent("3@1:5%"), Ok(Parent { listing: 3, version: 1, royalty: 50_000 }));
        for bad in ["3", "3@1", "3:5%", "x@1:5%", "3@1:5"] {
            assert!(parent(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_should_round_up_to_blocks() {
        assert_eq!((blocks("1s"), blocks("1m"), blocks("7b")), (Ok(1), Ok(20), Ok(7)));
        assert_eq!(show_blocks(864_000), "about 30 days");
        assert_eq!(show_price(&Grant::Lease { period: 864_000 }, 5 * SOUK), "5 SOUK for about 30 days");
        for bad in ["", "d", "1", "-1d", "1.5d", "1w", "1é"] {
            assert!(blocks(bad).is_err(), "{bad}");
        }
    }
}
