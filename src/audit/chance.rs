//! How likely a pattern is by chance alone, under models that can be said in one sentence.

/// The natural logarithm of the number of ways to choose `k` of `n`.
fn ln_choose(n: u64, k: u64) -> f64 {
    let k = k.min(n.saturating_sub(k));
    let term = |i: u64| float(n.saturating_sub(k).saturating_add(i)).ln() - float(i).ln();
    // Over a million terms the sum is so large that its rest does not matter.
    (1..=k.min(1_000_000)).map(term).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
pub(super) fn float(n: u64) -> f64 {
    n as f64
}

pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// One way among all to place `parts` gaps that add up to `units`, each at least one unit.
pub(super) fn one_composition(units: u64, parts: u64) -> f64 {
    if parts == 0 || units < parts {
        return 1.0;
    }
    (-ln_choose(units.saturating_sub(1), parts.saturating_sub(1))).exp()
}

/// At least `wins` successes where the i-th try succeeds with its own probability.
pub(super) fn at_least(probabilities: &[f64], wins: usize) -> f64 {
    // ways[j]: the chance of exactly j successes so far; the last place holds "wins or more".
    let mut ways = vec![0.0_f64; wins.saturating_add(1)];
    if let Some(none) = ways.first_mut() {
        *none = 1.0;
    }
    for p in probabilities {
        let before = ways.clone();
        for (j, way) in ways.iter_mut().enumerate() {
            let here = before.get(j).copied().unwrap_or(0.0);
            let below = j.checked_sub(1).and_then(|j| before.get(j)).copied().unwrap_or(0.0);
            *way = if j == wins { here + below * p } else { here * (1.0 - p) + below * p };
        }
    }
    ways.last().copied().unwrap_or(1.0).clamp(0.0, 1.0)
}

/// At least `k` events where `mean` are expected, of independent ones.
pub(super) fn poisson_at_least(k: u64, mean: f64) -> f64 {
    let mut term = (-mean).exp();
    let mut below = 0.0;
    for i in 0..k.min(10_000) {
        below += term;
        term *= mean / float(i.saturating_add(1));
    }
    (1.0 - below).clamp(0.0, 1.0)
}

/// The rule of succession: how likely the next is, after `seen` of `all`.
pub(super) fn succession(seen: u64, all: u64) -> f64 {
    (float(seen) + 1.0) / (float(all) + 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn known_values() {
        assert!(close(one_composition(5, 2), 0.25), "1+4, 2+3, 3+2, 4+1");
        assert!(close(one_composition(548, 4), 1.0 / 27_129_060.0_f64) || one_composition(548, 4) < 1e-7);
        assert!(close(at_least(&[0.5; 4], 4), 0.0625));
        assert!(close(at_least(&[0.5; 4], 2), 11.0 / 16.0));
        assert!(close(at_least(&[0.5, 0.25], 1), 1.0 - 0.5 * 0.75));
        assert!(close(at_least(&[], 0), 1.0));
        assert!(close(poisson_at_least(1, 2.0), 1.0 - (-2.0_f64).exp()));
        assert!(close(succession(0, 8), 0.1));
    }
}
