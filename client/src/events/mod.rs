//! Souk's events as types. The rest of a block's events stay as they are.

mod compute;
mod licensing;
mod listings;
mod referenda;
mod rewards;

pub use compute::SoukEvent;
pub use licensing::{Amounts, Offered, SaleEvent};
pub use listings::ListingEvent;

use codec::Decode;

/// An event of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its pallet.
    pub pallet: String,
    /// Its name.
    pub name: String,
    /// SCALE of its fields.
    pub fields: Vec<u8>,
    /// Index of the transaction that it belongs to.
    pub extrinsic: Option<u32>,
}

/// Declares the events of some pallets: the enum, the method that reads it, then `"Pallet".Name { fields }` with the fields
/// in their order.
macro_rules! events {
    ($(#[$enum_doc:meta])* $enum:ident by $read:ident
     $($(#[$doc:meta])* $pallet:literal . $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant)]
        pub enum $enum {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type,)* },)*
        }

        impl $crate::events::Event {
            /// The event as a type of these pallets; `None` for events that are not known here.
            pub fn $read(&self) -> Option<$enum> {
                match (self.pallet.as_str(), self.name.as_str()) {
                    $(($pallet, stringify!($name)) => {
                        let ($($field,)*) = $crate::events::whole::<($($type,)*)>(&self.fields)?;
                        Some($enum::$name { $($field,)* })
                    })*
                    _ => None,
                }
            }
        }

        impl $enum {
            /// Its pallet and name.
            pub fn label(&self) -> (&'static str, &'static str) {
                match self {
                    $($enum::$name { .. } => ($pallet, stringify!($name)),)*
                }
            }
        }
    };
}
use events;

/// Decodes all of the bytes: what is left over means that the runtime has another event.
fn whole<T: Decode>(mut bytes: &[u8]) -> Option<T> {
    let value = T::decode(&mut bytes).ok()?;
    bytes.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    fn event(fields: Vec<u8>) -> Event {
        Event { pallet: "Channels".into(), name: "ToppedUp".into(), fields, extrinsic: Some(1) }
    }

    #[test]
    fn event_should_decode_by_pallet_and_name() {
        let fields = ([7u8; 32], 5u128, 9u128).encode();
        let decoded = event(fields).souk();
        assert_eq!(decoded, Some(SoukEvent::ToppedUp { channel: [7; 32], amount: 5, deposit: 9 }));
        assert_eq!(decoded.unwrap().label(), ("Channels", "ToppedUp"));
    }

    #[test]
    fn event_of_another_shape_should_not_be_guessed() {
        assert_eq!(event(([7u8; 32], 5u128, 9u128, 1u8).encode()).souk(), None);
        assert_eq!(event(([7u8; 32], 5u128).encode()).souk(), None);
    }
}
