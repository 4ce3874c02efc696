//! How a prompt becomes a draft: the task, the length, and the steering suffix.

use generation::strategy::Task;
use generation::{Length, TokenId};

/// How a prompt becomes a draft.
#[derive(Debug, Clone)]
pub struct EncodeOptions {
    /// The task.
    pub task: Task,
    /// Number of new tokens behind the prompt, for [`Task::Continue`].
    pub length: Length,
    /// Steering suffix, from [`Vocabulary::suffix`](crate::Vocabulary::suffix).
    pub suffix: Vec<TokenId>,
    /// Whether the prompt may be empty, for [`Task::Continue`].
    pub unprompted: bool,
}
