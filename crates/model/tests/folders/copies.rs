//! Copies of a folder of `tests/data`, changed.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{data, shown};

/// A tensor of a file in the safetensors format.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// The tensors of a file by name.
pub(crate) type Tensors = BTreeMap<String, Stored>;

/// A copy of the folder `name` without its weights; what is in the other files may be changed.
pub(crate) fn copy(name: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(data(name)).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap();
        if !shown(file).starts_with("model.") {
            std::fs::copy(&path, copy.path().join(file)).unwrap();
        }
    }
    copy
}

/// A copy whose weights are changed.
pub(crate) fn with_weights(name: &str, change: impl FnOnce(&mut Tensors)) -> TempDir {
    let copy = copy(name);
    let mut tensors = read(&data(name).join("model.safetensors"));
    change(&mut tensors);
    std::fs::write(copy.path().join("model.safetensors"), bytes(&tensors)).unwrap();
    copy
}

/// Sets keys of a copy's configuration.
pub(crate) fn configure(folder: &Path, keys: &Value) {
    let path = folder.join("config.json");
    let mut config: Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    config.extend(keys.as_object().unwrap().clone());
    std::fs::write(path, json!(config).to_string()).unwrap();
}

/// Reads a file in the safetensors format.
pub(crate) fn read(path: &Path) -> Tensors {
    let file = std::fs::read(path).unwrap();
    let length = usize::try_from(u64::from_le_bytes(*file.first_chunk().unwrap())).unwrap();
    let (header, content) = file[8..].split_at(length);
    let mut header: Map<String, Value> = serde_json::from_slice(header).unwrap();
    header.remove("__metadata__");
    let stored = |entry: &Value| {
        let ends: [usize; 2] = serde_json::from_value(entry["data_offsets"].clone()).unwrap();
        Stored {
            dtype: entry["dtype"].as_str().unwrap().to_owned(),
            shape: serde_json::from_value(entry["shape"].clone()).unwrap(),
            bytes: content[ends[0]..ends[1]].to_vec(),
        }
    };
    let tensors = header.iter();
    tensors
        .map(|(name, entry)| (name.clone(), stored(entry)))
        .collect()
}

/// A file in the safetensors format.
pub(crate) fn bytes(tensors: &Tensors) -> Vec<u8> {
    let mut content = Vec::new();
    let mut header = Map::new();
    for (name, stored) in tensors {
        let first = content.len();
        content.extend_from_slice(&stored.bytes);
        let entry = json!({"dtype": stored.dtype, "shape": stored.shape, "data_offsets": [first, content.len()]});
        header.insert(name.clone(), entry);
    }
    let header = json!(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &content].concat()
}

impl Stored {
    /// 32-bit floats.
    pub(crate) fn floats(shape: &[usize], values: &[f32]) -> Self {
        Self {
            dtype: "F32".to_owned(),
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// The numbers of a tensor that is stored as F16 or F32.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        match self.dtype.as_str() {
            "F32" => {
                let numbers = self.bytes.as_chunks::<4>().0.iter();
                numbers.map(|&bytes| f32::from_le_bytes(bytes)).collect()
            }
            "F16" => {
                let numbers = self.bytes.as_chunks::<2>().0.iter();
                numbers
                    .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                    .collect()
            }
            other => panic!("{other} is not read in tests"),
        }
    }

    /// The same, rounded to bfloat16.
    pub(crate) fn as_bf16(&self) -> Self {
        let numbers = self.numbers().into_iter();
        Self {
            dtype: "BF16".to_owned(),
            shape: self.shape.clone(),
            bytes: numbers
                .flat_map(|x| bf16::from_f32(x).to_le_bytes())
                .collect(),
        }
    }
}

/// Renames the tensors whose names contain `from`.
pub(crate) fn rename(tensors: &mut Tensors, from: &str, to: &str) {
    let renamed = std::mem::take(tensors).into_iter();
    *tensors = renamed
        .map(|(name, stored)| (name.replace(from, to), stored))
        .collect();
}
