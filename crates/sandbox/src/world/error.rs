//! Discord's API errors.

use serde_json::{Value, json};

/// An error response of Discord's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Discord's JSON error code; 0 for general errors.
    pub code: u32,
    /// Message for developers.
    pub message: String,
    field: Option<FieldError>,
}

/// The invalid field of a body.
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

    /// 400 with code 50035: the field at `path`, such as `embeds.0.title`, is invalid. `code` is Discord's name of the
    /// problem.
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

    /// 413: the request or a file exceeds the maximum size.
    pub(crate) fn too_large() -> Self {
        Self::new(413, 40_005, "Request entity too large")
    }

    /// The same error with `part` prepended to the path of the field.
    pub(super) fn within(self, part: &str) -> Self {
        match self.field {
            Some(field) => Self::form(&format!("{part}.{}", field.path), field.code, field.problem),
            None => self,
        }
    }

    /// The JSON body of the response.
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
    fn the_error_body_nests_the_path_of_the_field() {
        let error = ApiError::form("embeds.0.title", "BASE_TYPE_MAX_LENGTH", "Too long.");
        let inner = json!({"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Too long."}]});
        assert_eq!(
            error.body()["errors"],
            json!({"embeds": {"0": {"title": inner}}})
        );
    }
}
