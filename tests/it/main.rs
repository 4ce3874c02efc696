//! The real bot, with real serenity and the real model, against the sandbox; and the real program as a process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;

mod arena;
mod bans;
mod causal;
mod chaos;
mod cli;
mod crowd;
mod damage;
mod evaluation;
mod experiments;
mod faults;
mod fill;
mod gateway;
mod guard;
mod inputs;
mod kills;
mod locale;
mod menus;
mod misbehaviour;
mod model;
mod own_data;
mod pace;
mod panel;
mod presets;
mod privacy;
mod process;
mod queue;
mod refusals;
mod remix;
mod results;
mod sample;
mod secrets;
mod server;
mod settings;
mod speak;
mod stop;
mod vitals;
mod wire;
