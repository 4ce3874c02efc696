//! Generating texts: requests, running jobs, kept texts and their traces.

pub(in crate::service) mod handle;
pub(in crate::service) mod queue;
pub(in crate::service) mod request;
pub(in crate::service) mod retold;
pub(in crate::service) mod running;
pub(in crate::service) mod scoring;
pub(in crate::service) mod texts;
pub(in crate::service) mod trace;
pub(in crate::service) mod trace_cache;
