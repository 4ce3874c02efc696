//! The identity of the model in use.

/// The identity of the model in use.
#[derive(Debug, Clone)]
pub struct ModelIdentity {
    /// The name on the model's card.
    pub name: String,
    /// A hash of the exact model graphs.
    pub fingerprint: String,
    /// The remaining facts of the card, one per line.
    pub lines: Vec<String>,
    /// The source of the weights and their licence.
    pub origin: String,
}
