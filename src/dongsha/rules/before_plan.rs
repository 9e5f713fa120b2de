//! Steps 1 to 4: what is traded, whether the Party branch endorses it, what is intended, what it is worth.

use super::super::{AssetCheckRecord, Dongsha, DongshaCode as Code, IntentRecord, PartyStudyRecord, Role, ValuationBasis, ValuationRecord};
use super::{Here, area, believable_area, bounded, document, months, needed, people, same};
use crate::case::{self, Case, Faults, StepRecord};
use crate::disclosure::Line;
use crate::value::{Bilingual, Money};

impl StepRecord<Dongsha> for AssetCheckRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        if let Some(opening) = scene.case().opening() {
            same(opening.asset, self.asset, Code::OtherAsset, scene, faults);
        }
        faults.require(!self.public_welfare, || scene.reason(Code::PublicWelfare));
        believable_area(self.area_centi_m2, scene, faults);
        if let Some(other) = scene.nearby().busy_with {
            faults.refuse(scene.reason(case::Code::AssetBusy).found(Bilingual::same(other)));
        }
        if let Some(ends) = self.current_lease_ends.filter(|ends| *ends >= scene.done_on()) {
            faults.warn(scene.reason(Code::LeaseRunning).found(Bilingual::same(ends)));
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line::new("资产", "asset", &self.title),
            Line::new("面积", "area", area(self.area_centi_m2)),
            Line::new("用途", "use", &self.usage),
        ];
        lines.extend(self.current_lease_ends.map(|day| Line::new("现有租约到期日", "current lease ends", day)));
        lines
    }
}

impl StepRecord<Dongsha> for PartyStudyRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        document("会议纪要", "minutes", self.minutes, scene, faults);
    }

    fn outcome(&self, _: &Case<Dongsha>) -> Option<&'static str> {
        (!self.endorsed).then_some("NotEndorsed")
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new(
                "结论",
                "conclusion",
                if self.endorsed { Bilingual::new("同意", "endorsed") } else { Bilingual::new("不同意", "not endorsed") },
            ),
            Line::new("理由", "reasons", &self.reason),
            Line::new("纪要", "minutes", self.minutes),
        ]
    }
}

impl StepRecord<Dongsha> for IntentRecord {
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("目的", "purpose", &self.purpose),
            Line::new("拟定方式", "proposed method", &self.method),
            Line::new("拟定期限", "proposed term", months(self.term_months)),
            Line::new("意见途径", "how to comment", &self.how_to_comment),
        ]
    }
}

impl StepRecord<Dongsha> for ValuationRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        faults.require(self.amount > Money::ZERO, || scene.reason(Code::ZeroValue));
        let quotes = if let ValuationBasis::Quotes(quotes) = &self.basis { quotes.len() } else { 0 };
        if !bounded(&[self.signatories.len(), quotes], scene, faults) {
            return;
        }
        if let ValuationBasis::Report(report) = self.basis {
            document("评估报告", "appraisal report", report, scene, faults);
        }
        if let ValuationBasis::Quotes(quotes) = &self.basis {
            faults.require(quotes.iter().all(|quote| *quote > Money::ZERO), || scene.reason(Code::ZeroValue));
            faults.require(quotes.len() >= 3, || {
                scene.reason(Code::QuotesTooFew).expected(Bilingual::same(3)).found(Bilingual::same(quotes.len()))
            });
            let within = quotes.iter().min().is_some_and(|least| *least <= self.amount)
                && quotes.iter().max().is_some_and(|most| self.amount <= *most);
            faults.require(within, || scene.reason(Code::ValueOutsideQuotes).found(self.amount.text()));
        }
        if self.valid_until < scene.done_on() {
            faults.refuse(
                scene.reason(Code::ValuationExpired).expected(Bilingual::same(scene.done_on())).found(Bilingual::same(self.valid_until)),
            );
        }
        self.examine_signatories(scene, faults);
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("评估价", "value", self.amount),
            Line::new("有效期至", "valid until", self.valid_until),
            Line::new("签字人数", "signatories", people(self.signatories.len())),
        ]
    }
}

impl ValuationRecord {
    /// Enough appraisers, each kept apart as the row says, none tied to another.
    fn examine_signatories(&self, scene: &Here<'_>, faults: &mut Faults) {
        let mut apart = Vec::new();
        for signatory in &self.signatories {
            scene.require_role(*signatory, Role::Appraiser, faults);
            if let Some(actor) = scene.person(*signatory, faults) {
                if apart.iter().any(|other| actor.is_tied_to(*other)) {
                    faults.refuse(scene.reason(Code::SignatoriesTied).found(Bilingual::same(signatory)));
                }
                apart.push(*signatory);
            }
        }
        let Some(least) = needed("at_least.appraisers", |policy| policy.at_least("appraisers"), scene, faults) else { return };
        let enough = u32::try_from(self.signatories.len()).is_ok_and(|count| count >= least);
        faults.require(enough, || scene.reason(Code::SignatoriesTooFew).expected(people(least)).found(people(self.signatories.len())));
    }
}
