//! The notices of a case: of a step, of a withdrawal, of a termination.

use super::{Case, CaseStatus, EvidenceSet, Procedure, Subject, Termination};
use crate::disclosure::{Channels, Line, Notice};
use crate::flow::{RoleId, StepId, names};
use crate::value::{Bilingual, Digest};

impl<P: Procedure> Case<P> {
    /// The notice that is waiting to go up, or is up, as every channel must show it. Its digest is what receipts confirm.
    pub fn notice(&self, of: Subject) -> Option<Notice> {
        match of {
            Subject::Step => {
                let done = self.done(self.place()?.step)?;
                Some(self.step_notice(&done.evidence, done.number))
            }
            Subject::Withdrawal => {
                let posting = self.withdrawal()?;
                Some(self.withdrawal_notice(self.place()?.step, posting.required(), self.withdrawal_number()))
            }
            Subject::Termination => self.termination().map(|(termination, _)| self.termination_notice(termination, self.notices)),
        }
    }

    /// The notice that this record would make if it were performed now: for preview.
    pub fn preview(&self, evidence: &P::Evidence) -> Notice {
        self.step_notice(evidence, self.notices.saturating_add(1))
    }

    pub(super) fn step_notice(&self, evidence: &P::Evidence, number: u32) -> Notice {
        let step = evidence.step();
        let row = P::row(step);
        let mut lines = self.head();
        lines.push(Line::new("环节", "step", row.numbered.clone()));
        lines.push(Line::new("责任人", "responsible", row.by.name()));
        lines.extend(evidence.record().lines());
        if let Some(judge) = row.posts.objections_to {
            lines.push(Line::new("异议受理", "objections to", judge.name()));
            if !row.posts.rising.is_empty() {
                lines.push(Line::new("逾期未答复逐级上升至", "unanswered, they rise to", names(row.posts.rising)));
            }
        }
        Notice { case: self.id, number, title: row.posts.what.clone(), lines }
    }

    pub(super) fn withdrawal_notice(&self, back_to: P::Step, channels: Channels, number: u32) -> Notice {
        let name = back_to.name();
        let mut lines = self.head();
        lines.push(Line::new(
            "退回至",
            "returned to",
            Bilingual::of(format!("{} {}", back_to.number(), name.zh), format!("{} {}", back_to.number(), name.en)),
        ));
        lines.push(Line::new(
            "效力",
            "effect",
            Bilingual::new("该环节起此前公告、表决、审批一并作废", "all notices, votes and approvals from that step on are void"),
        ));
        lines.push(Line::new("撤回渠道", "withdrawn on", channels.names()));
        Notice { case: self.id, number, title: Bilingual::new("撤回公告", "notice of withdrawal"), lines }
    }

    pub(super) fn termination_notice(&self, termination: &Termination, number: u32) -> Notice {
        let mut lines = self.head();
        lines.push(Line::new("决定", "decision", termination.decision));
        lines.push(Line::new("理由", "reasons", &termination.reason));
        Notice { case: self.id, number, title: Bilingual::new("终止公告", "notice of termination"), lines }
    }

    pub(super) fn digest_of(notice: &Notice) -> Option<Digest> {
        notice.digest().ok()
    }

    /// The number that the withdrawal took when the return was recorded.
    fn withdrawal_number(&self) -> u32 {
        match self.status {
            CaseStatus::At(place) => self.done(place.step).map_or(self.notices, |done| done.number.saturating_sub(1)),
            _ => self.notices,
        }
    }

    fn head(&self) -> Vec<Line> {
        let opening = self.opening();
        // Enough for nearly every notice.
        let mut lines = Vec::with_capacity(20);
        let org = self.org.map(|org| Line::new("单位", "organisation", org));
        let title = opening.map(|opening| Line::new("项目", "transaction", &opening.title));
        let asset = opening.map(|opening| Line::new("资产编号", "asset", opening.asset));
        lines.extend(org.into_iter().chain(title).chain(asset));
        lines
    }
}
