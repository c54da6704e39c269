//! The real runtime on its real presets.
