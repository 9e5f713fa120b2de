//! The largest table that there can be: thirty-two steps and thirty-two roles, and a table that says its digest by itself.

use sanzi::dongsha::Dongsha;
use sanzi::flow::{Flow, Phase, Row, check, digest, numbered};
use sanzi::value::Bilingual;

use super::unsound::Entered;

sanzi::flow! {
    /// As large as it can be.
    pub procedure Full = "full" version 1, "满" / "full";
    pub step Step;
    pub evidence Records;
    pub current Current;
    pub role Role {
            R1 "岗1" / "role 1",
            R2 "岗2" / "role 2",
            R3 "岗3" / "role 3",
            R4 "岗4" / "role 4",
            R5 "岗5" / "role 5",
            R6 "岗6" / "role 6",
            R7 "岗7" / "role 7",
            R8 "岗8" / "role 8",
            R9 "岗9" / "role 9",
            R10 "岗10" / "role 10",
            R11 "岗11" / "role 11",
            R12 "岗12" / "role 12",
            R13 "岗13" / "role 13",
            R14 "岗14" / "role 14",
            R15 "岗15" / "role 15",
            R16 "岗16" / "role 16",
            R17 "岗17" / "role 17",
            R18 "岗18" / "role 18",
            R19 "岗19" / "role 19",
            R20 "岗20" / "role 20",
            R21 "岗21" / "role 21",
            R22 "岗22" / "role 22",
            R23 "岗23" / "role 23",
            R24 "岗24" / "role 24",
            R25 "岗25" / "role 25",
            R26 "岗26" / "role 26",
            R27 "岗27" / "role 27",
            R28 "岗28" / "role 28",
            R29 "岗29" / "role 29",
            R30 "岗30" / "role 30",
            R31 "岗31" / "role 31",
            R32 "岗32" / "role 32",
    }
    terminated by [R1];
    clock by [R1];
    phase "一" / "one" {
        1 S1(Entered) { name "第1步" / "step 1", does "做" / "do", by R1, posts "告" / "notice" on [P], then S2, }
        2 S2(Entered) { name "第2步" / "step 2", does "做" / "do", by R2, posts "告" / "notice" on [P], then S3, }
        3 S3(Entered) { name "第3步" / "step 3", does "做" / "do", by R3, posts "告" / "notice" on [P], then S4, }
        4 S4(Entered) { name "第4步" / "step 4", does "做" / "do", by R4, posts "告" / "notice" on [P], then S5, }
        5 S5(Entered) { name "第5步" / "step 5", does "做" / "do", by R5, posts "告" / "notice" on [P], then S6, }
        6 S6(Entered) { name "第6步" / "step 6", does "做" / "do", by R6, posts "告" / "notice" on [P], then S7, }
        7 S7(Entered) { name "第7步" / "step 7", does "做" / "do", by R7, posts "告" / "notice" on [P], then S8, }
        8 S8(Entered) { name "第8步" / "step 8", does "做" / "do", by R8, posts "告" / "notice" on [P], then S9, }
        9 S9(Entered) { name "第9步" / "step 9", does "做" / "do", by R9, posts "告" / "notice" on [P], then S10, }
        10 S10(Entered) { name "第10步" / "step 10", does "做" / "do", by R10, posts "告" / "notice" on [P], then S11, }
        11 S11(Entered) { name "第11步" / "step 11", does "做" / "do", by R11, posts "告" / "notice" on [P], then S12, }
        12 S12(Entered) { name "第12步" / "step 12", does "做" / "do", by R12, posts "告" / "notice" on [P], then S13, }
        13 S13(Entered) { name "第13步" / "step 13", does "做" / "do", by R13, posts "告" / "notice" on [P], then S14, }
        14 S14(Entered) { name "第14步" / "step 14", does "做" / "do", by R14, posts "告" / "notice" on [P], then S15, }
        15 S15(Entered) { name "第15步" / "step 15", does "做" / "do", by R15, posts "告" / "notice" on [P], then S16, }
        16 S16(Entered) { name "第16步" / "step 16", does "做" / "do", by R16, posts "告" / "notice" on [P], then S17, }
        17 S17(Entered) { name "第17步" / "step 17", does "做" / "do", by R17, posts "告" / "notice" on [P], then S18, }
        18 S18(Entered) { name "第18步" / "step 18", does "做" / "do", by R18, posts "告" / "notice" on [P], then S19, }
        19 S19(Entered) { name "第19步" / "step 19", does "做" / "do", by R19, posts "告" / "notice" on [P], then S20, }
        20 S20(Entered) { name "第20步" / "step 20", does "做" / "do", by R20, posts "告" / "notice" on [P], then S21, }
        21 S21(Entered) { name "第21步" / "step 21", does "做" / "do", by R21, posts "告" / "notice" on [P], then S22, }
        22 S22(Entered) { name "第22步" / "step 22", does "做" / "do", by R22, posts "告" / "notice" on [P], then S23, }
        23 S23(Entered) { name "第23步" / "step 23", does "做" / "do", by R23, posts "告" / "notice" on [P], then S24, }
        24 S24(Entered) { name "第24步" / "step 24", does "做" / "do", by R24, posts "告" / "notice" on [P], then S25, }
        25 S25(Entered) { name "第25步" / "step 25", does "做" / "do", by R25, posts "告" / "notice" on [P], then S26, }
        26 S26(Entered) { name "第26步" / "step 26", does "做" / "do", by R26, posts "告" / "notice" on [P], then S27, }
        27 S27(Entered) { name "第27步" / "step 27", does "做" / "do", by R27, posts "告" / "notice" on [P], then S28, }
        28 S28(Entered) { name "第28步" / "step 28", does "做" / "do", by R28, posts "告" / "notice" on [P], then S29, }
        29 S29(Entered) { name "第29步" / "step 29", does "做" / "do", by R29, posts "告" / "notice" on [P], then S30, }
        30 S30(Entered) { name "第30步" / "step 30", does "做" / "do", by R30, posts "告" / "notice" on [P], then S31, }
        31 S31(Entered) { name "第31步" / "step 31", does "做" / "do", by R31, posts "告" / "notice" on [P], then S32, }
        32 S32(Entered) { name "第32步" / "step 32", does "做" / "do", by R32, posts "告" / "notice" on [P], then End, }
    }
}

#[test]
fn thirty_two_steps_and_roles_are_accepted() {
    assert_eq!((Full::ROWS.len(), <Role as sanzi::flow::RoleId>::ALL.len()), (32, 32));
    assert_eq!(check::<Full>(), []);
}

/// A table written without `flow!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ByHand;

impl Flow for ByHand {
    type Step = <Dongsha as Flow>::Step;
    type Role = <Dongsha as Flow>::Role;
    const ID: &'static str = Dongsha::ID;
    const VERSION: u32 = Dongsha::VERSION;
    const NAME: Bilingual = Dongsha::NAME;
    const PHASES: &'static [Phase] = Dongsha::PHASES;
    const ROWS: &'static [Row<Self::Step, Self::Role>] = Dongsha::ROWS;
    const TERMINATED_BY: &'static [Self::Role] = Dongsha::TERMINATED_BY;
    const CLOCK_BY: &'static [Self::Role] = Dongsha::CLOCK_BY;

    fn row(step: Self::Step) -> &'static Row<Self::Step, Self::Role> {
        Dongsha::row(step)
    }
}

#[test]
fn the_same_rows_have_the_same_digest_however_they_were_written() {
    assert!(ByHand::digest().is_some());
    assert_eq!(ByHand::digest(), Dongsha::digest());
    assert_eq!(Dongsha::digest(), digest::<Dongsha>().ok());
    assert_ne!(Full::digest(), Dongsha::digest());
}

#[test]
fn rows_are_numbered_from_one_without_a_gap() {
    assert!(numbered(&[1]) && numbered(&[1, 2, 3]));
    assert!(!numbered(&[]) && !numbered(&[2]) && !numbered(&[1, 3]) && !numbered(&[1, 1]) && !numbered(&[0, 1]));
}
