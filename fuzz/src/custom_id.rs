//! The `custom_id` of components and forms: a decoded id is encoded as the same bytes.

use mouthpiece::discord::fuzzing;

pub(crate) fn holds(input: &[u8]) {
    let Ok(id) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(written) = fuzzing::custom_id(id) {
        assert_eq!(written, id);
    }
}
