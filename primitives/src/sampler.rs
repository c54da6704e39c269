//! Sampler V1.
