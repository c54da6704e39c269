//! What is offered: listings, versions, status and deposits.
#![cfg_attr(not(feature = "std"), no_std)]
