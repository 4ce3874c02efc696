//! Mouthpiece: a Discord bot that writes text with masked language models.
//!
//! `generation` is the pure core: drafts, queries, sampling and the strategies. `model` answers queries, `inference` runs
//! it for many texts at once, `evaluation` measures what came out, `picture` draws it, `session` is what people see of it,
//! `discord` and `app` are its two faces, and `sandbox` is a small Discord to try and test it against. ARCHITECTURE.md is the map.

pub mod app;
pub mod config;
pub mod discord;
pub mod evaluation;
pub mod generation;
pub mod inference;
mod lanes;
pub mod model;
pub mod picture;
pub mod sandbox;
pub mod session;
pub mod store;
pub mod telemetry;
