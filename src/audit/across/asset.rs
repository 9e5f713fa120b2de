//! Deals on one asset: two at a time, or one cut into several.

use super::super::chance::{count, float, poisson_at_least};
use super::super::deals::{Deal, Deals};
use super::super::names::{ByName, Name};
use super::super::{Rule, Severity};
use super::Found;
use crate::calendar::DayNumber;
use crate::value::{Bilingual, Money};

/// All deals that name an asset, those on one asset together.
pub(super) struct Assets<'d> {
    deals: &'d Deals,
    /// How many there are.
    count: usize,
    /// The deals of those on which there are several, one asset behind the other.
    shared: Vec<(Name, usize)>,
}

impl<'d> Assets<'d> {
    pub(super) fn of(deals: &'d Deals) -> Assets<'d> {
        let mut times = ByName::<usize>::new();
        deals.iter().filter_map(|deal| deal.asset).for_each(|asset| times.of(asset, |times| *times = times.saturating_add(1)));
        let on_it = deals.iter().enumerate().filter_map(|(place, deal)| Some((deal.asset?, place)));
        let mut shared: Vec<(Name, usize)> = on_it.filter(|(asset, _)| times.get(*asset).is_some_and(|times| *times > 1)).collect();
        shared.sort_unstable();
        Assets { deals, count: times.iter().count(), shared }
    }

    /// Each asset on which there are several deals.
    fn shared(&self) -> impl Iterator<Item = (Name, Vec<(usize, &'d Deal)>)> {
        self.shared.chunk_by(|one, other| one.0 == other.0).filter_map(|on_it| {
            let mut deals = Vec::with_capacity(on_it.len());
            deals.extend(on_it.iter().filter_map(|(_, place)| Some((*place, self.deals.get(*place)?))));
            Some((on_it.first()?.0, deals))
        })
    }

    /// 一物一交易: opened while another on the same asset was still live.
    pub(super) fn busy(&self, complete: bool, found: &mut Vec<Found>) {
        for (asset, mut on_it) in self.shared() {
            on_it.sort_by_key(|(_, deal)| (deal.opened, deal.line));
            // The one before that lived longest: any overlap is one with it.
            let mut before: Option<(usize, &Deal)> = None;
            let end = |deal: &Deal| if deal.ended || !complete { deal.last } else { Some(DayNumber::MAX) };
            for (place, deal) in on_it {
                if let (Some((other_place, other)), Some(opened)) = (before, deal.opened)
                    && end(other).is_some_and(|end| end > opened)
                {
                    let mut both = Found::new(Rule::AssetBusy, self.deals, place, vec![other_place, place]);
                    both.finding.found = Some(Bilingual::same(format!("{}: {}", self.deals.text(asset), self.deals.case(other))));
                    found.push(both);
                }
                if before.is_none_or(|(_, other)| end(deal) > end(other)) {
                    before = Some((place, deal));
                }
            }
        }
    }

    /// 化整为零: within the window, deals on one asset that stay under the threshold one by one and reach it together.
    pub(super) fn splitting(&self, found: &mut Vec<Found>) {
        let small = || self.deals.iter().filter(|deal| deal.small.is_some());
        let days = small().filter_map(|deal| deal.planned);
        let span = match (days.clone().min(), days.max()) {
            (Some(first), Some(last)) => last.since(first).max(1),
            _ => return,
        };
        let (smalls, assets) = (count(small().count()), self.count);
        for (asset, mut on_it) in self.shared() {
            on_it.retain(|(_, deal)| deal.small.is_some());
            on_it.sort_by_key(|(_, deal)| (deal.planned, deal.line));
            // What all up to each are worth, so that no sum is added up again.
            let worth = on_it.iter().scan(0_u128, |sum, (_, deal)| {
                *sum = sum.saturating_add(deal.small.as_ref().map_or(0, |small| small.worth.fen()).into());
                Some(*sum)
            });
            let up_to: Vec<u128> = std::iter::once(0).chain(worth).collect();
            let mut reported = 0;
            for (place, (_, deal)) in on_it.iter().enumerate() {
                let (Some(planned), Some(small)) = (deal.planned, &deal.small) else { continue };
                let (threshold, window) = (small.threshold, i64::from(small.window.unwrap_or(365)));
                let too_old = |(_, other): &(usize, &Deal)| other.planned.is_none_or(|day| planned.since(day) > window);
                let (from, to) = (on_it.partition_point(too_old).max(reported), place.saturating_add(1));
                let fen = up_to.get(to).zip(up_to.get(from)).map_or(0, |(to, from)| to.saturating_sub(*from));
                if to.saturating_sub(from) < 2 || fen < u128::from(threshold.fen()) {
                    continue;
                }
                let sum = u64::try_from(fen).ok().and_then(|fen| Money::from_fen(fen).ok()).unwrap_or(Money::MAX);
                let together = on_it.get(from..to).unwrap_or_default();
                reported = to;
                let expected = float(smalls)
                    * (float(u64::try_from(window.min(span)).unwrap_or(0)) / float(u64::try_from(span).unwrap_or(1)))
                    / float(count(assets).max(1));
                let mut split = self.split(asset, together, expected);
                split.finding.expected = Some(Bilingual::of(format!("合计低于 {threshold}"), format!("together under {threshold}")));
                split.finding.found = split.finding.found.map(|asset| {
                    let (zh, en) = (&asset.zh, &asset.en);
                    Bilingual::of(format!("{zh}：{sum}"), format!("{en}: {sum}"))
                });
                found.push(split);
            }
        }
    }

    /// These together, the last of which made them too many, where so many are expected by chance.
    fn split(&self, asset: Name, together: &[(usize, &Deal)], expected: f64) -> Found {
        let many = together.len();
        let model = Bilingual::of(
            format!("若限额以下的交易随机落在各资产上：窗口内每项资产平均 {expected:.3} 宗，至少 {many} 宗的概率"),
            format!(
                "were deals under the threshold to fall on assets at random, {expected:.3} to each within the window: the chance of {many} or more"
            ),
        );
        let rests_on: Vec<usize> = together.iter().map(|(place, _)| *place).collect();
        let last = rests_on.last().copied().unwrap_or(usize::MAX);
        let chance = poisson_at_least(count(many), expected);
        let mut split = Found::new(Rule::Splitting, self.deals, last, rests_on).suspicion(chance, model);
        split.finding.found = Some(Bilingual::same(self.deals.text(asset)));
        // Known to be negotiated, it is what the law forbids; else it is to be looked into.
        if together.iter().all(|(_, deal)| deal.negotiated == Some(true)) {
            split.finding.severity = Severity::Major;
        }
        split
    }
}
