//! Judges a case when all its rows are there.

use super::super::deals::Deals;
use super::super::names::Names;
use super::super::part::{Part, Sheet};
use super::mapping::Mapping;
use super::measures::Almanac;
use super::roll::Roll;
use super::row::{CaseRows, Facts};
use super::story::{Scene, Story};
use super::terms::vote_passed;
use super::variant::Variants;
use crate::case::Office;
use crate::dongsha::Dongsha;

/// One case after the other, in the same memory.
pub(super) struct CaseJudge<'a> {
    office: &'a Office<Dongsha>,
    mapping: &'a Mapping,
    almanac: Almanac,
    variants: Variants,
    sheet: Sheet,
    pub(super) deals: Deals,
}

impl<'a> CaseJudge<'a> {
    pub(super) fn new(office: &'a Office<Dongsha>, mapping: &'a Mapping) -> CaseJudge<'a> {
        let (almanac, variants) = (Almanac::new(office), Variants::new());
        CaseJudge { office, mapping, almanac, variants, sheet: Sheet::default(), deals: Deals::default() }
    }

    pub(super) fn judge(&mut self, case: CaseRows<'_>, names: &Names, roll: &Roll, part: &mut Part) {
        part.cases = part.cases.saturating_add(1);
        let day = case.times.iter().flatten().next().map(|at| at.china_day());
        let measures = day.and_then(|day| self.almanac.on(day));
        let passed = |vote: Facts<'_>| vote_passed(vote, measures);
        let Some(variant) = self.variants.of(case, self.mapping.complete(), passed) else { return };
        self.sheet.clear();
        let scene = Scene { mapping: self.mapping, office: self.office, names, roll, measures, variant };
        let over = Story::new(case, scene, &mut self.sheet, part, &mut self.deals).judge();
        part.open = part.open.saturating_add(u64::from(!over));
    }
}
