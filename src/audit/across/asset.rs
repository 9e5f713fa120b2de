//! Deals on one asset: two at a time, or one cut into several.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::chance::{count, float, poisson_at_least};
use super::super::{Deal, Finding, Rule, Severity};
use super::suspicion;
use crate::value::{Bilingual, Money};

fn by_asset(deals: &[Deal]) -> BTreeMap<&str, Vec<&Deal>> {
    let mut assets: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
    for deal in deals {
        if let Some(asset) = &deal.asset {
            assets.entry(asset).or_default().push(deal);
        }
    }
    assets
}

/// 一物一交易: opened while another on the same asset was still live.
pub(super) fn busy(deals: &[Deal], complete: bool, found: &mut Vec<Finding>) {
    for (asset, mut deals) in by_asset(deals) {
        deals.sort_by_key(|deal| (deal.opened, deal.line));
        // The one before that lived longest: any overlap is one with it.
        let mut before: Option<&Deal> = None;
        let end = |deal: &Deal| if deal.ended || !complete { deal.last.map(|(day, _)| day) } else { Some(NaiveDate::MAX) };
        for deal in deals {
            if let (Some(other), Some(opened)) = (before, deal.opened)
                && end(other).is_some_and(|end| end > opened)
            {
                let mut finding = Finding::new(Rule::AssetBusy, deal.case.clone(), deal.line);
                finding.found = Some(Bilingual::same(format!("{asset}: {}", other.case)));
                finding.evidence = vec![other.case.clone(), deal.case.clone()];
                found.push(finding);
            }
            if before.is_none_or(|other| end(deal) > end(other)) {
                before = Some(deal);
            }
        }
    }
}

/// 化整为零: within the window, deals on one asset that stay under the threshold one by one and reach it together.
pub(super) fn splitting(deals: &[Deal], found: &mut Vec<Finding>) {
    let under = |deal: &&Deal| match (deal.worth, deal.threshold) {
        (Some(worth), Some(threshold)) => worth < threshold && !deal.terminated && deal.negotiated != Some(false) && deal.planned.is_some(),
        _ => false,
    };
    let small: Vec<&Deal> = deals.iter().filter(under).collect();
    let days = small.iter().filter_map(|deal| deal.planned);
    let span = match (days.clone().min(), days.max()) {
        (Some(first), Some(last)) => last.signed_duration_since(first).num_days().max(1),
        _ => return,
    };
    let all_assets = by_asset(deals);
    let assets = float(count(all_assets.len()).max(1));
    for (asset, on_it) in all_assets {
        let mut on_it: Vec<&Deal> = on_it.into_iter().filter(under).collect();
        on_it.sort_by_key(|deal| (deal.planned, deal.line));
        let mut reported = 0;
        for (place, deal) in on_it.iter().enumerate() {
            let (Some(planned), Some(threshold)) = (deal.planned, deal.threshold) else { continue };
            let window = i64::from(deal.window.unwrap_or(365));
            let near = |other: &&&Deal| other.planned.is_some_and(|day| planned.signed_duration_since(day).num_days() <= window);
            let together: Vec<&Deal> = on_it.iter().take(place.saturating_add(1)).skip(reported).filter(near).copied().collect();
            let sum = Money::total(together.iter().filter_map(|deal| deal.worth)).unwrap_or(Money::MAX);
            if together.len() < 2 || sum < threshold {
                continue;
            }
            reported = place.saturating_add(1);
            let expected = float(count(small.len()))
                * (float(u64::try_from(window.min(span)).unwrap_or(0)) / float(u64::try_from(span).unwrap_or(1)))
                / assets;
            let chance = poisson_at_least(count(together.len()), expected);
            let model = Bilingual::of(
                format!("若限额以下的交易随机落在各资产上：窗口内每项资产平均 {expected:.3} 宗，至少 {} 宗的概率", together.len()),
                format!(
                    "were deals under the threshold to fall on assets at random, {expected:.3} to each within the window: the chance of {} or more",
                    together.len()
                ),
            );
            let evidence = together.iter().map(|deal| deal.case.clone()).collect();
            let mut finding = suspicion(Rule::Splitting, deal, chance, model, evidence);
            finding.expected = Some(Bilingual::of(format!("合计低于 {threshold}"), format!("together under {threshold}")));
            finding.found = Some(Bilingual::of(format!("{asset}：{sum}"), format!("{asset}: {sum}")));
            // Known to be negotiated, it is what the law forbids; else it is to be looked into.
            if together.iter().all(|deal| deal.negotiated == Some(true)) {
                finding.severity = Severity::Major;
            }
            found.push(finding);
        }
    }
}
