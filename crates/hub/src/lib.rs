//! Models by name: the protocol of the Hugging Face hub, and the cache on disk that Python's `huggingface_hub` uses as well.
//!
//! [`Hub::pull`] downloads the files of a model that this program reads, [`Hub::resolve`] returns the folder of a model by its
//! name, and [`Hub::list`], [`Hub::show`] and [`Hub::remove`] work on the cache alone. What Python has fetched is not fetched
//! again, and Python finds what was fetched here. The crate knows nothing of the contents of a model beyond the names of its
//! files, the architecture in `config.json` and the front matter of `README.md`.

mod model_name;

mod error;
mod settings;
mod variables;

mod bounded;
mod checksum;
mod listing;
mod selection;

mod cache;
mod cache_lock;
mod disk_space;
mod snapshot;

mod progress;
mod refusal;
mod retry;

mod http;

mod download;
mod pull;

mod front_matter;
mod inventory;
mod model_page;
mod removal;

mod facade;

pub use error::HubError;
pub use facade::Hub;
pub use front_matter::FrontMatter;
pub use inventory::CachedModel;
pub use model_name::{ModelName, NameError};
pub use model_page::{ModelFile, ModelPage};
pub use progress::{Progress, Silent};
pub use pull::{Origin, Pulled};
pub use removal::Removed;
pub use retry::RetryPolicy;
pub use settings::{HubSettings, SettingsError, Token};
