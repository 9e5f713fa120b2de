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

/// What is this much less likely than the likeliest is not added up any more.
const NEVER: f64 = 1e-60;

/// How likely each count of successes is, from the first that is worth adding up.
struct Counts {
    first: u64,
    chances: Vec<f64>,
}

impl Counts {
    /// Of no try.
    fn none() -> Counts {
        Counts { first: 0, chances: vec![1.0] }
    }

    /// Of `n` tries with the same probability: from the likeliest count down and up, each by the one beside it.
    fn binomial(p: f64, n: u64) -> Counts {
        // How much likelier one more than `k` is than `k`: less and less so.
        let growth = |k: u64| float(n.saturating_sub(k)) / (float(k) + 1.0) * p / (1.0 - p);
        let (mut likeliest, mut end) = (0, n);
        while likeliest < end {
            let middle = likeliest.midpoint(end);
            if growth(middle) > 1.0 { likeliest = middle.saturating_add(1) } else { end = middle }
        }
        let matters = |chance: f64| chance > NEVER && chance.is_finite();
        let down = std::iter::successors(Some((likeliest, 1.0)), |(k, chance)| {
            let less = k.checked_sub(1)?;
            Some((less, chance / growth(less))).filter(|(_, chance)| matters(*chance))
        });
        let up = std::iter::successors(Some((likeliest, 1.0)), |(k, chance)| {
            let more = (k.saturating_add(1), chance * growth(*k));
            Some(more).filter(|(k, chance)| *k <= n && matters(*chance))
        });
        let mut all: Vec<(u64, f64)> = down.collect();
        all.reverse();
        all.extend(up.skip(1));
        let sum: f64 = all.iter().map(|(_, chance)| chance).sum();
        Counts { first: all.first().map_or(0, |(k, _)| *k), chances: all.into_iter().map(|(_, chance)| chance / sum).collect() }
    }

    /// Of both together.
    fn and(&self, other: &Counts) -> Counts {
        let len = self.chances.len().saturating_add(other.chances.len()).saturating_sub(1);
        let mut chances = vec![0.0; len];
        for (place, one) in self.chances.iter().enumerate() {
            for (chance, two) in chances.iter_mut().skip(place).zip(&other.chances) {
                *chance += one * two;
            }
        }
        Counts { first: self.first.saturating_add(other.first), chances }
    }
}

/// At least `wins` successes, where there are so many tries with each probability.
pub(super) fn at_least(tries: &[(f64, u64)], wins: u64) -> f64 {
    let mut all: Vec<Counts> = tries.iter().map(|(p, n)| Counts::binomial(*p, *n)).collect();
    // Of the one with the most counts only the sums are wanted: nothing is to be joined with it one by one.
    all.sort_by_key(|counts| counts.chances.len());
    let last = all.pop().unwrap_or_else(Counts::none);
    let others = all.iter().fold(Counts::none(), |all, counts| all.and(counts));
    let mut sums: Vec<f64> = last.chances.iter().rev().scan(0.0, |sum, chance| Some(std::mem::replace(sum, *sum + chance))).collect();
    sums.reverse();
    let or_more = |count: u64| match usize::try_from(count.saturating_sub(last.first)) {
        Ok(place) => sums.get(place).zip(last.chances.get(place)).map_or(0.0, |(more, own)| more + own),
        Err(_) => 0.0,
    };
    let chances = (others.first..).zip(&others.chances).map(|(count, chance)| chance * or_more(wins.saturating_sub(count)));
    chances.sum::<f64>().clamp(0.0, 1.0)
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
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn known_values() {
        assert!(close(one_composition(5, 2), 0.25), "1+4, 2+3, 3+2, 4+1");
        assert!(close(one_composition(548, 4), 1.0 / 27_129_060.0_f64) || one_composition(548, 4) < 1e-7);
        assert!(close(at_least(&[(0.5, 4)], 4), 0.0625));
        assert!(close(at_least(&[(0.5, 4)], 2), 11.0 / 16.0));
        assert!(close(at_least(&[(0.5, 1), (0.25, 1)], 1), 1.0 - 0.5 * 0.75));
        assert!(close(at_least(&[(1.0, 3), (0.0, 3)], 3), 1.0) && close(at_least(&[(1.0, 3), (0.0, 3)], 4), 0.0));
        assert!(close(at_least(&[], 0), 1.0));
        assert!(close(poisson_at_least(1, 2.0), 1.0 - (-2.0_f64).exp()));
        assert!(close(succession(0, 8), 0.1));
    }

    /// Try by try, each with its own probability: `ways[j]` is the chance of exactly `j` successes so far.
    fn naive_at_least(tries: &[(f64, u64)], wins: usize) -> f64 {
        let mut ways = vec![1.0];
        for p in tries.iter().flat_map(|(p, n)| std::iter::repeat_n(*p, usize::try_from(*n).unwrap())) {
            let mut next = vec![0.0; ways.len() + 1];
            for (j, way) in ways.iter().enumerate() {
                next[j] += way * (1.0 - p);
                next[j + 1] += way * p;
            }
            ways = next;
        }
        ways.iter().skip(wins).sum()
    }

    proptest::proptest! {
        #[test]
        fn wins_are_as_likely_as_counted_try_by_try(
            tries in proptest::collection::vec((0.0..=1.0_f64, 0..60_u64), 0..4), wins in 0..100_u64
        ) {
            let (one, other) = (at_least(&tries, wins), naive_at_least(&tries, usize::try_from(wins).unwrap()));
            proptest::prop_assert!(close(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_very_unlikely_is_still_right() {
        let one = at_least(&[(0.5, 60), (0.25, 40)], 90);
        let other = naive_at_least(&[(0.5, 60), (0.25, 40)], 90);
        assert!(other < 1e-15 && ((one - other) / other).abs() < 1e-6, "{one} {other}");
    }
}
