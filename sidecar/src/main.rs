//! souk-sidecar.
fn main() {}
