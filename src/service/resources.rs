//! The resources that several services share.

use std::sync::Arc;

use super::writing::running::RunningJobs;
use super::writing::trace_cache::TraceCache;
use crate::pool::Pool;
use crate::store::Store;
use model::Vocabulary;

/// The resources that several services share. Each service keeps only those that it needs.
pub(in crate::service) struct Resources {
    /// The database.
    pub(in crate::service) store: Store,
    /// The model's workers.
    pub(in crate::service) pool: Arc<Pool>,
    /// The model's vocabulary.
    pub(in crate::service) vocabulary: Arc<Vocabulary>,
    /// The running jobs of all services.
    pub(in crate::service) jobs: Arc<RunningJobs>,
    /// The traces of the newest texts.
    pub(in crate::service) traces: Arc<TraceCache>,
}
