//! `mouthpiece strategies`: what there is to choose from.

use super::speak::print;
use crate::generation::strategy::{self, Strategy};

pub(super) fn perform() -> anyhow::Result<()> {
    print(
        &strategy::ALL
            .iter()
            .map(|strategy| described(*strategy))
            .collect::<Vec<_>>()
            .join("\n\n"),
    )
}

fn described(strategy: &dyn Strategy) -> String {
    let sampling = strategy.sampling();
    let default = if strategy.name() == strategy::ALL[0].name() {
        " (default)"
    } else {
        ""
    };
    let mut lines = vec![
        format!("{}{default}", strategy.name()),
        format!("  {}", strategy.summary()),
        format!(
            "  temperature {}, top-k {}, top-p {}",
            sampling.temperature, sampling.top_k, sampling.top_p
        ),
    ];
    lines.extend(strategy.knobs().iter().map(|knob| {
        format!(
            "  --set {}={}  {} ({})",
            knob.name,
            knob.default,
            knob.summary,
            knob.range()
        )
    }));
    lines.join("\n")
}
