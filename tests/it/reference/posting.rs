//! What may be posted, and what is up.

use std::collections::BTreeSet;

use sanzi::calendar::china_date;
use sanzi::case::Subject;
use sanzi::disclosure::{Proof, Receipt, Status};
use sanzi::value::{Digest, PersonId};

use super::table::{BACK_DATING, line};
use super::{Judged, Life, Moment, Reference, must};

impl Reference {
    pub(super) fn may_post(&self, who: PersonId, of: Subject) -> bool {
        match of {
            Subject::Termination => self.holds(who, "Board") || self.holds(who, "StreetOffice"),
            _ => (1..=16).contains(&self.at) && self.holds(who, line(self.at).by),
        }
    }

    pub(super) fn judge_receipts(&self, who: PersonId, moment: Moment, of: Subject, receipts: &[Receipt], text: Option<Digest>) -> Judged {
        let (required, not_before): (BTreeSet<char>, _) = match of {
            Subject::Step => {
                self.live()?;
                must(self.stage > 0, "not performed")?;
                (line(self.at).channels.chars().collect(), self.did.get(&self.at).map(|did| did.done))
            }
            Subject::Withdrawal => {
                self.live()?;
                (self.withdrawal.clone().ok_or("nothing to withdraw")?.0, self.began.get(&self.at).copied())
            }
            Subject::Termination => {
                must(self.life == Life::Terminating, "nothing to end")?;
                (self.termination.clone().ok_or("nothing to end")?.0, None)
            }
        };
        let starts = of == Subject::Step && line(self.at).stays > 0 && receipts.iter().any(|receipt| receipt.status == Status::Confirmed);
        must(!starts || moment.trusted, "the clock is in doubt")?;
        for receipt in receipts {
            must(receipt.at <= moment.at && not_before.is_none_or(|start| receipt.at >= start), "a date that cannot be")?;
            let lost = matches!(receipt.status, Status::Removed | Status::Altered);
            must(lost || (china_date(moment.at) - china_date(receipt.at)).num_days() <= BACK_DATING, "dated back")?;
            must(Some(receipt.notice) == text && required.contains(&receipt.channel.letter()), "not this notice, or not there")?;
            if let Proof::Photo { taken_by, witness, .. } = receipt.proof {
                must(taken_by != witness && self.known(taken_by) && self.known(witness), "a photo takes two")?;
            }
            let verifier = line(self.at).verified_by.filter(|_| of == Subject::Step && receipt.status == Status::Confirmed);
            let checked = |role: &str| receipt.verified_by.is_some_and(|other| self.holds(other, role) && !self.tied(other, who));
            must(verifier.is_none_or(checked), "not verified")?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self, of: Subject, receipts: &[Receipt]) {
        for receipt in receipts {
            let channel = receipt.channel.letter();
            let (confirmed, gone) = (receipt.status == Status::Confirmed, matches!(receipt.status, Status::Removed | Status::Altered));
            let set = match of {
                Subject::Step => {
                    let Some(did) = self.did.get_mut(&self.at) else { continue };
                    if confirmed {
                        let since = did.gone.get(&channel).map_or(receipt.at, |gone| receipt.at.max(*gone));
                        did.up.entry(channel).or_insert(since);
                        self.carried.insert(channel);
                    } else if gone {
                        did.up.remove(&channel);
                        let last = did.gone.entry(channel).or_insert(receipt.at);
                        *last = receipt.at.max(*last);
                    }
                    continue;
                }
                Subject::Withdrawal => self.withdrawal.as_mut(),
                Subject::Termination => self.termination.as_mut(),
            };
            if let Some((_, up)) = set {
                let _ = if confirmed { up.insert(channel) } else { gone && up.remove(&channel) };
            }
        }
        if of == Subject::Step && self.stage == 2 && !self.up_everywhere() {
            self.stage = 1;
        }
    }
}
