//! What is stored about a user: row counts and exports.

use serde_json::Value;

/// Number of stored rows of one kind that belong to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalDataCount {
    /// Kind of data, in the plural, as shown to users.
    pub kind: &'static str,
    /// Number of rows.
    pub rows: u64,
    /// Reason, shown to users, why some rows survive the deletion of a user's data. `None` if all are deleted.
    pub retained: Option<&'static str>,
}

/// One part of a user's exported data.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportPart {
    /// The rows of each table, as JSON.
    pub content: Value,
    /// Total number of parts of the export.
    pub parts: u64,
}
