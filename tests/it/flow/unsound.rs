//! Tables that are wrong on purpose: every flaw is found, and all of them at once.

use sanzi::case::{Procedure, StepRecord};
use sanzi::disclosure::{Channels, Line};
use sanzi::dongsha::{Role, Step};
use sanzi::flow::{Apart, Flaw, Flow, Graph, Outcome, Phase, Publication, Row, Target, check};
use sanzi::value::Bilingual;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entered {}

impl<P: Procedure> StepRecord<P> for Entered {
    fn lines(&self) -> Vec<Line> {
        Vec::new()
    }
}

/// A table by the parts of its rows that matter here.
macro_rules! table {
    ($module:ident { $($no:literal $step:ident { $($part:tt)* })+ }) => {
        table! { $module by [Clerk "文书" / "clerk"] { $($no $step { $($part)* })+ } }
    };
    ($module:ident by [$($role:tt)+] { $($no:literal $step:ident { $($part:tt)* })+ }) => {
        mod $module {
            use super::Entered;
            sanzi::flow! {
                /// Wrong on purpose.
                pub procedure Table = "table" version 1, "表" / "table";
                pub step Step;
                pub evidence Records;
                pub current Current;
                pub role Role { $($role)+ }
                terminated by [Clerk];
                clock by [Clerk];
                phase "一" / "one" {
                    $($no $step(Entered) { name "名" / "name", does "做" / "do", by Clerk, $($part)* })+
                }
            }
        }
    };
}

table! { sound {
    1 A { posts "告" / "notice" on [P], then B, }
    2 B { posts "告" / "notice" on [P], then Ended { On "是" / "yes" => C, Back "否" / "no" => A }, }
    3 C { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn a_sound_table_has_no_flaw() {
    assert_eq!(check::<sound::Table>(), []);
    assert_eq!(Graph::of::<sound::Table>().dominators(), ["End", "C", "B", "A"]);
}

table! { skippable {
    1 A { posts "告" / "notice" on [P], then AtA { On "续" / "on" => B, Over "越" / "over" => C }, }
    2 B { posts "告" / "notice" on [P], then C, }
    3 C { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn a_step_that_some_path_avoids_is_skippable() {
    assert_eq!(check::<skippable::Table>(), [Flaw::JumpsAhead { step: "A", outcome: "Over" }, Flaw::Skippable("B")]);
    assert_eq!(Graph::of::<skippable::Table>().dominators(), ["End", "C", "A"]);
}

table! { early_end {
    1 A { posts "告" / "notice" on [P], then B, }
    2 B { posts "告" / "notice" on [P], then AtB { On "续" / "on" => C, Out "止" / "out" => End }, }
    3 C { posts "告" / "notice" on [P], then D, }
    4 D { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn an_early_end_makes_every_later_step_skippable() {
    let flaws = check::<early_end::Table>();
    assert_eq!(flaws, [Flaw::JumpsAhead { step: "B", outcome: "Out" }, Flaw::Skippable("C"), Flaw::Skippable("D")]);
}

table! { back_and_over {
    1 A { posts "告" / "notice" on [P], then B, }
    2 B { posts "告" / "notice" on [P], then C, }
    3 C { posts "告" / "notice" on [P], then AtC { On "续" / "on" => D, Back "退" / "back" => A, Twice "再" / "twice" => E }, }
    4 D { posts "告" / "notice" on [P], then E, }
    5 E { posts "告" / "notice" on [P], then AtE { On "续" / "on" => End, Back "退" / "back" => C }, }
} }

#[test]
fn a_skip_hidden_among_returns_is_found() {
    assert_eq!(check::<back_and_over::Table>(), [Flaw::JumpsAhead { step: "C", outcome: "Twice" }, Flaw::Skippable("D")]);
}

table! { unreachable {
    1 A { posts "告" / "notice" on [P], then C, }
    2 B { posts "告" / "notice" on [P], then C, }
    3 C { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn a_step_that_nothing_leads_to_is_unreachable() {
    let flaws = check::<unreachable::Table>();
    assert_eq!(flaws, [Flaw::ForwardNotFirst("A"), Flaw::JumpsAhead { step: "A", outcome: "Done" }, Flaw::Unreachable("B")]);
}

table! { endless {
    1 A { posts "告" / "notice" on [P], then B, }
    2 B { posts "告" / "notice" on [P], then A, }
    3 C { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn a_circle_has_no_way_out() {
    let flaws = check::<endless::Table>();
    let expected = [Flaw::NoWayOut("A"), Flaw::NoWayOut("B"), Flaw::ForwardNotFirst("B"), Flaw::Unreachable("C")];
    assert_eq!(flaws, expected, "and no path to the end avoids a step where there is none");
}

table! { objections {
    1 A { posts "告" / "notice" on [P] for P1 objections to Clerk, then B, }
    2 B { posts "告" / "notice" on [P] for P1, then AtB { On "续" / "on" => C, Upheld "成立" / "upheld" => A }, }
    3 C { posts "告" / "notice" on [P] objections to Clerk, then AtC { On "续" / "on" => End, Upheld "成立" / "upheld" => A }, }
} }

#[test]
fn objections_need_a_period_and_somewhere_to_lead() {
    let expected = [Flaw::ObjectionsLeadNowhere("A"), Flaw::ObjectionsLeadNowhere("B"), Flaw::ObjectionsWithoutPeriod("C")];
    assert_eq!(check::<objections::Table>(), expected);
}

table! { apart {
    1 A { apart [step A], posts "告" / "notice" on [P], then B, }
    2 B { apart [step A, step C], posts "告" / "notice" on [P], then C, }
    3 C { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn people_are_compared_with_earlier_steps_only() {
    let expected = [Flaw::ApartFromLater { step: "A", other: "A" }, Flaw::ApartFromLater { step: "B", other: "C" }];
    assert_eq!(check::<apart::Table>(), expected);
}

table! { forward_last {
    1 A { posts "告" / "notice" on [P], then AtA { Again "再" / "again" => A, On "续" / "on" => B }, }
    2 B { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn the_way_forward_is_written_first() {
    assert_eq!(check::<forward_last::Table>(), [Flaw::ForwardNotFirst("A")]);
}

table! { all_wrong {
    1 A { apart [step D], posts "告" / "notice" on [P] objections to Clerk, then D, }
    2 B { posts "告" / "notice" on [P], then A, }
    3 C { posts "告" / "notice" on [P], then AtC { Round "回" / "round" => C }, }
    4 D { posts "告" / "notice" on [P], then AtD { Back "退" / "back" => A, On "续" / "on" => End }, }
} }

#[test]
fn every_flaw_is_reported_at_once() {
    let expected = [
        Flaw::ForwardNotFirst("A"),
        Flaw::JumpsAhead { step: "A", outcome: "Done" },
        Flaw::ObjectionsLeadNowhere("A"),
        Flaw::ObjectionsWithoutPeriod("A"),
        Flaw::ApartFromLater { step: "A", other: "D" },
        Flaw::Unreachable("B"),
        Flaw::ForwardNotFirst("B"),
        Flaw::Unreachable("C"),
        Flaw::NoWayOut("C"),
        Flaw::ForwardNotFirst("C"),
        Flaw::ForwardNotFirst("D"),
    ];
    assert_eq!(check::<all_wrong::Table>(), expected);
}

#[rustfmt::skip]
table! { many_roles by [
    Clerk "一" / "1", R2 "二" / "2", R3 "三" / "3", R4 "四" / "4", R5 "五" / "5", R6 "六" / "6", R7 "七" / "7", R8 "八" / "8",
    R9 "九" / "9", R10 "十" / "10", R11 "11" / "11", R12 "12" / "12", R13 "13" / "13", R14 "14" / "14", R15 "15" / "15",
    R16 "16" / "16", R17 "17" / "17", R18 "18" / "18", R19 "19" / "19", R20 "20" / "20", R21 "21" / "21", R22 "22" / "22",
    R23 "23" / "23", R24 "24" / "24", R25 "25" / "25", R26 "26" / "26", R27 "27" / "27", R28 "28" / "28", R29 "29" / "29",
    R30 "30" / "30", R31 "31" / "31", R32 "32" / "32", R33 "33" / "33"
] {
    1 A { posts "告" / "notice" on [P], then End, }
} }

#[test]
fn more_than_32_roles_are_too_many() {
    assert_eq!(check::<many_roles::Table>(), [Flaw::TooMany { what: "roles", found: 33 }]);
}

/// What `flow!` would not take, written by hand: no row, a row published nowhere whose outcomes share a name, 33 rows.
macro_rules! by_hand {
    ($name:ident, $rows:expr) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        struct $name;

        impl Flow for $name {
            type Step = Step;
            type Role = Role;
            const ID: &'static str = "by-hand";
            const VERSION: u32 = 1;
            const NAME: Bilingual = Bilingual::new("手写", "by hand");
            const PHASES: &'static [Phase] = &[];
            const ROWS: &'static [Row<Step, Role>] = $rows;
            const TERMINATED_BY: &'static [Role] = &[];
            const CLOCK_BY: &'static [Role] = &[];

            fn row(step: Step) -> &'static Row<Step, Role> {
                &Self::ROWS[step as usize]
            }
        }
    };
}

/// Published on these channels; objections go to these, in this order.
const fn row(channels: Channels, judges: &'static [Role], outcomes: &'static [Outcome<Step>]) -> Row<Step, Role> {
    let (objections_to, rising) = match judges {
        [] => (None, judges),
        [first, above @ ..] => (Some(*first), above),
    };
    Row {
        step: Step::AssetCheck,
        number: 1,
        name: Bilingual::new("一", "one"),
        numbered: Bilingual::new("", ""),
        does: Bilingual::new("一", "one"),
        by: Role::Board,
        apart: &[Apart::Bidder],
        after: None,
        within: None,
        posts: Publication { what: Bilingual::new("一", "one"), channels, period: None, verified_by: None, objections_to, rising },
        outcomes,
    }
}

const DONE: Outcome<Step> = Outcome { id: "Done", name: Bilingual::new("完成", "done"), to: Target::End };
const ONCE: &[Outcome<Step>] = &[DONE];
const TWICE: &[Outcome<Step>] = &[DONE, DONE];
const PLAIN: Row<Step, Role> = row(Channels::P, &[], ONCE);

by_hand!(Circle, &[row(Channels::P, &[Role::Supervisors, Role::StreetOffice, Role::Supervisors], ONCE)]);
by_hand!(NoRow, &[]);
by_hand!(Unpublished, &[row(Channels::NONE, &[], TWICE)]);
by_hand!(TooLong, &[PLAIN; 33]);

#[test]
fn an_empty_table_is_a_flaw() {
    assert_eq!(check::<NoRow>(), [Flaw::Empty]);
}

#[test]
fn a_row_must_be_published_and_its_outcomes_told_apart() {
    let expected = [Flaw::OutcomeTwice { step: "AssetCheck", outcome: "Done" }, Flaw::NotPublished("AssetCheck")];
    assert_eq!(check::<Unpublished>(), expected);
}

#[test]
fn an_objection_rises_to_each_level_once() {
    assert!(check::<Circle>().contains(&Flaw::RisesInACircle("AssetCheck")));
    let twins: Vec<Flaw> = check::<sanzi::dongsha::Dongsha>().into_iter().collect();
    assert_eq!(twins, []);
}

#[test]
fn more_than_32_steps_are_too_many() {
    assert_eq!(check::<TooLong>()[0], Flaw::TooMany { what: "steps", found: 33 });
}

#[test]
fn each_flaw_says_what_to_do() {
    let flaws = [
        Flaw::Empty,
        Flaw::TooMany { what: "steps", found: 33 },
        Flaw::Unreachable("A"),
        Flaw::NoWayOut("A"),
        Flaw::ForwardNotFirst("A"),
        Flaw::OutcomeTwice { step: "A", outcome: "On" },
        Flaw::ObjectionsWithoutPeriod("A"),
        Flaw::RisesInACircle("A"),
        Flaw::ApartFromLater { step: "A", other: "B" },
    ];
    for flaw in flaws {
        assert!(flaw.to_string().contains(": "), "what is wrong, a colon, what to do: {flaw}");
    }
}
