//! Matchups: two requests with the same prompt and length that differ in strategy or temperature.

use super::contestant::Contestant;
use crate::service::refusal::Refusal;
use crate::service::writing::request::GenerationRequest;

/// Finds a matchup of the named contestants. `draw` returns the possible contestants in random order, from which
/// unnamed ones are taken.
///
/// # Errors
/// When a named contestant is refused, the two do not match, or no contestant is left.
pub(super) fn matchup(
    [first, second]: [Option<Contestant>; 2],
    draw: impl Fn() -> Vec<Contestant>,
    request: impl Fn(Contestant) -> Result<GenerationRequest, Refusal>,
) -> Result<[GenerationRequest; 2], Refusal> {
    let named = [first, second].map(|contestant| contestant.map(&request).transpose());
    match named {
        [Err(refusal), _] | [_, Err(refusal)] => Err(refusal),
        [Ok(Some(first)), Ok(Some(second))] => {
            check_match(&first, &second)?;
            Ok([first, second])
        }
        [Ok(Some(one)), Ok(None)] | [Ok(None), Ok(Some(one))] => {
            with_opponent(one, draw(), request)
        }
        [Ok(None), Ok(None)] => {
            let mut refused = Refusal::SameTwice;
            for contestant in draw() {
                match request(contestant) {
                    Ok(one) => return with_opponent(one, draw(), request),
                    Err(refusal) => refused = refusal,
                }
            }
            Err(refused)
        }
    }
}

/// A matchup of `one` with the first of `drawn` that matches it.
fn with_opponent(
    one: GenerationRequest,
    drawn: Vec<Contestant>,
    request: impl Fn(Contestant) -> Result<GenerationRequest, Refusal>,
) -> Result<[GenerationRequest; 2], Refusal> {
    let other = drawn
        .into_iter()
        .filter_map(|contestant| request(contestant).ok())
        .find(|other| check_match(&one, other).is_ok());
    Ok([one, other.ok_or(Refusal::SameTwice)?])
}

/// Checks that two requests have the same length, and differ in strategy or temperature.
fn check_match(one: &GenerationRequest, other: &GenerationRequest) -> Result<(), Refusal> {
    let (name, other_name) = (one.strategy.name(), other.strategy.name());
    if one.length != other.length {
        return Err(Refusal::UnequalLengths(name, other_name));
    }
    let temperature =
        |request: &GenerationRequest| request.params.sampling.temperature.get().to_bits();
    if name == other_name && temperature(one) == temperature(other) {
        return Err(Refusal::SameTwice);
    }
    Ok(())
}
