//! A file of weights in the safetensors format (<https://huggingface.co/docs/safetensors>): its header, and its tensors one
//! at a time, so that no more than one of them is in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use serde::Deserialize;

use super::text_file::{HEAD, unfit, wrong_kind};
use crate::error::ModelError;

/// Maximum length of a header in bytes, as the format defines it.
const MAX_HEADER: u64 = 100_000_000;
/// Bytes per read; a multiple of every element size.
const CHUNK: usize = 1 << 18;

/// A tensor in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Entry {
    /// Element type, such as `F32`.
    dtype: String,
    /// Lengths of the dimensions, the last one contiguous.
    pub(super) shape: Vec<usize>,
    /// First byte and end, counted from the end of the header.
    data_offsets: [u64; 2],
}

/// One file of weights.
#[derive(Debug)]
pub(super) struct Safetensors {
    path: PathBuf,
    /// Where the header ends.
    start: u64,
    /// The tensors by name.
    pub(super) entries: BTreeMap<String, Entry>,
}

/// The header; `__metadata__` is no tensor.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__", default)]
    _metadata: serde::de::IgnoredAny,
    #[serde(flatten)]
    entries: BTreeMap<String, Entry>,
}

impl Safetensors {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// When the file is missing, is something else, or is shorter than its header says.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |error: std::io::Error| unreadable(path, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut beginning = [0; HEAD];
        let read = read_up_to(&mut file, &mut beginning).map_err(unreadable)?;
        if let Some(problem) = wrong_kind(&beginning[..read]) {
            return Err(unfit(path, problem));
        }
        let length: [u8; 8] = beginning.first_chunk().copied().unwrap_or_default();
        let length = u64::from_le_bytes(length);
        let start = length.saturating_add(8);
        if read < 8 || start > MAX_HEADER || beginning[8..].first() != Some(&b'{') {
            return Err(unfit(
                path,
                "is not a file of safetensors; download it again",
            ));
        }
        if start > bytes {
            return Err(truncated(path, bytes, start));
        }
        file.seek(SeekFrom::Start(8)).map_err(unreadable)?;
        let mut text = Vec::new();
        file.take(length)
            .read_to_end(&mut text)
            .map_err(unreadable)?;
        let header: Header = serde_json::from_slice(&text).map_err(|error| {
            unfit(
                path,
                format!("has no valid header: {error}; download it again")
                    .replace(char::is_control, "\u{fffd}"),
            )
        })?;
        let found = Self {
            path: path.to_owned(),
            start,
            entries: header.entries,
        };
        found.check(bytes)?;
        Ok(found)
    }

    /// Checks that every tensor lies in the file of `bytes` bytes, and has the length of its shape.
    fn check(&self, bytes: u64) -> Result<(), ModelError> {
        for (name, entry) in &self.entries {
            let [first, end] = entry.data_offsets;
            let count = entry
                .shape
                .iter()
                .try_fold(1u64, |n, &d| n.checked_mul(d as u64));
            let expected = count.and_then(|count| count.checked_mul(width(&entry.dtype)?));
            // Element types that are never read may have any length.
            let fits = width(&entry.dtype).is_none() || expected == end.checked_sub(first);
            if first > end || !fits {
                let problem = format!(
                    "has a header in which {} has another length than its shape; download it again",
                    shown(name)
                );
                return Err(unfit(&self.path, problem));
            }
            let end = self.start.saturating_add(end);
            if end > bytes {
                return Err(truncated(&self.path, bytes, end));
            }
        }
        Ok(())
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The first `count` numbers of a tensor as 32-bit floats.
    ///
    /// # Errors
    /// When the file cannot be read, or the tensor holds other numbers than finite floats.
    pub(super) fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, ModelError> {
        let entry = &self.entries[name];
        let widen: fn(&[u8], &mut Vec<f32>) = match entry.dtype.as_str() {
            "F32" => |bytes, floats| {
                let (values, _) = bytes.as_chunks::<4>();
                floats.extend(values.iter().map(|&value| f32::from_le_bytes(value)));
            },
            "F16" => |bytes, floats| {
                let (values, _) = bytes.as_chunks::<2>();
                let halves: Vec<f16> = values
                    .iter()
                    .map(|&value| f16::from_le_bytes(value))
                    .collect();
                let from = floats.len();
                floats.resize(from + halves.len(), 0.0);
                halves.convert_to_f32_slice(&mut floats[from..]);
            },
            "BF16" => |bytes, floats| {
                let (values, _) = bytes.as_chunks::<2>();
                floats.extend(
                    values
                        .iter()
                        .map(|&value| bf16::from_le_bytes(value).to_f32()),
                );
            },
            dtype => {
                let problem = format!(
                    "holds {} as {dtype}; weights must be F32, F16 or BF16",
                    shown(name)
                );
                return Err(unfit(&self.path, problem));
            }
        };
        // After the element type is known, so that the file is known to have as many numbers.
        let mut floats = Vec::with_capacity(count);
        let bytes = count * usize::try_from(width(&entry.dtype).unwrap_or(4)).unwrap_or(4);
        self.stream(entry, bytes, |chunk| widen(chunk, &mut floats))?;
        // A sum is not finite if one of its terms is not; 0 × ∞ and 0 × NaN are NaN.
        let mut lanes = [0.0f32; 16];
        let (chunks, rest) = floats.as_chunks::<16>();
        for chunk in chunks {
            for (lane, x) in lanes.iter_mut().zip(chunk) {
                *lane += x * 0.0;
            }
        }
        if lanes.iter().any(|lane| lane.is_nan()) || rest.iter().any(|x| !x.is_finite()) {
            let problem = format!(
                "holds numbers in {} that are not finite; the model was damaged, or training it failed",
                shown(name)
            );
            return Err(unfit(&self.path, problem));
        }
        Ok(floats)
    }

    /// Whether two tensors, of this file and of `other`, have the same element type, shape and bytes.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn same(
        &self,
        name: &str,
        other: &Self,
        other_name: &str,
    ) -> Result<bool, ModelError> {
        let (a, b) = (&self.entries[name], &other.entries[other_name]);
        if (&a.dtype, &a.shape) != (&b.dtype, &b.shape) {
            return Ok(false);
        }
        let bytes = usize::try_from(a.data_offsets[1] - a.data_offsets[0]).unwrap_or(usize::MAX);
        let mut reader = other.reader(b)?;
        let mut buffer = vec![0; CHUNK];
        let (mut equal, mut failure) = (true, None);
        self.stream(a, bytes, |chunk| {
            let buffer = &mut buffer[..chunk.len()];
            match reader.read_exact(buffer) {
                Ok(()) => equal &= buffer == chunk,
                Err(error) => failure = Some(unreadable(&other.path, &error)),
            }
        })?;
        failure.map_or(Ok(equal), Err)
    }

    /// The file, at the beginning of a tensor.
    fn reader(&self, entry: &Entry) -> Result<File, ModelError> {
        let mut file = File::open(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        file.seek(SeekFrom::Start(self.start + entry.data_offsets[0]))
            .map_err(|error| unreadable(&self.path, &error))?;
        Ok(file)
    }

    /// Hands the first `bytes` bytes of a tensor to `take`, chunk by chunk.
    fn stream(
        &self,
        entry: &Entry,
        bytes: usize,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), ModelError> {
        let mut file = self.reader(entry)?;
        let mut buffer = vec![0; CHUNK.min(bytes)];
        let mut left = bytes;
        while left > 0 {
            let chunk = left.min(CHUNK);
            file.read_exact(&mut buffer[..chunk])
                .map_err(|error| unreadable(&self.path, &error))?;
            take(&buffer[..chunk]);
            left -= chunk;
        }
        Ok(())
    }
}

/// Bytes per element of the types that can be read.
fn width(dtype: &str) -> Option<u64> {
    match dtype {
        "F32" => Some(4),
        "F16" | "BF16" => Some(2),
        _ => None,
    }
}

/// The name of a tensor as it is shown in a message.
pub(super) fn shown(name: &str) -> String {
    let name: String = name.chars().take(120).collect();
    name.replace(char::is_control, "\u{fffd}")
}

fn truncated(path: &Path, bytes: u64, expected: u64) -> ModelError {
    let problem =
        format!("is cut off: it has {bytes} bytes and should have {expected}; download it again");
    unfit(path, problem)
}

fn unreadable(path: &Path, error: &std::io::Error) -> ModelError {
    ModelError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// Fills `buffer` as far as the file reaches, and returns how far that is.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
