//! Preset codes: settings encoded as a short, self-contained string that users send each other. Pure.
//!
//! Format: the prefix `MP1-` or `MP2-`, followed by Crockford's base 32 of a header, the payload and a checksum. The header
//! is a big-endian `u16` with the length of the payload; its highest bit marks a payload compressed with DEFLATE. The
//! payload of each version is described in `payload.rs`. The checksum is the CRC-32 of the prefix, the header and the
//! payload, and detects every change of a single character.

mod payload;

use std::io::{Read, Write};

use data_encoding::{DecodeKind, Encoding, Specification};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use generation::{OutOfRange, Settings};
use payload::Version;

/// Crockford's base 32: digits and capital letters without look-alikes.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The prefix of codes of all versions, before the version number.
const FAMILY: &str = "MP";
/// The number of characters of the prefix of every known version.
const PREFIX_LENGTH: usize = 4;
/// Maximum characters of a code, so that a Discord message has room for the code and a caption.
const MAX_CODE_LENGTH: usize = 1_800;
/// Bytes of the header.
const HEADER: usize = 2;
/// Bytes of the checksum.
const CHECKSUM: usize = 4;
/// The header's flag for a compressed payload.
const DEFLATED: u16 = 1 << 15;
/// Maximum bytes of a decompressed payload, against decompression bombs.
const MAX_INFLATED: u64 = 64 * 1024;

/// Why settings cannot be encoded, or a code cannot be decoded. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The settings exceed the maximum length of a code.
    #[error("this is too long for a code; shorten the prompt or the context first")]
    TooLong,
    /// The text does not have the format of a code.
    #[error("that is no preset code; one begins with MP1- or MP2-, as /preset share shows it")]
    NoCode,
    /// The code has a newer version.
    #[error(
        "this preset code is of version {0}, which this bot does not know; ask for one made here"
    )]
    TooNew(u32),
    /// The code contains a character outside its alphabet.
    #[error("{sign:?} in place {place} is no part of a preset code; copy it again")]
    Sign {
        /// The character.
        sign: char,
        /// Its position, from 1.
        place: usize,
    },
    /// The code is truncated.
    #[error("this preset code is cut off; copy all of it")]
    CutOff,
    /// The checksum does not match.
    #[error("this preset code has a typing mistake; copy it again")]
    Damaged,
    /// The checksum matches, but the payload has invalid settings.
    #[error("this preset code sets something that cannot be: {0}")]
    Unfit(String),
}

impl From<OutOfRange> for CodeError {
    fn from(error: OutOfRange) -> Self {
        Self::Unfit(error.to_string())
    }
}

/// Encodes `settings`.
///
/// # Errors
/// [`CodeError::TooLong`] if the code would be too long.
pub fn encode(settings: &Settings) -> Result<String, CodeError> {
    let (version, plain) = payload::encode(settings)?;
    seal(version, plain)
}

/// The code of a payload.
fn seal(version: Version, plain: Vec<u8>) -> Result<String, CodeError> {
    let deflated = deflated(&plain);
    let (payload, mark) = if deflated.len() < plain.len() {
        (deflated, DEFLATED)
    } else {
        (plain, 0)
    };
    let length = u16::try_from(payload.len())
        .ok()
        .filter(|length| *length < DEFLATED);
    let mut bytes = (length.ok_or(CodeError::TooLong)? | mark)
        .to_be_bytes()
        .to_vec();
    bytes.extend(payload);
    bytes.extend(checksum(version, &bytes));
    let code = prefix(version) + &alphabet().encode(&bytes);
    if code.len() > MAX_CODE_LENGTH {
        return Err(CodeError::TooLong);
    }
    Ok(code)
}

/// Decodes a code. Surrounding white space and backticks are ignored.
///
/// # Errors
/// When the text is not a code, has a newer version, or is damaged.
pub fn decode(code: &str) -> Result<Settings, CodeError> {
    let code = code.trim_matches(|c: char| c.is_whitespace() || c == '`');
    let (version, body) = versioned(code)?;
    if code.len() > MAX_CODE_LENGTH {
        return Err(CodeError::Damaged);
    }
    if let Some((at, sign)) = body
        .chars()
        .enumerate()
        .find(|(_, sign)| !ALPHABET.contains(*sign))
    {
        let place = PREFIX_LENGTH + at + 1;
        return Err(CodeError::Sign { sign, place });
    }
    let bytes = alphabet()
        .decode(body.as_bytes())
        .map_err(|error| match error.kind {
            // An encoding of whole bytes never has this number of characters.
            DecodeKind::Length => CodeError::CutOff,
            _ => CodeError::Damaged,
        })?;
    let header = bytes.first_chunk::<HEADER>().ok_or(CodeError::CutOff)?;
    let header = u16::from_be_bytes(*header);
    let whole = HEADER + usize::from(header & !DEFLATED) + CHECKSUM;
    let Some((checked, sum)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err(CodeError::CutOff);
    };
    if checksum(version, checked) != *sum {
        return Err(if bytes.len() < whole {
            CodeError::CutOff
        } else {
            CodeError::Damaged
        });
    }
    let payload = &checked[HEADER..];
    if bytes.len() != whole {
        return Err(CodeError::Damaged);
    }
    let unfit = |reason: &dyn std::fmt::Display| CodeError::Unfit(reason.to_string());
    let plain = if header & DEFLATED == 0 {
        payload.to_vec()
    } else {
        inflated(payload).map_err(|error| unfit(&error))?
    };
    payload::decode(version, &plain)
}

/// The version and the part after the prefix, if the version is supported.
fn versioned(code: &str) -> Result<(Version, &str), CodeError> {
    let (number, body) = code
        .strip_prefix(FAMILY)
        .and_then(|rest| rest.split_once('-'))
        .ok_or(CodeError::NoCode)?;
    let digits = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
    match number {
        "1" => Ok((Version::V1, body)),
        "2" => Ok((Version::V2, body)),
        _ => match number.parse() {
            Ok(newer) if digits && newer > 2 => Err(CodeError::TooNew(newer)),
            _ => Err(CodeError::NoCode),
        },
    }
}

/// The prefix of codes of a version.
fn prefix(version: Version) -> String {
    let number = match version {
        Version::V1 => 1,
        Version::V2 => 2,
    };
    format!("{FAMILY}{number}-")
}

fn alphabet() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification
        .encoding()
        .expect("the alphabet has 32 distinct characters")
}

/// The CRC-32 of the prefix and `bytes`. The prefix is included, so that the checksum also covers the version.
fn checksum(version: Version, bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = crc32fast::Hasher::new();
    sum.update(prefix(version).as_bytes());
    sum.update(bytes);
    sum.finalize().to_be_bytes()
}

fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(plain);
    let finished = written.and_then(|()| encoder.finish());
    finished.expect("writing to memory cannot fail")
}

fn inflated(payload: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    DeflateDecoder::new(payload)
        .take(MAX_INFLATED)
        .read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::{Setting, SettingKind};
    use proptest::option::of;
    use proptest::prelude::*;

    /// Any settings: each row of the table has a value or not.
    fn settings() -> impl Strategy<Value = Settings> {
        let typed = |setting: &Setting| match setting.spec().kind {
            SettingKind::Text(_) => "\\PC{0,120}".boxed(),
            SettingKind::Strategy => "[a-z-]{1,12}".boxed(),
            SettingKind::Number { min, max } => ((min + f64::MIN_POSITIVE)..=max)
                .prop_map(|number| number.to_string())
                .boxed(),
            SettingKind::Whole { min, max } => {
                (min..=max).prop_map(|number| number.to_string()).boxed()
            }
        };
        let values: Vec<_> = Setting::ALL
            .iter()
            .map(|setting| of(typed(setting)))
            .collect();
        values.prop_map(|values| {
            let given = Setting::ALL.iter().zip(values);
            given
                .filter_map(|(setting, value)| Some((setting, value?)))
                .fold(Settings::default(), |settings, (setting, value)| {
                    setting.set(&settings, &value).unwrap()
                })
        })
    }

    fn some() -> Settings {
        Settings {
            strategy: Some("gibbs".into()),
            temperature: "0.7".parse().ok(),
            length: "60".parse().ok(),
            ..Settings::default()
        }
    }

    fn small() -> String {
        encode(&some()).unwrap()
    }

    proptest! {
        #[test]
        fn settings_survive_encoding_and_decoding(settings in settings()) {
            match encode(&settings) {
                Ok(code) => prop_assert_eq!(decode(&code), Ok(settings)),
                Err(error) => prop_assert_eq!(error, CodeError::TooLong),
            }
        }

        #[test]
        fn a_code_with_any_one_character_changed_is_rejected(
            settings in settings(), place in any::<prop::sample::Index>(), other in "[ -~]|\\PC",
        ) {
            let Ok(code) = encode(&settings) else { return Ok(()) };
            let at = place.index(code.len());
            prop_assume!(code[at..=at] != other);
            let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
            prop_assert!(decode(&changed).is_err(), "{}", changed);
        }

        #[test]
        fn a_code_with_any_one_character_dropped_doubled_or_swapped_is_rejected(
            settings in settings(), place in any::<prop::sample::Index>(),
        ) {
            let Ok(code) = encode(&settings) else { return Ok(()) };
            let at = place.index(code.len());
            let (before, after) = code.split_at(at);
            let (sign, rest) = after.split_at(1);
            let (dropped, doubled) = (format!("{before}{rest}"), format!("{before}{sign}{sign}{rest}"));
            prop_assert!(decode(&dropped).is_err());
            prop_assert!(decode(&doubled).is_err());
            if let Some(next) = rest.get(..1).filter(|next| *next != sign) {
                let swapped = format!("{before}{next}{sign}{}", &rest[1..]);
                prop_assert!(decode(&swapped).is_err());
            }
        }

        #[test]
        fn a_code_cut_off_anywhere_is_rejected(settings in settings(), place in any::<prop::sample::Index>()) {
            let Ok(code) = encode(&settings) else { return Ok(()) };
            prop_assert!(decode(&code[..place.index(code.len())]).is_err());
        }

        #[test]
        fn no_input_makes_the_decoder_panic(typed in "\\PC{0,80}|MP[0-9]{0,3}-[0-9A-Z]{0,80}") {
            let _ = decode(&typed);
        }
    }

    #[test]
    fn every_single_character_replacement_is_detected() {
        let code = small();
        for at in 0..code.len() {
            for other in (' '..='~').filter(|other| !code[at..].starts_with(*other)) {
                let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
                assert!(decode(&changed).is_err(), "{changed}");
            }
        }
    }

    #[test]
    fn a_code_of_version_1_decodes_to_the_same_settings() {
        let code = "MP1-G0B66R349Q7MRJHACS6070V7YR60S31P1GG0000ZY9QEC";
        assert_eq!(decode(code), Ok(some()));
    }

    #[test]
    fn each_kind_of_damage_has_its_own_error() {
        let code = small();
        let named = |code: &str| decode(code).unwrap_err();
        assert_eq!(named("hello"), CodeError::NoCode);
        assert_eq!(named(""), CodeError::NoCode);
        assert_eq!(named(&code.replace("MP1", "MP2")), CodeError::Damaged);
        assert_eq!(named(&code.replace("MP1", "MP3")), CodeError::TooNew(3));
        assert_eq!(named(&code.replace("MP1", "MP01")), CodeError::NoCode);
        assert_eq!(named("MP1-"), CodeError::CutOff);
        assert_eq!(named(&code[..code.len() - 8]), CodeError::CutOff);
        assert_eq!(named(&format!("{code}00000000")), CodeError::Damaged);
        assert_eq!(
            named(&code.replacen('-', "-é", 1)),
            CodeError::Sign {
                sign: 'é',
                place: 5
            }
        );
        assert_eq!(
            named(&code.to_lowercase().replace("mp1", "MP1")),
            CodeError::Sign {
                sign: code
                    .to_lowercase()
                    .chars()
                    .skip(4)
                    .find(char::is_ascii_lowercase)
                    .unwrap(),
                place: code
                    .to_lowercase()
                    .replace("mp1", "MP1")
                    .find(|c: char| c.is_ascii_lowercase())
                    .unwrap()
                    + 1,
            }
        );
    }

    #[test]
    fn white_space_and_backticks_around_a_code_are_ignored() {
        assert!(decode(&format!(" ```{}```\n", small())).is_ok());
    }

    #[test]
    fn long_text_is_compressed_and_settings_that_are_too_long_are_refused() {
        let with = |prompt: String| Settings {
            prompt: Some(prompt),
            ..Settings::default()
        };
        let long =
            with("The old lighthouse keeper opened the door and looked at the sea. ".repeat(30));
        let code = encode(&long).unwrap();
        assert!(code.len() < 300, "{}", code.len());
        assert_eq!(decode(&code), Ok(long));
        let letters = (0..3_000_u32).map(|n| char::from_u32(0x4e00 + n * 7 % 5_000).unwrap());
        assert_eq!(encode(&with(letters.collect())), Err(CodeError::TooLong));
    }

    #[test]
    fn a_code_with_a_value_out_of_range_is_refused() {
        let hot = payload::encode_pairs(&[("temperature", "99")]);
        let code = seal(Version::V2, hot).unwrap();
        assert!(code.starts_with("MP2-"), "{code}");
        let told = decode(&code).unwrap_err().to_string();
        assert!(
            told.contains("temperature must be a number from 0 to 5"),
            "{told}"
        );
    }
}
