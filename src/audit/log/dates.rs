//! When it is said to have happened, and when it was entered.

use super::super::Rule;
use super::field::Field;
use super::names::Act;
use super::story::Story;
use crate::calendar::china_date;
use crate::dongsha::Step;
use crate::flow::StepId;
use crate::value::Bilingual;

impl Story<'_> {
    pub(super) fn dates(&mut self) {
        self.back_dated();
        self.signed_late();
    }

    /// Entered after it happened, and soon after; and no step before the one it follows.
    fn back_dated(&mut self) {
        let most = self.policy.as_ref().and_then(|policy| policy.at_most("back-dating-days")).map(|number| i64::from(*number.value()));
        let mut asked = false;
        for row in self.rows {
            let (Some(at), Some(recorded)) = (row.at, row.recorded) else { continue };
            asked = true;
            let days = china_date(recorded).signed_duration_since(china_date(at)).num_days();
            if at > recorded || most.is_some_and(|most| days > most) {
                self.breach(
                    Rule::BackDated,
                    row.step,
                    row.line,
                    Some(Bilingual::same(china_date(recorded))),
                    Some(Bilingual::same(china_date(at))),
                );
            }
        }
        if asked && most.is_some() {
            self.sheet.keep(Rule::BackDated);
        } else {
            self.sheet.lacks(Rule::BackDated, Field::Recorded.key());
        }
        if self.mapping.by_time() {
            return;
        }
        // In the order in which they were written down, nothing is dated before the step that it follows.
        for pair in Step::ALL.windows(2) {
            let [before, after] = pair else { continue };
            let (Some(one), Some(other)) = (self.performed(*before), self.performed(*after)) else { continue };
            if let (Some(began), Some(at)) = (one.at, other.at)
                && at < began
                && one.line < other.line
            {
                self.breach(
                    Rule::BackDated,
                    *after,
                    other.line,
                    Some(Bilingual::same(china_date(began))),
                    Some(Bilingual::same(china_date(at))),
                );
            }
        }
    }

    /// Signed within the policy's days of the end of the result's notice.
    fn signed_late(&mut self) {
        let Some(row) = self.performed(Step::ContractSigning) else { return };
        let own = row.values.as_ref().and_then(|values| values.signed_on);
        let Some(signed) = own.or(row.at.map(china_date)) else { return self.sheet.lacks(Rule::SignedLate, Field::SignedOn.key()) };
        let left = self.rows_of(Step::ResultNotice, Act::Left).find_map(|row| row.at).map(china_date);
        let Some(start) = left.or_else(|| self.result_ran_to()) else { return self.sheet.lacks(Rule::SignedLate, "published") };
        let deadline = self.policy.as_ref().and_then(|policy| policy.deadline("P7")).map(|number| *number.value());
        let Some(deadline) = deadline else { return self.sheet.lacks(Rule::SignedLate, "policy") };
        match self.office.calendar.deadline_day(start, deadline, &[]) {
            Ok(last) if signed > last => {
                self.breach(Rule::SignedLate, Step::ContractSigning, row.line, Some(Bilingual::same(last)), Some(Bilingual::same(signed)));
            }
            Ok(_) => self.sheet.keep(Rule::SignedLate),
            Err(_) => self.sheet.lacks(Rule::SignedLate, "calendar"),
        }
    }

    /// Without a row that says when the step was left: the day after its notice had run.
    fn result_ran_to(&self) -> Option<chrono::NaiveDate> {
        let step = Step::ResultNotice;
        let published = self.rows_of(step, Act::Published).filter_map(|row| row.at).max()?;
        let period = self.policy.as_ref()?.period("P6")?;
        let last = self.office.calendar.last_day(china_date(published), *period.value(), &[]).ok()?;
        debug_assert!(step.number() == 14, "P6 is the result's");
        last.succ_opt()
    }
}
