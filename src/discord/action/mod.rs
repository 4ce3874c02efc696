//! Actions that entries of several registries share, such as a button and a context menu.

pub(super) mod continue_;
pub(super) mod panel;
pub(super) mod rewrite;
pub(super) mod score;
