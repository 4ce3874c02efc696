//! Mouthpiece: a Discord bot that writes text with masked language models.
//!
//! `generation` is the pure core: drafts, queries, sampling and the strategies. `model` answers queries, `inference` runs
//! it for many texts at once, `evaluation` measures what came out, `picture` draws it, `session` is what people see of it,
//! `discord` and `app` are its two faces, and `sandbox` is a small Discord to try and test it against. ARCHITECTURE.md is the map.

pub mod app;
pub mod config;
pub mod discord;
pub mod domain;
pub mod pool;
pub mod service;
pub mod store;
pub mod telemetry;
