//! How long notices stood, counted.

use foldhash::HashMap;

/// Most notices stand fewer working days than this.
const SHORT: u32 = 64;

/// How many notices of a step stood so many working days.
#[derive(Clone, Debug, Default)]
pub(super) struct Periods {
    /// By step, and by days below [`SHORT`].
    short: Vec<u64>,
    long: HashMap<(u8, u32), u64>,
}

impl Periods {
    pub(super) fn count(&mut self, step: u8, days: u32) {
        self.add(step, days, 1);
    }

    fn add(&mut self, step: u8, days: u32, times: u64) {
        let count = if days < SHORT {
            let place = usize::try_from(u32::from(step).saturating_mul(SHORT).saturating_add(days)).unwrap_or(usize::MAX);
            if self.short.len() <= place {
                self.short.resize(place.saturating_add(1), 0);
            }
            self.short.get_mut(place)
        } else {
            Some(self.long.entry((step, days)).or_default())
        };
        if let Some(count) = count {
            *count = count.saturating_add(times);
        }
    }

    pub(super) fn join(&mut self, other: Periods) {
        other.all().for_each(|((step, days), times)| self.add(step, days, times));
    }

    /// Step and days, and how often.
    pub(super) fn all(&self) -> impl Iterator<Item = ((u8, u32), u64)> {
        let key = |place: u32| Some((u8::try_from(place.checked_div(SHORT)?).ok()?, place.checked_rem(SHORT)?));
        let short = (0_u32..).zip(&self.short).filter(|(_, times)| **times > 0);
        let short = short.filter_map(move |(place, times)| Some((key(place)?, *times)));
        short.chain(self.long.iter().map(|(key, times)| (*key, *times)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_period_is_counted_as_often_as_it_came(came in prop::collection::vec((0..=u8::MAX, prop_oneof![0..70_u32, any::<u32>()]), 0..60), half in 0..60_usize) {
            let times = |key: &(u8, u32)| u64::try_from(came.iter().filter(|other| *other == key).count()).unwrap();
            let expected: BTreeMap<(u8, u32), u64> = came.iter().map(|key| (*key, times(key))).collect();
            let (mut one, mut other) = (Periods::default(), Periods::default());
            for (place, (step, days)) in came.iter().copied().enumerate() {
                if place < half { one.count(step, days) } else { other.count(step, days) }
            }
            one.join(other);
            prop_assert_eq!(one.all().collect::<BTreeMap<_, _>>(), expected);
        }
    }
}
