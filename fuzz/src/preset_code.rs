//! Codes of presets: whatever is read from one is read from the code that is written of it. An input that does not begin
//! like a code is made the payload of one, with a right checksum: nobody could guess that.

use data_encoding::Specification;
use mouthpiece::service::preset_code::{CodeError, decode, encode};

pub(crate) fn holds(input: &[u8]) {
    match std::str::from_utf8(input) {
        Ok(text) if text.starts_with("MP") => read(text),
        _ => {
            read(&sealed(input, 0));
            read(&sealed(input, 1 << 15));
        }
    }
}

fn read(code: &str) {
    let settings = match decode(code) {
        Ok(settings) => settings,
        Err(error) => return super::is_a_sentence(&error.to_string()),
    };
    match encode(&settings) {
        Ok(code) => assert_eq!(decode(&code), Ok(settings), "{code}"),
        Err(error) => assert_eq!(error, CodeError::TooLong),
    }
}

/// The code with this payload.
fn sealed(payload: &[u8], mark: u16) -> String {
    let length = u16::try_from(payload.len().min(1_000)).expect("at most 1000");
    let mut bytes = (length | mark).to_be_bytes().to_vec();
    bytes.extend(&payload[..length.into()]);
    let mut sum = crc32fast::Hasher::new();
    sum.update(b"MP1-");
    sum.update(&bytes);
    bytes.extend(sum.finalize().to_be_bytes());
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    let alphabet = specification.encoding().expect("32 different signs");
    format!("MP1-{}", alphabet.encode(&bytes))
}
