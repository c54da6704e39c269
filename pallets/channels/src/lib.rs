//! How calls are paid: payment channels, vouchers, settlements, exposure.
#![cfg_attr(not(feature = "std"), no_std)]
