//! Mouthpiece: a Discord bot that generates text with masked language models.
//!
//! The layers, from the bottom up: `domain` has the types that the others share, `pool` runs the model for many generations
//! at once, `store` keeps what must survive a restart, `service` is what people can do with any front end, `discord` is the
//! front end, and `app` is the command line. `config` reads the settings of all layers, and `telemetry` writes the log. The
//! crates of the workspace are `generation` (the pure core), `model` (inference), `figures` (measures, charts, images) and
//! `sandbox` (a simulated Discord). ARCHITECTURE.md is the map.

pub mod app;
pub mod config;
pub mod discord;
pub mod domain;
pub mod pool;
pub mod service;
pub mod store;
pub mod telemetry;
