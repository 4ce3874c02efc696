//! Errors as Discord answers them.

use serde_json::{Value, json};

/// An error as Discord answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Discord's own code; 0 for errors that have none.
    pub code: u32,
    /// For developers.
    pub message: String,
    field: Option<FieldError>,
}

/// The part of a body that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldError {
    path: String,
    code: &'static str,
    problem: String,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
        }
    }

    /// A body with something wrong at `path`, such as `embeds.0.title`; `code` is Discord's name for the problem.
    pub(crate) fn form(path: &str, code: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self {
            status: 400,
            code: 50_035,
            message: format!("Invalid Form Body: {path}: {problem}"),
            field: Some(FieldError {
                path: path.to_owned(),
                code,
                problem,
            }),
        }
    }

    pub(crate) fn unknown(code: u32, what: &str) -> Self {
        Self::new(404, code, format!("Unknown {what}"))
    }

    /// The same, for a body that is the part `part` of a larger one.
    pub(super) fn within(self, part: &str) -> Self {
        match self.field {
            Some(field) => Self::form(&format!("{part}.{}", field.path), field.code, field.problem),
            None => self,
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let Some(field) = &self.field else {
            return json!({"code": self.code, "message": self.message});
        };
        let innermost = json!({"_errors": [{"code": field.code, "message": field.problem}]});
        let parts = field.path.split('.').filter(|part| !part.is_empty());
        let errors = parts.rfold(innermost, |inner, part| json!({part: inner}));
        json!({"code": self.code, "message": "Invalid Form Body", "errors": errors})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_body_is_said_where_it_is() {
        let error = ApiError::form("embeds.0.title", "BASE_TYPE_MAX_LENGTH", "Too long.");
        let inner = json!({"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Too long."}]});
        assert_eq!(
            error.body()["errors"],
            json!({"embeds": {"0": {"title": inner}}})
        );
    }
}
