//! Judges a case when all its rows are there.

use super::super::deals::Deals;
use super::super::names::Names;
use super::super::part::Part;
use super::index::Index;
use super::mapping::Mapping;
use super::measures::Almanac;
use super::moment::Moment;
use super::roll::Roll;
use super::row::CaseRows;
use super::story::{Scene, Story};
use crate::case::Office;
use crate::dongsha::Dongsha;

/// One case after the other, in the same memory.
pub(super) struct CaseJudge<'a> {
    office: &'a Office<Dongsha>,
    almanac: Almanac,
    index: Index,
    pub(super) deals: Deals,
}

impl<'a> CaseJudge<'a> {
    pub(super) fn new(office: &'a Office<Dongsha>) -> CaseJudge<'a> {
        CaseJudge { office, almanac: Almanac::new(office), index: Index::default(), deals: Deals::default() }
    }

    pub(super) fn judge(&mut self, case: CaseRows<'_>, mapping: &Mapping, names: &Names, roll: &Roll, part: &mut Part) {
        part.cases = part.cases.saturating_add(1);
        let day = case.rows.iter().find_map(|row| row.at).map(Moment::china_date);
        self.index.make(case.rows, case.facts);
        let measures = day.and_then(|day| self.almanac.on(day));
        let scene = Scene { mapping, office: self.office, names, roll, measures, index: &self.index };
        let over = Story::new(case, scene, part, &mut self.deals).judge();
        part.open = part.open.saturating_add(u64::from(!over));
    }
}
