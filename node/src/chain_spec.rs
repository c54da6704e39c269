//! The networks that the binary knows, and how to make others.

use sc_chain_spec::{ChainSpecExtension, ChainType, Properties};
use sc_network::config::MultiaddrWithPeerId;
use serde::{Deserialize, Serialize};
use souk_runtime::{genesis, opaque::Block, WASM_BINARY};
use std::{fs, path::PathBuf};

/// The id of the template that names no validators, so that nobody starts it by mistake.
pub const TEMPLATE_ID: &str = "souk_template";

/// What a chain specification holds beside its genesis.
#[derive(Default, Clone, Serialize, Deserialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase")]
pub struct Extensions {
    /// Block hashes that are known to be right.
    pub fork_blocks: sc_client_api::ForkBlocks<Block>,
    /// Block hashes that are known to be wrong.
    pub bad_blocks: sc_client_api::BadBlocks<Block>,
    /// A finalised state for light clients to start from, filled in by `sync_state_genSyncSpec`.
    pub light_sync_state: sc_sync_state_rpc::LightSyncStateExtension,
}

/// Souk's chain specification.
pub type ChainSpec = sc_service::GenericChainSpec<Extensions>;

/// One validator on a developer's machine.
pub fn development() -> Result<ChainSpec, String> {
    from_preset(genesis::DEVELOPMENT, "Souk Development", "souk_dev", ChainType::Development)
}

/// Four well-known validators.
pub fn local() -> Result<ChainSpec, String> {
    from_preset(genesis::LOCAL, "Souk Local", "souk_local", ChainType::Local)
}

/// The template of a real network. It names no validators: see [`ChainSpecCmd`].
pub fn template() -> Result<ChainSpec, String> {
    from_preset(genesis::PRODUCTION, "Souk Template", TEMPLATE_ID, ChainType::Custom("Template".into()))
}

fn from_preset(preset: &str, name: &str, id: &str, kind: ChainType) -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(wasm()?, Extensions::default())
        .with_name(name)
        .with_id(id)
        .with_protocol_id(id)
        .with_chain_type(kind)
        .with_properties(properties())
        .with_genesis_config_preset_name(preset)
        .build())
}

fn wasm() -> Result<&'static [u8], String> {
    WASM_BINARY.ok_or_else(|| {
        "this souk-node was built without the runtime's wasm (SKIP_WASM_BUILD was set): build it again without"
            .to_string()
    })
}

/// How wallets show the token.
fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "SOUK".into());
    properties.insert("tokenDecimals".into(), 12.into());
    properties.insert("ss58Format".into(), 42.into());
    properties
}

/// Makes a chain specification: a preset of the runtime, with a patch merged over its genesis.
#[derive(Debug, Clone, clap::Parser)]
pub struct ChainSpecCmd {
    /// The runtime's preset to start from: development, local or production
    #[arg(long, default_value = genesis::PRODUCTION)]
    preset: String,

    /// A JSON file that is merged over the preset's genesis
    #[arg(long)]
    patch: Option<PathBuf>,

    /// The network's name
    #[arg(long, default_value = "Souk")]
    name: String,

    /// The network's id: names its folder and its network protocols
    #[arg(long, default_value = "souk")]
    id: String,

    /// A node to connect to first; may be given several times
    #[arg(long = "bootnode")]
    bootnodes: Vec<MultiaddrWithPeerId>,

    /// Write the raw genesis storage: what to hand out, since it can't change with the binary
    #[arg(long)]
    raw: bool,

    /// The file to write; standard output if absent
    #[arg(long)]
    output: Option<PathBuf>,
}

impl ChainSpecCmd {
    /// Runs the command.
    pub fn run(&self) -> sc_cli::Result<()> {
        if !genesis::names().contains(&self.preset.as_str().into()) {
            return Err(format!(
                "there is no preset {:?}: choose development, local or production",
                self.preset
            )
            .into());
        }
        let mut builder = ChainSpec::builder(wasm()?, Extensions::default())
            .with_name(&self.name)
            .with_id(&self.id)
            .with_protocol_id(&self.id)
            .with_chain_type(ChainType::Live)
            .with_properties(properties())
            .with_boot_nodes(self.bootnodes.clone())
            .with_genesis_config_preset_name(&self.preset);
        if let Some(path) = &self.patch {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("cannot read the patch {}: {error}", path.display()))?;
            let patch = serde_json::from_str(&text)
                .map_err(|error| format!("the patch {} is not JSON: {error}", path.display()))?;
            builder = builder.with_genesis_config_patch(patch);
        }
        // Reads the genesis back as storage, so that a patch the runtime refuses is refused here.
        let spec = builder.build();
        spec.as_json(true).map_err(|error| format!("the runtime refuses this genesis: {error}"))?;
        let json = spec.as_json(self.raw)?;
        match &self.output {
            Some(path) => {
                fs::write(path, json)?;
                println!("wrote {}", path.display());
            }
            None => println!("{json}"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_chains_should_build_their_genesis() {
        for spec in [development(), local(), template()] {
            let spec = spec.unwrap();
            let raw = spec.as_json(true).unwrap();
            assert!(raw.contains("\"raw\""), "{} has no raw genesis", spec.id());
            assert_eq!(spec.properties()["tokenDecimals"], 12);
        }
    }
}
