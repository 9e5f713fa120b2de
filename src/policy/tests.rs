#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"id = "charter"
title = { zh = "章程", en = "charter" }
valid_from = "2025-05-01"
valid_to = "2026-12-31"

[periods.P3]
value = { working = 7, calendar = 10 }
source = "章程第二十条"
verified = true

[majorities.assembly]
value = { body = "members", quorum = "at least 2/3", passes = "more than 1/2", of = "present" }
source = "章程第八条"
verified = true

[amounts]
large-from = { value = "5000.50", source = "章程第九条", verified = false }
"#;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn old() -> Policy {
    Policy::builtin_on(day("2018-03-01")).unwrap()
}

fn new() -> Policy {
    Policy::builtin_on(day("2025-05-01")).unwrap()
}

#[test]
fn both_builtin_policies_load_and_follow_each_other() {
    assert_eq!((old().id(), new().id()), ("gz-before-2025", "gz-from-2025"));
    assert_eq!(Policy::builtin_on(day("2025-04-30")).unwrap(), old());
    assert_eq!(Policy::builtin_on(day("2018-01-01")).unwrap(), old());
    assert_eq!(Policy::builtin_on(day("2017-12-31")), Err(PolicyError::NotBuiltIn { date: day("2017-12-31") }));
    assert_eq!(Policy::builtin_on(NaiveDate::MAX).unwrap(), new());
    for policy in [old(), new()] {
        for (name, working, calendar) in
            [("P1", 5, 0), ("P2", 0, 10), ("P3", 5, 0), ("P5.small", 5, 0), ("P5.ordinary", 10, 0), ("P5.large", 20, 0), ("P6", 5, 0)]
        {
            assert_eq!(policy.period(name).unwrap().value(), &Period::both(working, calendar), "{name}");
        }
        for (name, days) in [("P4", 5), ("P7", 10), ("P8", 5), ("objection", 5)] {
            assert_eq!(policy.deadline(name).unwrap().value(), &Deadline::working(days), "{name}");
        }
        for (name, count) in [("bidders", 1), ("witnesses", 2), ("appraisers", 2)] {
            assert_eq!(policy.at_least(name).unwrap().value(), &count, "{name}");
        }
        for (name, count) in [("lease-years", 20), ("back-dating-days", 3), ("clock-gap-days", 180), ("splitting-window-days", 365)] {
            assert_eq!(policy.at_most(name).unwrap().value(), &count, "{name}");
        }
        for (name, yuan) in [("public-trading-from", 10_000), ("small-below", 100_000), ("large-from", 5_000_000)] {
            assert_eq!(policy.amount(name).unwrap().value(), &Money::from_yuan(yuan).unwrap(), "{name}");
        }
    }
    assert_eq!(new().at_least("delegates").unwrap().value(), &21);
    assert_eq!(old().at_least("delegates"), None);
}

#[test]
fn only_what_was_read_is_verified() {
    let numbers = |policy: &Policy| {
        policy.periods().count()
            + policy.deadlines().count()
            + policy.majorities().count()
            + policy.amounts().count()
            + policy.all_at_least().count()
            + policy.all_at_most().count()
    };
    assert_eq!(old().unverified().count(), numbers(&old()), "no number of the old policy was read in a text in force then");
    let verified: Vec<_> = new().majorities().filter(|(_, number)| number.verified()).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(verified.len(), 7);
    let unverified: Vec<String> = new().unverified().collect();
    for name in
        ["periods.P1", "periods.P3", "periods.P5.large", "deadlines.P7", "amounts.large-from", "at_least.bidders", "at_most.clock-gap-days"]
    {
        assert!(unverified.iter().any(|found| found == name), "{name}");
    }
    for name in ["periods.P2", "at_least.delegates", "at_most.lease-years", "majorities.assembly"] {
        assert!(!unverified.iter().any(|found| found == name), "{name}");
    }
}

#[test]
fn every_edge_of_every_majority() {
    use VoteResult::{NoQuorum, Passed, Rejected};
    let (old, new) = (old(), new());
    let members = |all| Eligible::Members(AllMembers(all));
    let delegates = |all| Eligible::Delegates(AllDelegates(all));
    let directors = |all| Eligible::Directors(AllDirectors(all));
    let table = [
        // RCEO 27: exactly two thirds, one fewer, and a number that three does not divide.
        (&new, "assembly", members(300), 200, 200, Passed),
        (&new, "assembly", members(300), 300, 199, Rejected),
        (&new, "assembly", members(300), 199, 199, NoQuorum),
        (&new, "assembly", members(301), 201, 201, Passed),
        (&new, "assembly", members(301), 201, 200, Rejected),
        (&new, "assembly", members(301), 200, 200, NoQuorum),
        (&new, "assembly", members(0), 0, 0, NoQuorum),
        (&new, "assembly", members(u32::MAX), u32::MAX / 3 * 2, u32::MAX / 3 * 2, Passed),
        (&new, "assembly", members(u32::MAX), u32::MAX, u32::MAX / 3 * 2 - 1, Rejected),
        // RCEO 28: of all delegates, without a quorum.
        (&new, "delegates", delegates(30), 20, 20, Passed),
        (&new, "delegates", delegates(30), 30, 19, Rejected),
        (&new, "delegates", delegates(0), 0, 0, Rejected),
        // RCEO 29, 31: half is not more than half, and of all, not of those present.
        (&new, "board", directors(6), 4, 4, Passed),
        (&new, "board", directors(6), 4, 3, Rejected),
        (&new, "board", directors(6), 3, 3, NoQuorum),
        (&new, "board", directors(7), 5, 4, Passed),
        (&new, "board", directors(7), 5, 3, Rejected),
        // Others by law, without a quorum.
        (&new, "farmland-to-outsiders.assembly", members(3), 2, 2, Passed),
        (&new, "farmland-to-outsiders.assembly", members(3), 3, 1, Rejected),
        (&new, "farmland-to-outsiders.delegates", delegates(31), 31, 20, Rejected),
        (&new, "farmland-to-outsiders.delegates", delegates(31), 31, 21, Passed),
        (&new, "construction-land.assembly", members(30), 30, 20, Passed),
        (&new, "construction-land.delegates", delegates(30), 30, 19, Rejected),
        // The old rule: half attend, half of those present.
        (&old, "assembly", members(300), 150, 75, Passed),
        (&old, "assembly", members(300), 150, 74, Rejected),
        (&old, "assembly", members(300), 149, 149, NoQuorum),
        (&old, "assembly", members(301), 150, 150, NoQuorum),
        (&old, "assembly", members(301), 151, 76, Passed),
        (&old, "assembly", members(301), 151, 75, Rejected),
        (&old, "delegates", delegates(30), 20, 14, Passed),
        (&old, "delegates", delegates(30), 20, 13, Rejected),
        (&old, "delegates", delegates(30), 19, 19, NoQuorum),
    ];
    for (policy, name, eligible, present, in_favour, expected) in table {
        let tally = Tally::new(eligible, Present(present), in_favour, present - in_favour, 0).unwrap();
        assert_eq!(policy.majority(name).unwrap().value().decide(&tally), Ok(expected), "{name} {tally:?}");
    }
}

#[test]
fn a_majority_says_its_quorum() {
    assert_eq!(new().majority("assembly").unwrap().value().quorum(), Some(Share::TWO_THIRDS));
    assert_eq!(new().majority("delegates").unwrap().value().quorum(), None);
}

#[test]
fn nobody_present_passes_nothing() {
    let majority = Majority::of_present(Body::Members, Share::HALF);
    let tally = Tally::new(AllMembers(10), Present(0), 0, 0, 0).unwrap();
    assert_eq!(majority.decide(&tally), Ok(VoteResult::Rejected));
}

#[test]
fn impossible_counts_are_refused() {
    let tally = |present, a, b, c| Tally::new(AllMembers(10), Present(present), a, b, c).unwrap_err();
    assert_eq!(tally(11, 11, 0, 0), TallyError::MorePresentThanEligible { present: 11, eligible: 10 });
    assert_eq!(tally(10, 9, 2, 0), TallyError::DoesNotAddUp { sum: 11, present: 10 });
    assert_eq!(tally(10, 7, 1, 1), TallyError::DoesNotAddUp { sum: 9, present: 10 });
    assert_eq!(tally(2, u32::MAX, 3, 0), TallyError::DoesNotAddUp { sum: u64::from(u32::MAX) + 3, present: 2 }, "no wrapping round");
    let good = Tally::new(AllDelegates(10), Present(9), 7, 1, 1).unwrap();
    let error = new().majority("assembly").unwrap().value().decide(&good).unwrap_err();
    assert_eq!(error.to_string(), "delegates voted, but the majority is one of members: let that body vote, or use its majority");
    let json = serde_json::to_string(&good).unwrap();
    assert_eq!(json, r#"{"eligible":{"delegates":10},"present":9,"in_favour":7,"against":1,"abstaining":1}"#);
    assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), good);
    assert!(serde_json::from_str::<Tally>(&json.replace("\"present\":9", "\"present\":8")).is_err());
}

#[test]
fn shares_are_said_in_both_languages_and_read_in_one_form() {
    let share = |text: &str| text.parse::<Share>();
    for (written, zh, en) in [
        ("at least 2/3", "三分之二以上", "at least 2/3"),
        ("at least 4/6", "三分之二以上", "at least 2/3"),
        ("more than 2/3", "超过三分之二", "more than 2/3"),
        ("more than 1/2", "过半数", "more than half"),
        ("at least 1/2", "半数以上", "at least half"),
        ("at least 1/1", "全部", "all"),
        ("at least 51/100", "100分之51以上", "at least 51/100"),
    ] {
        assert_eq!(share(written).unwrap().text(), Bilingual::of(zh, en), "{written}");
        let json = serde_json::to_string(&share(written).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share(written).unwrap());
    }
    for bad in [
        "",
        "2/3",
        "at least",
        "at least 2",
        "at least 2/",
        "at least +2/3",
        "at least 2 / 3",
        "at least -2/3",
        "at least 2/3 ",
        "at least 99999999999/2",
    ] {
        assert!(matches!(share(bad), Err(ShareError::Malformed(_))), "{bad}");
    }
    for bad in ["at least 0/3", "at least 4/3", "at least 2/0", "more than 0/3", "more than 3/3", "at least 0/0"] {
        assert!(matches!(share(bad), Err(ShareError::OutOfRange(..))), "{bad}");
    }
    let order = ["at least 1/3", "more than 1/3", "at least 1/2", "more than 1/2", "at least 2/3", "more than 2/3", "at least 1/1"];
    assert!(order.is_sorted_by(|a, b| share(a).unwrap() < share(b).unwrap()));
    let assembly = new().majority("assembly").unwrap().value().text();
    assert_eq!(assembly.zh, "三分之二以上成员参加，全体成员三分之二以上同意");
    assert_eq!(assembly.en, "at least 2/3 of members attend, at least 2/3 of all members in favour");
    assert_eq!(old().majority("delegates").unwrap().value().text().zh, "三分之二以上成员代表参加，到会成员代表三分之二以上同意");
}

#[test]
fn a_slip_is_named_with_its_line_column_and_field() {
    Policy::from_toml(GOOD).unwrap();
    for (from, to, line, column, field, says) in [
        ("working = 7", "working = 3661", 7, 9, "periods.P3.value", "3661 days are over"),
        ("working = 7", "working = -7", 7, 21, "periods.P3.value.working", "-7"),
        ("working = 7, calendar = 10", "weeks = 2", 7, 11, "periods.P3.value", "unknown field `weeks`"),
        ("{ working = 7, calendar = 10 }", "{}", 7, 9, "periods.P3.value", "names no days"),
        ("{ working = 7, calendar = 10 }", "7", 7, 9, "periods.P3.value", "days such as"),
        ("at least 2/3", "at least 2/0", 12, 38, "majorities.assembly.value.quorum", "2/0"),
        ("at least 2/3", "two thirds", 12, 38, "majorities.assembly.value.quorum", "write `at least 2/3`"),
        ("more than 1/2", "more than 3/2", 12, 63, "majorities.assembly.value.passes", "3/2"),
        ("\"members\"", "\"villagers\"", 12, 18, "majorities.assembly.value.body", "unknown variant `villagers`"),
        ("\"5000.50\"", "5000.50", 17, 24, "amounts.large-from.value", "floating point"),
        ("\"5000.50\"", "\"5,000\"", 17, 24, "amounts.large-from.value", "is not an amount"),
        ("章程第二十条", "章程\u{200b}第二十条", 8, 10, "periods.P3.source", "U+200B"),
        ("章程第二十条", "  ", 8, 10, "periods.P3.source", "empty"),
        ("verified = true", "verified = \"yes\"", 9, 12, "periods.P3.verified", "boolean"),
        ("verified = true", "", 6, 1, "periods.P3", "missing field `verified`"),
        ("verified = true", "verified = true\nverifed = true", 10, 1, "periods.P3", "unknown field `verifed`"),
        ("verified = true", "verified = true\nverified = true", 10, 1, "", "duplicate key"),
        ("[periods.P3]", "[periods.\"P 3\"]", 6, 10, "periods", "is not a name"),
        ("[periods.P3]", "[period.P3]", 6, 2, "", "unknown field `period`"),
        ("\"2025-05-01\"", "\"2025-5-1\"", 3, 14, "valid_from", "such as \"2025-05-01\""),
        ("\"2025-05-01\"", "2025-05-01", 3, 14, "valid_from", "a date in quotes"),
        ("2026-12-31", "2025-04-30", 4, 12, "valid_to", "before valid_from, 2025-05-01"),
        ("id = \"charter\"", "id = \"\"", 1, 6, "id", "is not a name"),
        ("zh = \"章程\", ", "", 2, 9, "title", "missing field `zh`"),
        ("[amounts]", "[amounts", 16, 9, "", "unclosed"),
    ] {
        let slip = GOOD.replacen(from, to, 1);
        assert_ne!(slip, GOOD, "{from}");
        let error = Policy::from_toml(&slip).unwrap_err();
        let PolicyError::Malformed { line: l, column: c, field: f, reason } = &error else { panic!("{to}: {error:?}") };
        assert!((*l, *c, f.as_str()) == (line, column, field) && reason.contains(says), "{from} -> {to}: {error}");
    }
    assert_eq!(Policy::from_toml(&" ".repeat(300_000)), Err(PolicyError::TooLarge { bytes: 300_000 }));
    let no_table = Policy::from_toml(&GOOD.replacen("[periods.P3]", "at_most = 7\n[periods.P3]", 1)).unwrap_err();
    assert!(no_table.to_string().contains("expected numbers by name"), "{no_table}");
    let largest = 256 * 1024;
    let padded = |bytes: usize| format!("{GOOD}#{}", "x".repeat(bytes - GOOD.len() - 1));
    assert!(Policy::from_toml(&padded(largest)).is_ok());
    assert_eq!(Policy::from_toml(&padded(largest + 1)), Err(PolicyError::TooLarge { bytes: largest + 1 }));
    assert!(Policy::from_toml("").is_err());
    assert!(Policy::from_toml(&"[".repeat(100_000)).is_err());
    assert!(Policy::from_toml(&format!("x = {}", "[".repeat(100_000))).is_err());
    let windows = Policy::from_toml(&GOOD.replace('\n', "\r\n").replace("2/3", "2/0")).unwrap_err();
    assert!(windows.to_string().starts_with("line 12, column 38"), "{windows}");
}

#[test]
fn json_is_as_strict_and_keeps_the_digest() {
    for policy in [old(), new(), Policy::from_toml(GOOD).unwrap()] {
        let json = serde_json::to_string(&policy).unwrap();
        let back: Policy = serde_json::from_str(&json).unwrap();
        assert_eq!(back, policy);
        assert_eq!(back.digest().unwrap(), policy.digest().unwrap());
    }
    assert_ne!(old().digest().unwrap(), new().digest().unwrap());
    let json = serde_json::to_string(&Policy::from_toml(GOOD).unwrap()).unwrap();
    let number = r#""P3":{"value":{"working":7,"calendar":10},"source":"章程第二十条","verified":true}"#;
    for (from, to, says) in [
        (number, &*format!("{number},{number}"), "`P3` is there twice"),
        ("\"id\"", "\"extra\":1,\"id\"", "unknown field"),
        ("\"id\"", "\"id\":\"x\",\"id\"", "duplicate field"),
        ("\"working\":7", "\"working\":3661", "3661 days are over"),
        ("2026-12-31", "2024-12-31", "before valid_from"),
        ("2026-12-31", "2026-12-31 ", "such as"),
    ] {
        let bad = json.replacen(from, to, 1);
        assert_ne!(bad, json, "{from}");
        let error = serde_json::from_str::<Policy>(&bad).unwrap_err().to_string();
        assert!(error.contains(says), "{to}: {error}");
    }
}

#[test]
fn own_numbers_replace_and_are_checked() {
    let number = |days| Number::unverified(text("社员大会决议"), Period::working(days));
    let policy = old().with_period("P1", number(9)).unwrap();
    assert_eq!(policy.period("P1").unwrap().value(), &Period::working(9));
    assert_ne!(policy.digest().unwrap(), old().digest().unwrap());
    assert!(old().with_period("P1", number(3661)).unwrap_err().to_string().contains("`periods.P1`: 3661 days"));
    assert!(old().with_period("P 1", number(1)).is_err());
    assert!(old().until(day("2017-01-01")).is_err());
    let policy = Policy::new("x", text("一"), text("one"), day("2020-01-01")).unwrap().until(day("2020-01-01")).unwrap();
    assert!(policy.is_valid_on(day("2020-01-01")) && !policy.is_valid_on(day("2020-01-02")) && !policy.is_valid_on(day("2019-12-31")));
}

#[test]
fn the_stricter_of_law_and_charter() {
    let law = new();
    let charter = Policy::from_toml(GOOD).unwrap();
    let both = Policy::stricter(&[law.clone(), charter.clone()]).unwrap();
    assert_eq!(both.id(), "gz-from-2025+charter");
    assert_eq!((both.valid_from(), both.valid_to()), (day("2025-05-01"), Some(day("2026-12-31"))));
    assert_eq!(both.period("P3"), charter.period("P3"), "the winner's source is kept");
    assert_eq!(both.majority("assembly"), law.majority("assembly"), "of all members is stricter than of those present");
    assert_eq!(both.amount("large-from"), charter.amount("large-from"), "a lower threshold is stricter");
    assert_eq!(both.period("P1"), law.period("P1"), "a number that only one has is kept");

    // Neither is the strictest in every part: the higher share of one, of the base of the other.
    let nine_tenths = Majority::of_present(Body::Members, Share::at_least(9, 10).unwrap());
    let mixed = charter.clone().with_majority("assembly", Number::verified_in(text("a"), nine_tenths)).unwrap();
    let mixed = Policy::stricter(&[law.clone(), mixed]).unwrap();
    let assembly = mixed.majority("assembly").unwrap();
    assert_eq!(*assembly.value(), Majority::of_all(Body::Members, Share::at_least(9, 10).unwrap()).with_quorum(Share::TWO_THIRDS));
    assert_eq!((assembly.source().as_str(), assembly.verified()), ("a; 农村集体经济组织法 27", true));

    // The sources joined are those that add something, and one that was not read leaves the whole unverified.
    let charters = [(Share::at_least(9, 10).unwrap(), "a", false), (Share::HALF, "b", true)].map(|(share, source, verified)| {
        let value = Majority::of_present(Body::Members, share);
        let number = if verified { Number::verified_in(text(source), value) } else { Number::unverified(text(source), value) };
        charter.clone().with_majority("assembly", number).unwrap()
    });
    let [a, b] = charters;
    let three = Policy::stricter(&[b, law.clone(), a]).unwrap();
    let three = three.majority("assembly").unwrap();
    assert_eq!((three.source().as_str(), three.verified()), ("a; 农村集体经济组织法 27", false));

    // A verified number wins over an equal one.
    let own = law.clone().with_at_most("lease-years", Number::unverified(text("章程"), 20)).unwrap();
    assert!(Policy::stricter(&[own, law.clone()]).unwrap().at_most("lease-years").unwrap().verified());

    // One common day is enough.
    let last_day = Policy::from_toml(&GOOD.replace("2025-05-01", "2024-01-01").replace("2026-12-31", "2025-05-01")).unwrap();
    let met = Policy::stricter(&[last_day, law.clone()]).unwrap();
    assert_eq!((met.valid_from(), met.valid_to()), (day("2025-05-01"), Some(day("2025-05-01"))));

    assert_eq!(Policy::stricter(&[]), Err(PolicyError::Nothing));
    assert!(matches!(Policy::stricter(&[old(), new()]), Err(PolicyError::NoCommonDay { .. })));
    let board = Number::verified_in(text("b"), Majority::of_all(Body::Directors, Share::HALF));
    let clash = Policy::stricter(&[law, charter.with_majority("assembly", board).unwrap()]).unwrap_err();
    assert_eq!(clash, PolicyError::DifferentBodies { field: "majorities.assembly".to_owned() });
}

fn share() -> impl Strategy<Value = Share> {
    (1_u32..7, 1_u32..7, any::<bool>())
        .prop_filter_map("in range", |(n, d, strict)| if strict { Share::more_than(n, d).ok() } else { Share::at_least(n, d).ok() })
}

fn policy() -> impl Strategy<Value = Policy> {
    let majority = (prop::option::of(share()), share(), any::<bool>());
    let deadline = (0_u32..30, 0_u32..30, 0..3);
    let numbers = (0_u32..30, 0_u32..30, deadline, majority, 0_u64..9, 0_u32..9, 0_u32..9);
    (0_u64..30, prop::option::of(40_u64..90), "[a-c]", any::<bool>(), numbers, 0_u8..64).prop_map(build)
}

type Numbers7 = (u32, u32, (u32, u32, i32), (Option<Share>, Share, bool), u64, u32, u32);

fn build((from, to, source, verified, numbers, present): (u64, Option<u64>, String, bool, Numbers7, u8)) -> Policy {
    let date = |days| day("2025-05-01").checked_add_days(Days::new(days)).unwrap();
    let source = text(&source);
    let (working, calendar, (dw, dc, which), (quorum, passes, of_all), yuan, least, most) = numbers;
    let deadline = [Deadline::working(dw), Deadline::calendar(dc), Deadline::both(dw, dc)][usize::try_from(which).unwrap()];
    let body = Body::Members;
    let majority = if of_all { Majority::of_all(body, passes) } else { Majority::of_present(body, passes) };
    let majority = quorum.map_or(majority, |quorum| majority.with_quorum(quorum));
    let mut policy = Policy::new("p", text("策"), text("p"), date(from)).unwrap();
    policy = to.map_or(policy.clone(), |to| policy.until(date(to)).unwrap());
    macro_rules! add {
        ($bit:literal, $with:ident, $value:expr) => {
            if present & (1 << $bit) != 0 {
                let number =
                    if verified { Number::verified_in(source.clone(), $value) } else { Number::unverified(source.clone(), $value) };
                policy = policy.$with("n", number).unwrap();
            }
        };
    }
    add!(0, with_period, Period::both(working, calendar));
    add!(1, with_deadline, deadline);
    add!(2, with_majority, majority);
    add!(3, with_amount, Money::from_yuan(yuan).unwrap());
    add!(4, with_at_least, least);
    add!(5, with_at_most, most);
    policy
}

proptest! {
    #[test]
    fn stricter_is_commutative_idempotent_and_never_weaker(
        a in policy(), b in policy(), c in policy(), tallies in prop::collection::vec((0_u32..40, 0_u32..40, 0_u32..40), 20),
    ) {
        let joined = Policy::stricter(&[a.clone(), b.clone(), c.clone()]).unwrap();
        for order in [[&c, &b, &a], [&b, &a, &c], [&c, &a, &b]] {
            prop_assert_eq!(&Policy::stricter(&order.map(Policy::clone)).unwrap(), &joined);
        }
        prop_assert_eq!(&Policy::stricter(std::slice::from_ref(&a)).unwrap(), &a);
        prop_assert_eq!(&Policy::stricter(&[a.clone(), a.clone()]).unwrap(), &a);
        prop_assert_eq!(&Policy::stricter(&[joined.clone(), joined.clone()]).unwrap(), &joined);
        for one in [&a, &b, &c] {
            prop_assert!(one.valid_from() <= joined.valid_from());
            prop_assert!(one.valid_to().is_none_or(|last| joined.valid_to().unwrap() <= last));
            if let Some(period) = one.period("n") {
                let stricter = joined.period("n").unwrap().value();
                prop_assert!(stricter.working_days() >= period.value().working_days());
                prop_assert!(stricter.calendar_days() >= period.value().calendar_days());
            }
            if let Some(deadline) = one.deadline("n") {
                let stricter = joined.deadline("n").unwrap().value();
                prop_assert!(deadline.value().working_days().is_none_or(|days| stricter.working_days().unwrap() <= days));
                prop_assert!(deadline.value().calendar_days().is_none_or(|days| stricter.calendar_days().unwrap() <= days));
            }
            prop_assert!(one.amount("n").is_none_or(|n| joined.amount("n").unwrap().value() <= n.value()));
            prop_assert!(one.at_least("n").is_none_or(|n| joined.at_least("n").unwrap().value() >= n.value()));
            prop_assert!(one.at_most("n").is_none_or(|n| joined.at_most("n").unwrap().value() <= n.value()));
            if let Some(majority) = one.majority("n") {
                for (yes, no, away) in &tallies {
                    let tally = Tally::new(AllMembers(yes + no + away), Present(yes + no), *yes, *no, 0).unwrap();
                    let strict = joined.majority("n").unwrap().value().decide(&tally).unwrap();
                    prop_assert!(strict != VoteResult::Passed || majority.value().decide(&tally).unwrap() == VoteResult::Passed);
                }
            }
        }
    }

    #[test]
    fn a_share_is_its_definition(yes in any::<u32>(), all in any::<u32>(), share in share()) {
        let share_text = serde_json::to_string(&share).unwrap();
        let (how, fraction) = share_text.trim_matches('"').rsplit_once(' ').unwrap();
        let (n, d): (u128, u128) = fraction.split_once('/').map(|(n, d)| (n.parse().unwrap(), d.parse().unwrap())).unwrap();
        let (left, right) = (u128::from(yes) * d, n * u128::from(all));
        let expected = all > 0 && if how == "more than" { left > right } else { left >= right };
        prop_assert_eq!(share.of::<AllMembers>().is_reached_by(yes, AllMembers(all)), expected);
    }

    #[test]
    fn no_text_panics(text in "(\\PC|[\n\"\\[\\]{}=.]){0,200}", at in 0_usize..600, cut in 0_usize..600) {
        drop(Policy::from_toml(&text));
        let mut slip: Vec<char> = GOOD.chars().collect();
        slip.splice(at.min(slip.len())..(at + cut % 7).min(slip.len()), text.chars().take(cut % 5));
        drop(Policy::from_toml(&slip.into_iter().collect::<String>()));
    }
}
