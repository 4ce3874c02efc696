//! Writing texts: requests, running generations, stored texts, their traces, and scores of given texts.

pub(in crate::service) mod handle;
pub(in crate::service) mod pending_responses;
pub(in crate::service) mod queue;
pub(in crate::service) mod request;
pub(in crate::service) mod running;
pub(in crate::service) mod scoring;
pub(in crate::service) mod service;
pub(in crate::service) mod texts;
pub(in crate::service) mod trace;
pub(in crate::service) mod trace_cache;
mod variation;
pub(in crate::service) mod view;
