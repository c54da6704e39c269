//! souk.
fn main() {}
