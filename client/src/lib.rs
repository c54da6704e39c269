//! The chain as the sidecar and the CLI see it.
