//! Weights as f32 tensors, from safetensors or from a GGUF file dequantised once.
//!
//! Quantised CPU kernels have fast paths that depend on shape and machine, so prefill and decode can disagree; the
//! reference arithmetic is f32 throughout. A GGUF file is therefore expanded once into a safetensors file in a cache
//! folder, named by the digest of its source and checked by the digest of its contents. Sidecars on one machine share
//! it (the page cache holds it once); each engine then copies it into its own tensors, since candle owns its storage.

use super::error::{EngineError, Result};
use candle_core::{quantized::gguf_file::Content, DType, Device, Tensor};
use memmap2::Mmap;
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use sp_crypto_hashing::blake2_256;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufReader, Write},
    ops::Range,
    path::{Path, PathBuf},
};

/// Version of the dequantised file's layout; part of its name.
const CACHE_FORMAT: &str = "souk-f32-1";

/// Maps a file; its digest or its use comes after.
pub fn map_file(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(EngineError::io(path))?;
    // SAFETY: the map is read-only. Whoever truncates a model file under a running engine kills it with SIGBUS, as
    // with every program that maps its data; the cache is only ever replaced by renaming.
    unsafe { Mmap::map(&file) }.map_err(EngineError::io(path))
}

/// Hex digest of a file's bytes, and its length.
pub fn digest_file(path: &Path) -> Result<([u8; 32], u64)> {
    let map = map_file(path)?;
    Ok((blake2_256(&map), map.len() as u64))
}

struct Entry {
    file: usize,
    dtype: DType,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// One or more mapped safetensors files.
pub struct Weights {
    maps: Vec<Mmap>,
    entries: HashMap<String, Entry>,
    label: PathBuf,
}

impl Weights {
    /// Maps safetensors files; a name in two files is an error.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let label = paths.first().cloned().unwrap_or_default();
        let mut weights = Weights { maps: Vec::new(), entries: HashMap::new(), label };
        for path in paths {
            let map = map_file(path)?;
            let parsed = SafeTensors::deserialize(&map).map_err(|e| EngineError::format(path, e))?;
            let base = map.as_ptr() as usize;
            for (name, view) in parsed.iter() {
                let start = (view.data().as_ptr() as usize).saturating_sub(base);
                let dtype = match view.dtype() {
                    Dtype::F32 => DType::F32,
                    Dtype::F16 => DType::F16,
                    Dtype::BF16 => DType::BF16,
                    // Position ids and the like: never asked for.
                    Dtype::I64 => DType::I64,
                    other => {
                        return Err(EngineError::format(path, format!("tensor {name} has dtype {other:?}")))
                    }
                };
                let entry = Entry {
                    file: weights.maps.len(),
                    dtype,
                    shape: view.shape().to_vec(),
                    bytes: start..start.saturating_add(view.data().len()),
                };
                if weights.entries.insert(name.to_string(), entry).is_some() {
                    return Err(EngineError::format(path, format!("tensor {name} is in another file too")));
                }
            }
            weights.maps.push(map);
        }
        Ok(weights)
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Values of a tensor as f32; its shape must be the one asked for.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let entry = self
            .entries
            .get(name)
            .ok_or_else(|| EngineError::format(&self.label, format!("tensor {name} is missing")))?;
        if entry.shape != shape {
            let what = format!("tensor {name} has shape {:?}, expected {shape:?}", entry.shape);
            return Err(EngineError::format(&self.label, what));
        }
        let bytes = self.maps.get(entry.file).and_then(|map| map.get(entry.bytes.clone()));
        let bytes =
            bytes.ok_or_else(|| EngineError::format(&self.label, format!("tensor {name} is cut off")))?;
        if entry.dtype == DType::F32 {
            return Ok(f32_values(bytes));
        }
        let tensor = Tensor::from_raw_buffer(bytes, entry.dtype, &entry.shape, &Device::Cpu)?;
        Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
    }
}

fn f32_values(bytes: &[u8]) -> Vec<f32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Opens the dequantised form of a GGUF file, and makes it first where there is none.
///
/// Processes that make it at the same time write files of their own and rename: the last one stands, all are the same.
pub fn dequantised(gguf: &Path, source_digest: &[u8; 32], cache: &Path) -> Result<Weights> {
    let path = cache.join(format!("{}.{CACHE_FORMAT}.safetensors", hex::encode(source_digest)));
    if path.exists() {
        match contents_digest(&path) {
            Ok((stored, found)) if stored == found => return Weights::open(&[path]),
            _ => {
                tracing::warn!(path = %path.display(), "the dequantised weights are damaged: making them anew")
            }
        }
    }
    write_dequantised(gguf, &path)?;
    Weights::open(&[path])
}

/// Digest over all tensors in the order of their names.
fn digest_tensors<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut bytes = Vec::new();
    for (name, data) in tensors {
        bytes.extend_from_slice(&blake2_256(name.as_bytes()));
        bytes.extend_from_slice(&blake2_256(data));
    }
    hex::encode(blake2_256(&bytes))
}

/// The digest that a dequantised file claims in its header, and the one it has.
fn contents_digest(path: &Path) -> Result<(String, String)> {
    let map = map_file(path)?;
    let bad = |e: &dyn std::fmt::Display| EngineError::format(path, e);
    let (_, header) = SafeTensors::read_metadata(&map).map_err(|e| bad(&e))?;
    let stored = header.metadata().as_ref().and_then(|m| m.get("contents")).cloned();
    let parsed = SafeTensors::deserialize(&map).map_err(|e| bad(&e))?;
    let mut tensors: Vec<_> = parsed.tensors();
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    let found = digest_tensors(tensors.iter().map(|(name, view)| (name.as_str(), view.data())));
    Ok((stored.ok_or_else(|| bad(&"no digest in the header"))?, found))
}

fn write_dequantised(gguf: &Path, target: &Path) -> Result<()> {
    let file = File::open(gguf).map_err(EngineError::io(gguf))?;
    let mut reader = BufReader::new(file);
    let content = Content::read(&mut reader).map_err(|e| EngineError::format(gguf, e))?;
    let mut tensors = BTreeMap::new();
    for (name, info) in &content.tensor_infos {
        let quantised =
            content.tensor(&mut reader, name, &Device::Cpu).map_err(|e| EngineError::format(gguf, e))?;
        let values: Vec<f32> = quantised.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?;
        tensors.insert(name.as_str(), (info.shape.dims().to_vec(), f32_bytes(&values)));
    }
    let contents = digest_tensors(tensors.iter().map(|(name, (_, data))| (*name, data.as_slice())));
    let header = HashMap::from([("contents".to_string(), contents)]);
    let views: Vec<_> = tensors
        .iter()
        .map(|(name, (shape, data))| {
            TensorView::new(Dtype::F32, shape.clone(), data).map(|view| (*name, view))
        })
        .collect::<Result<_, _>>()
        .map_err(|e| EngineError::format(gguf, e))?;
    let bytes = safetensors::serialize(views, Some(header)).map_err(|e| EngineError::format(target, e))?;
    drop(tensors);
    write_atomically(target, &bytes)
}

/// Writes beside the target and renames, so that no reader ever sees half of a file.
pub fn write_atomically(target: &Path, bytes: &[u8]) -> Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(EngineError::io(folder))?;
    let unique = format!("{}.{}.tmp", uuid::Uuid::new_v4(), std::process::id());
    let temporary = folder.join(unique);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, target)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        EngineError::io(target)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::{gguf_file, GgmlDType, QTensor};

    fn small_gguf(folder: &Path) -> PathBuf {
        let path = folder.join("small.gguf");
        let values = Tensor::arange(0f32, 128f32, &Device::Cpu).unwrap().reshape((2, 64)).unwrap();
        let tensor = QTensor::quantize(&values, GgmlDType::Q8_0).unwrap();
        let mut file = File::create(&path).unwrap();
        gguf_file::write(&mut file, &[], &[("rows", &tensor)]).unwrap();
        path
    }

    #[test]
    fn damaged_cache_should_be_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let gguf = small_gguf(folder.path());
        let (digest, _) = digest_file(&gguf).unwrap();
        let cache = folder.path().join("cache");
        let first = dequantised(&gguf, &digest, &cache).unwrap().values("rows", &[2, 64]).unwrap();
        assert!((first[100] - 100.0).abs() < 1.0);
        let file = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let again = dequantised(&gguf, &digest, &cache).unwrap().values("rows", &[2, 64]).unwrap();
        assert_eq!(first, again);
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 1, "no temporary file may stay");
    }

    #[test]
    fn wrong_names_and_shapes_should_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let gguf = small_gguf(folder.path());
        let weights = dequantised(&gguf, &[1; 32], folder.path()).unwrap();
        assert!(weights.has("rows") && !weights.has("columns"));
        assert!(weights.values("rows", &[64, 2]).is_err());
        assert!(weights.values("columns", &[2, 64]).is_err());
    }
}
