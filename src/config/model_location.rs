//! Where the model and the library lie, so that the program finds them wherever it is started.

use std::path::{Path, PathBuf};

/// What the ONNX Runtime library is called here.
const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// The folder of the model: as named if that is absolute or there, else beside the program or above it.
/// What was named is returned if it is nowhere, so that the error can say so.
pub fn model_folder(named: &Path) -> PathBuf {
    first(&["", "share/mouthpiece"], named).unwrap_or_else(|| named.to_owned())
}

/// The ONNX Runtime library: the one that was named, else one that `scripts/fetch-onnxruntime.sh` fetched.
pub fn library(named: Option<&Path>) -> PathBuf {
    let fetched = || first(&[".ort", "lib/mouthpiece", ""], Path::new(LIBRARY));
    named
        .map(Path::to_owned)
        .or_else(fetched)
        .unwrap_or_else(|| Path::new(".ort").join(LIBRARY))
}

/// The first place that has `name`: the current folder, the program's folder and those above it, each with the
/// `folders` inside it.
fn first(folders: &[&str], name: &Path) -> Option<PathBuf> {
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .ok();
    let above = program
        .iter()
        .flat_map(|path| path.ancestors().skip(1).map(Path::to_owned));
    let candidates = current.into_iter().chain(above).flat_map(|root| {
        folders
            .iter()
            .map(move |folder| root.join(folder).join(name))
    });
    candidates.into_iter().find(|path| path.exists())
}
