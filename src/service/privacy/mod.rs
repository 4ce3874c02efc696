//! What is kept of a person: history, export and erasure.

pub(in crate::service) mod personal_data;
