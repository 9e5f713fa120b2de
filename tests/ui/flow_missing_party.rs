//! Mistake: nobody is responsible for a step.
//! Must fail with: flow!: step 1 Request has no responsible party: add `by ROLE,` after `does`

use sanzi::case::StepRecord;

sanzi::flow! {
    procedure HallLoan = "hall-loan" version 1, "借用礼堂" / "lending the hall";
    step HallStep;
    evidence HallEvidence;
    current CurrentLoan;
    role HallRole { Clerk "文书" / "clerk", Chair "主任" / "chair" }
    terminated by [Chair];
    clock by [Chair];

    phase "办理" / "handling" {
        1 Request(Entered) {
            name "申请" / "request",
            does "登记申请" / "enter the request",
            posts "申请" / "request" on [O],
            then Lending,
        }
        2 Lending(Entered) {
            name "申请" / "request",
            does "登记申请" / "enter the request",
            by Clerk,
            posts "申请" / "request" on [O],
            then End,
        }
    }
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Entered {}

impl StepRecord<HallLoan> for Entered {
    fn lines(&self) -> Vec<sanzi::disclosure::Line> {
        vec![]
    }
}

fn main() {}
