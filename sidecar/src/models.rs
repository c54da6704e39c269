//! The models that this sidecar has loaded.

use crate::runner::Runner;
use souk_primitives::Digest;
use std::{collections::HashMap, sync::Arc};

/// Models by name and by digest of their manifest.
#[derive(Clone, Default)]
pub struct Models {
    by_name: HashMap<String, Arc<dyn Runner>>,
    order: Vec<String>,
    serving: HashMap<Digest, String>,
    honest: HashMap<Digest, Arc<dyn Runner>>,
}

impl Models {
    /// Adds a model that is served and that audits are run with.
    pub fn add(&mut self, runner: Arc<dyn Runner>) {
        self.add_pair(runner.clone(), runner);
    }

    /// Adds a model whose audits are run with another runner than its calls: that is what a cheat does.
    pub fn add_pair(&mut self, serving: Arc<dyn Runner>, auditing: Arc<dyn Runner>) {
        let info = serving.info();
        self.order.push(info.name.clone());
        self.serving.insert(info.manifest_digest, info.name.clone());
        self.honest.insert(info.manifest_digest, auditing);
        self.by_name.insert(info.name.clone(), serving.clone());
    }

    /// The model of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Runner>> {
        self.by_name.get(name)
    }

    /// The model of a manifest, as calls see it.
    pub fn of_manifest(&self, digest: &Digest) -> Option<&Arc<dyn Runner>> {
        self.serving.get(digest).and_then(|name| self.by_name.get(name))
    }

    /// The model of a manifest, as audits use it.
    pub fn verifier(&self, digest: &Digest) -> Option<&Arc<dyn Runner>> {
        self.honest.get(digest)
    }

    /// All models in the order of the configuration.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Runner>> {
        self.order.iter().filter_map(|name| self.by_name.get(name))
    }
}
