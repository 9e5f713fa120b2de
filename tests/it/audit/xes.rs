//! XES: traces are cut out of the file by one reader and taken apart by several judges, and no one can see that in the report.

use std::io::{BufReader, Cursor};

use proptest::prelude::*;
use sanzi::audit::{Audit, Mapping, Progress, Report};
use sanzi::case::Office;
use sanzi::dongsha::Dongsha;
use sanzi::register::Register;
use sanzi::value::OrgId;

const MAPPING: &str = "format = \"xes\"\n[columns]\ncase = \"case:concept:name\"\nstep = \"concept:name\"\ntime = \"time:timestamp\"\n";

fn office() -> Office<Dongsha> {
    Office::new(OrgId::new("dongtang").unwrap(), Register::new()).unwrap()
}

/// Read through a buffer of so many bytes, by so many judges.
fn audit(log: &[u8], buffer: usize, threads: usize) -> Report {
    let mapping: Mapping = MAPPING.parse().unwrap();
    Audit::new(&office()).threads(threads).log(BufReader::with_capacity(buffer, Cursor::new(log)), &mapping)
}

fn found(report: &Report) -> Vec<String> {
    let line = |finding: &sanzi::audit::Finding| format!("{} {} {}", finding.case, finding.step_id(), finding.line);
    report.findings.iter().map(line).collect()
}

fn event(step: usize) -> String {
    let time = format!("2018-03-{:02}T09:00:00+08:00", 1 + step % 28);
    format!("<event><string key=\"concept:name\" value=\"{step}\"/><date key='time:timestamp' value='{time}'/></event>")
}

fn trace(name: &str, steps: &[usize]) -> String {
    let events: String = steps.iter().map(|step| event(*step)).collect();
    format!("<trace><string key=\"concept:name\" value=\"{name}\"/>{events}</trace>")
}

fn log(inside: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<log xes.version=\"2.0\">\n{inside}\n</log>\n")
}

#[test]
fn whatever_stands_around_the_traces_they_are_read_alike() {
    let (one, two) = (trace("甲", &[1, 3]), trace("乙", &[1, 2, 4]));
    let plain = log(&[one.as_str(), &two].concat());
    let expected = audit(plain.as_bytes(), 1 << 16, 1);
    assert_eq!(found(&expected), ["乙 IntentNotice 5", "甲 PartyStudy 2"]);
    let both = |between: &str| log(&[&one, between, &two].concat());
    let decoy = trace("丙", &[1, 5]);
    let variants = [
        both(&format!("<!-- {decoy} -->")),
        both(&format!("<![CDATA[ {decoy} ]]>")),
        both(&format!("<?note {decoy} ?>")),
        both("<trace/><trace key='/'/><trace></trace></trace><events/><eventually/><traces></traces>"),
        both("<string key='x' value='a > b /> \"c\"'/>\n text & more \n"),
        log(&[one.replace("<event>", "<!-- </trace> --><event>"), two.replace("</trace>", "<string key='>' value='/>'/></trace>")].concat()),
        log(&[one.replace("trace>", "xes:trace >").replace("event>", "xes:event>"), two.replace("<trace>", "<trace a='/>' b=\"'\" >")]
            .concat()),
        plain.replace("<log ", &format!("<!DOCTYPE log [<!ENTITY a \"{}\"><!-- it's --><?a \"?>]><log ", decoy.replace('"', "'"))),
        plain.replace("?>\n", &format!("?>\n<!-- {} -->", "字".repeat(50_000))),
        // Attributes of attributes are nobody's.
        plain
            .replace("<event>", "<list key='l'><string key='concept:name' value='丁'/></list><event>")
            .replace("<date", "<list><string key='concept:name' value='9'/></list><date"),
        plain.replace('\n', "\r\n"),
        ["\u{feff}", &plain].concat(),
    ];
    for variant in variants {
        for (buffer, threads) in [(1, 1), (7, 2), (100, 3), (1 << 16, 1), (1 << 16, 3)] {
            let report = audit(variant.as_bytes(), buffer, threads);
            assert_eq!(
                (found(&report), report.events, report.partial, report.unreadable.count),
                (found(&expected), 5, false, 0),
                "{buffer} {threads} {variant} {:?}",
                report.unreadable
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// What everyone writes is passed over and read at sight; the same, written otherwise, goes the long way.
    #[test]
    fn tags_are_read_alike_however_they_are_written(
        parts in proptest::collection::vec(prop_oneof![
            6 => (1..5_usize).prop_map(event),
            4 => "[甲乙]".prop_map(|name| trace(&name, &[1, 3])),
            4 => "<string key=\"concept:name\" value=\"[甲乙13>/']{1,2}\"/>",
            4 => "</?(trace|event|string|x:event|x:trace|list|int key=\"a\" value=\"<event>\")/?>",
            1 => "<!-- <event> |-->|<!\\[CDATA\\[|\\]\\]>|<|>|\"|'|</event|<string |<id |<date key|甲",
        ], 0..12),
        is_cut in any::<bool>(),
    ) {
        let everyday = if is_cut { format!("<log>{}", parts.concat()) } else { log(&parts.concat()) };
        let other = everyday.replace("<string ", "<string\t").replace("<date ", "<date\n").replace("event>", "event >");
        let summary = |log: &str, buffer, threads| {
            let report = audit(log.as_bytes(), buffer, threads);
            let mut places: Vec<_> = report.findings.iter().map(|finding| (finding.line, finding.step_id().to_owned())).collect();
            places.sort_unstable();
            (places, report.events, report.cases, report.partial, report.unreadable.count)
        };
        let expected = summary(&other, 1 << 16, 1);
        prop_assert_eq!(summary(&everyday, 1 << 16, 1), expected.clone(), "{}", everyday);
        prop_assert_eq!(summary(&everyday, 5, 1), expected, "{}", everyday);
    }
}

#[test]
fn a_log_cut_off_anywhere_is_partial_and_keeps_every_event_that_is_whole() {
    let whole = log(&[trace("甲", &[1, 3]), trace("乙>", &[2]), "<!-- > -->".to_owned()].concat());
    let end = whole.trim_end().len();
    for cut in 0..=whole.len() {
        let bytes = &whole.as_bytes()[..cut];
        let report = audit(bytes, 1 << 16, 1);
        let events = String::from_utf8_lossy(bytes).matches("</event>").count();
        // Before the root has begun there is nothing that could break off.
        let begun = cut > whole.find("<log").unwrap() + 4;
        assert_eq!((report.events, report.partial), (events as u64, begun && cut < end), "{cut} {:?}", report.unreadable);
        assert_eq!(report.unreadable.count, u64::from(report.partial), "{cut} {:?}", report.unreadable);
        assert_eq!(audit(bytes, 3, 2), report, "{cut}");
    }
}

#[test]
fn a_long_trace_is_read_in_pieces_and_is_one_case() {
    let mut steps = [1; 9_000];
    (steps[8_998], steps[8_999]) = (2, 4);
    let log = log(&[trace("短", &[1, 2]), trace("长", &steps), trace("末", &[1])].concat());
    assert!(log.len() > 3 << 18);
    let report = audit(log.as_bytes(), 1 << 16, 1);
    assert_eq!((report.events, report.cases, report.duplicates, report.unreadable.count), (9_003, 3, 8_997, 0));
    assert_eq!(found(&report), ["长 IntentNotice 9002"]);
    assert_eq!(audit(log.as_bytes(), 1 << 16, 3), report);
}

#[test]
fn a_trace_that_begins_too_long_is_left_out_and_the_others_are_judged() {
    let attributes = "<string key='note' value='x'/>".repeat(500_000);
    let long = trace("长", &[1, 3]).replacen("<event>", &format!("{attributes}<event>"), 1);
    let event = trace("大", &[1, 3]).replacen("<event>", &format!("<event>{attributes}"), 1);
    for bad in [long, event] {
        let log = log(&[trace("前", &[1, 3]), bad, trace("后", &[1, 3])].concat());
        for threads in [1, 2] {
            let mut report = None;
            let held = allocation_counter::measure(|| report = Some(audit(log.as_bytes(), 1 << 16, threads)));
            let report = report.unwrap();
            assert_eq!(found(&report), ["前 PartyStudy 2", "后 PartyStudy 6"]);
            assert_eq!((report.unreadable.count, report.partial), (1, false), "{:?}", report.unreadable);
            assert!(held.bytes_max < 8 << 20 && log.len() > 14 << 20, "{} of {}", held.bytes_max, log.len());
        }
    }
}

#[test]
fn a_trace_that_is_malformed_is_told_and_the_others_are_judged() {
    for bad in [trace("坏", &[1, 3]).replace("<date key", "</data><date key"), trace("坏", &[1, 3]).replace("</event>", "</evnt>")] {
        let report = audit(log(&[trace("前", &[1, 3]), bad, trace("后", &[1, 3])].concat()).as_bytes(), 1 << 16, 2);
        assert_eq!(found(&report), ["前 PartyStudy 2", "后 PartyStudy 6"]);
        assert!(report.partial && report.unreadable.count == 1, "{:?}", report.unreadable);
    }
}

#[test]
fn an_event_that_is_in_no_trace_is_judged_by_the_case_that_it_names_itself() {
    let own = |case: &str, step: usize| event(step).replacen("<event>", &format!("<event><string key='id' value='{case}'/>"), 1);
    let alone: String = [own("甲", 1), own("乙", 1), "<event/>".to_owned(), own("乙", 2), own("甲", 3)].concat();
    let log = log(&[alone, trace("丙", &[1, 3])].concat());
    let mapping: Mapping = MAPPING.replace("case:concept:name", "id").parse().unwrap();
    let run = |threads: usize| Audit::new(&office()).threads(threads).log(log.as_bytes(), &mapping);
    let report = run(1);
    assert_eq!((found(&report), report.events, report.partial), (vec!["甲 PartyStudy 4".to_owned()], 4, false));
    assert_eq!(report.unreadable.count, 2, "those of the trace name none: {:?}", report.unreadable);
    assert_eq!(run(3), report);
    // So is a trace that is all there is.
    let bare = trace("甲", &[1, 3]);
    let report = audit(bare.as_bytes(), 7, 1);
    assert_eq!((found(&report), report.partial), (vec!["甲 PartyStudy 2".to_owned()], false));
    assert!(audit(&bare.as_bytes()[..bare.len() - 1], 7, 1).partial);
    // By the trace's name they are no one's, and that is said.
    let report = audit(log.as_bytes(), 7, 2);
    assert_eq!((found(&report), report.events, report.unreadable.count), (vec!["丙 PartyStudy 6".to_owned()], 2, 4));
}

#[test]
fn elements_lie_within_one_another_up_to_sixty_four() {
    for (lists, partial) in [(62, false), (63, true)] {
        let deep = ["<list>".repeat(lists), "</list>".repeat(lists)].concat();
        let log = log(&trace("甲", &[1, 3]).replacen("</event>", &format!("{deep}</event>"), 1));
        let report = audit(log.as_bytes(), 1 << 16, 1);
        assert_eq!((report.partial, report.unreadable.count), (partial, u64::from(partial)), "{lists}");
        assert_eq!(report.events, if partial { 0 } else { 2 });
    }
}

#[test]
fn a_case_is_judged_as_one_however_many_judges_there_are() {
    // Every name twice, written differently: the second time it is another trace of a case that has ended, or has not.
    let traces: String = (0..60).map(|n| trace(&format!("案&#38;{}", n % 30), &[1, 2])).collect();
    let traces = traces.replacen("&#38;", "&amp;", 25);
    // A list before the name does not name the case, nor does what cannot be read hide it.
    let list = "<list key='l'><string key='concept:name' value='别'/></list><string key='concept:name' value='&who;'/>";
    let log = log(&traces.replacen("<trace>", &format!("<trace>{list}"), 17));
    let one = audit(log.as_bytes(), 1 << 16, 1);
    assert!(one.cases >= 30 && one.unreadable.count > 0, "{one:?}");
    for threads in 2..5 {
        assert_eq!(audit(log.as_bytes(), 1 << 16, threads), one);
    }
}

#[test]
fn a_run_over_xes_can_be_stopped() {
    let traces: String = (0..5_000).map(|n| trace(&n.to_string(), &[1, 2])).collect();
    let log = log(&traces);
    let looks = std::cell::Cell::new(0);
    let stop = |progress: Progress| {
        looks.set(looks.get() + 1);
        progress.lines < 8_000
    };
    let mapping: Mapping = MAPPING.parse().unwrap();
    let report = Audit::new(&office()).watched(&stop).log(log.as_bytes(), &mapping);
    assert!(report.partial && (8_000..8_300).contains(&report.events), "{}", report.events);
    assert_eq!(looks.get(), 2, "every four thousand events");
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let traces: String = (0..12).map(|n| trace(&n.to_string(), &[1; 5_000])).collect();
    let others = "<string key='note' value='x'/>".repeat(200_000);
    let log = log(&[traces, others].concat());
    // With one judge: the counter does not see what another thread gives back.
    let held = allocation_counter::measure(|| assert_eq!(audit(log.as_bytes(), 1 << 16, 1).duplicates, 12 * 4_999));
    assert!(held.bytes_max < 2 << 20 && log.len() > 12 << 20, "{} of {}", held.bytes_max, log.len());
}
