//! Mouthpiece: a Discord bot that writes text with masked language models.
pub mod app;
pub mod config;
pub mod discord;
pub mod generation;
pub mod inference;
pub mod model;
pub mod sandbox;
pub mod session;
pub mod store;
pub mod telemetry;
