//! The probability of a candidate for a blank in words. Pure.

/// A probability in at most nine characters: a percentage, or, if it is tiny, "1 in n".
pub(super) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent >= 0.05 {
        return format!("{percent:.1}%");
    }
    if probability <= 0.0 {
        return "0%".to_owned();
    }
    let many = 1.0 / probability;
    let units = [(1e9, "bn"), (1e6, "M"), (1e3, "k")];
    match units.into_iter().find(|(unit, _)| many >= *unit) {
        _ if many >= 1e12 => format!("1:10^{:.0}", -probability.log10()),
        Some((unit, name)) => format!("1 in {:.0}{name}", many / unit),
        None => format!("1 in {many:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_probabilities_are_still_told_apart() {
        let told = [0.5, 0.0123, 0.0003, 0.000_000_12, 3e-10, 1e-60, 0.0].map(percent);
        assert_eq!(
            told,
            [
                "50.0%", "1.2%", "1 in 3k", "1 in 8M", "1 in 3bn", "1:10^60", "0%"
            ]
        );
    }
}
