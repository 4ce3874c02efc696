//! Charts as SVG: quality against cost, and the order in which strategies decode. Only this folder knows plotters.

mod label;

mod quality;

pub mod decoding_order;

pub use quality::quality_against_passes;
