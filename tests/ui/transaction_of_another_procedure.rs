//! Cheat: a transaction of an easier procedure, passed for one at the filing.
//! Must fail with: E0308

use sanzi::case::{StepRecord, Transaction};
use sanzi::dongsha::FilingAndArchive;


sanzi::flow! {
    /// Lend a hall: a procedure without a vote.
    procedure HallLoan = "hall-loan" version 1, "借用礼堂" / "lending the hall";
    step HallStep;
    evidence HallEvidence;
    current CurrentLoan;
    role HallRole { Clerk "文书" / "clerk" }
    terminated by [Clerk];
    clock by [Clerk];

    phase "办理" / "handling" {
        1 Lending(Lent) {
            name "出借" / "lending",
            does "交钥匙" / "hand over the key",
            by Clerk,
            posts "出借" / "lending" on [O],
            then End,
        }
    }
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Lent {}

impl StepRecord<HallLoan> for Lent {
    fn lines(&self) -> Vec<sanzi::disclosure::Line> {
        vec![]
    }
}

fn file(case: Transaction<Lending>) -> Transaction<FilingAndArchive> {
    case
}

fn main() {}
