//! The Souk node.
fn main() {}
