//! When it is said to have happened, and when it was entered.

use super::super::Rule;
use super::field::Field;
use super::moment::Moment;
use super::story::Story;
use super::words::Act;
use crate::calendar::DayNumber;
use crate::dongsha::Step;
use crate::value::Bilingual;

impl Story<'_> {
    pub(super) fn dates(&mut self) {
        self.back_dated();
        self.signed_late();
    }

    /// Entered after it happened, and soon after; and no step before the one it follows.
    fn back_dated(&mut self) {
        let most = self.scene.measures.and_then(|measures| measures.back_dating_days).map(i64::from);
        let gist = self.case.gist;
        // Nearly always all rows were entered at once. A policy that allows no day at all wants a look at each.
        let looks = gist.is_dated_otherwise || most == Some(0);
        for row in self.case.iter().filter(|_| looks) {
            let (Some(at), Some(recorded)) = (row.at, row.entered()) else { continue };
            if at > recorded || most.is_some_and(|most| recorded.china_day().since(at.china_day()) > most) {
                let (expected, found) = (Bilingual::same(recorded.china_day()), Bilingual::same(at.china_day()));
                self.breach_at(row.line(), Rule::BackDated, row.step, Some(expected), Some(found));
            }
        }
        if gist.is_dated && most.is_some() {
            self.sheet.keep(Rule::BackDated);
        } else {
            self.sheet.lacks(Rule::BackDated, Field::Recorded.key());
        }
        // In the order in which they were written down, nothing is dated before the step that it follows.
        if self.scene.mapping.by_time() || !gist.goes_back {
            return;
        }
        for (before, after) in &self.scene.variant.following {
            if let (Some(began), Some(at)) = (self.case.at(*before), self.case.at(*after))
                && at < began
                && let (Some(one), Some(other)) = (self.row(*before), self.row(*after))
                && one.line() < other.line()
            {
                let (expected, found) = (Bilingual::same(began.china_day()), Bilingual::same(at.china_day()));
                self.breach(Rule::BackDated, other.step, Some(expected), Some(found));
            }
        }
    }

    /// Signed within the policy's days of the end of the result's notice.
    fn signed_late(&mut self) {
        let Some(row) = self.performed(Step::ContractSigning) else { return };
        let own = self.said(&row).signed_on();
        let Some(signed) = own.or(row.at.map(Moment::china_day)) else {
            return self.sheet.lacks(Rule::SignedLate, Field::SignedOn.key());
        };
        let left = self.acts_of(Step::ResultNotice, Act::Left).find_map(|row| row.at).map(Moment::china_day);
        let Some(start) = left.or_else(|| self.result_ran_to()) else { return self.sheet.lacks(Rule::SignedLate, "published") };
        let Some(deadline) = self.scene.measures.and_then(|measures| measures.signing) else {
            return self.sheet.lacks(Rule::SignedLate, "policy");
        };
        match self.scene.office.calendar.deadline_day_number(start, deadline) {
            Ok(last) if signed > last => {
                self.breach(Rule::SignedLate, Step::ContractSigning, Some(Bilingual::same(last)), Some(Bilingual::same(signed)));
            }
            Ok(_) => self.sheet.keep(Rule::SignedLate),
            Err(_) => self.sheet.lacks(Rule::SignedLate, "calendar"),
        }
    }

    /// Without a row that says when the step was left: the day after its notice had run.
    fn result_ran_to(&self) -> Option<DayNumber> {
        let published = self.acts_of(Step::ResultNotice, Act::Published).filter_map(|row| row.at).max()?;
        let (period, _) = self.scene.measures?.stay(Step::ResultNotice, self.plan.worth)?;
        let last = self.scene.office.calendar.last_day_number(published.china_day(), period, &[]).ok()?;
        Some(last.plus(1))
    }
}
