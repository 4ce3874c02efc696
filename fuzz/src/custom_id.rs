//! What stands in a button, a menu or a form: whatever is understood is what would be written again.

use mouthpiece::discord::fuzzing;

pub(crate) fn holds(input: &[u8]) {
    let Ok(id) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(written) = fuzzing::custom_id(id) {
        assert_eq!(written, id);
    }
}
