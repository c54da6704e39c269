//! llama.cpp on the same weights, in a process of its own that answers one line with one round.

use super::Setup;
use anyhow::{bail, Context, Result};
use candle_core::{
    quantized::{gguf_file, GgmlDType, QTensor},
    Device,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// One round: a prompt from nothing, then tokens one by one, greedy.
#[derive(Clone, Debug, Deserialize)]
pub struct Round {
    /// Milliseconds until the first token.
    pub first_ms: f64,
    /// Milliseconds from the first token to the last.
    pub rest_ms: f64,
    /// The tokens.
    pub ids: Vec<u32>,
}

/// The running program.
pub struct Llama {
    _child: Child,
    input: ChildStdin,
    output: Lines<tokio::io::BufReader<ChildStdout>>,
    /// What it says of itself: version and instruction sets.
    pub about: String,
}

impl Llama {
    /// Starts it on a model file. `None` when the package is not installed.
    pub async fn start(setup: &Setup, model: &Path, threads: usize, context: usize) -> Result<Option<Llama>> {
        let Some(package) = &setup.llama else { return Ok(None) };
        let mut child = Command::new("node")
            .arg(&setup.llama_script)
            .arg(package)
            .arg(model)
            .arg(threads.to_string())
            .arg(context.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start node")?;
        let input = child.stdin.take().context("no input")?;
        let output = tokio::io::BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut llama = Llama { _child: child, input, output, about: String::new() };
        llama.about = llama.line().await?;
        Ok(Some(llama))
    }

    async fn line(&mut self) -> Result<String> {
        self.output.next_line().await?.context("llama.cpp's program ended")
    }

    /// Runs one round.
    pub async fn round(&mut self, prompt: &[u32], tokens: u32) -> Result<Round> {
        let order = json!({ "prompt": prompt, "tokens": tokens }).to_string() + "\n";
        self.input.write_all(order.as_bytes()).await?;
        let line = self.line().await?;
        serde_json::from_str(&line).with_context(|| format!("llama.cpp's program said {line:?}"))
    }
}

/// Writes the model with all of its weights as f32: the very numbers that our engine computes with, in a file that
/// llama.cpp reads.
pub fn as_f32(gguf: &Path, folder: &Path) -> Result<PathBuf> {
    let target = folder.join("model-f32.gguf");
    if target.exists() {
        return Ok(target);
    }
    fs::create_dir_all(folder)?;
    let mut file = BufReader::new(File::open(gguf)?);
    let content = gguf_file::Content::read(&mut file)?;
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort();
    let mut tensors = Vec::new();
    for name in names {
        let tensor = content.tensor(&mut file, name, &Device::Cpu)?.dequantize(&Device::Cpu)?;
        tensors.push((name.as_str(), QTensor::quantize(&tensor, GgmlDType::F32)?));
    }
    let f32_file = gguf_file::Value::U32(0);
    let metadata: Vec<(&str, &gguf_file::Value)> = content
        .metadata
        .iter()
        .map(|(key, value)| (key.as_str(), if key == "general.file_type" { &f32_file } else { value }))
        .collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
    let part = target.with_extension("part");
    let mut out = BufWriter::new(File::create(&part)?);
    gguf_file::write(&mut out, &metadata, &tensors)?;
    out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    if fs::metadata(&part)?.len() < 1 << 20 {
        bail!("the f32 model is too small");
    }
    fs::rename(&part, &target)?;
    Ok(target)
}
