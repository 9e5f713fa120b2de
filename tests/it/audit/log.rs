//! Other platforms' logs: what is read, what is not to be judged, and what bad input does.

use sanzi::audit::{Audit, Field, Format, Mapping, MappingError, Report, Rule};
use sanzi::case::Office;
use sanzi::dongsha::Dongsha;
use sanzi::register::Register;
use sanzi::value::OrgId;

use super::planted::plant::log::{Kind, mapping_of, write};

fn office() -> Office<Dongsha> {
    Office::new(OrgId::new("dongtang").unwrap(), Register::new()).unwrap()
}

fn audit(log: &[u8], mapping: &str) -> Report {
    Audit::new(&office()).log(log, &mapping.parse::<Mapping>().unwrap())
}

const CSV: &str = "[columns]\ncase = \"编号\"\nstep = \"环节\"\ntime = \"时间\"\nperson = \"人\"\nrole = \"角色\"\n";

fn found(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| format!("{} {}", sanzi::case::ReasonCode::code(finding.rule), finding.step_id())).collect()
}

fn standing(report: &Report, rule: Rule) -> (u64, u64, u64) {
    report.rules.iter().find(|standing| standing.rule == rule).map_or((0, 0, 0), |s| (s.kept, s.broken, s.unjudged))
}

#[test]
fn missing_data_is_neither_a_breach_nor_a_pass() {
    let log = "编号,环节,时间\n1,AssetCheck,2018-03-05\n1,PartyStudy,2018-03-06\n1,IntentNotice,2018-03-07\n1,Valuation,2018-03-20\n";
    let report = audit(log.as_bytes(), CSV);
    assert_eq!(found(&report), Vec::<String>::new());
    assert_eq!(standing(&report, Rule::Skipped), (1, 0, 0));
    assert_eq!(standing(&report, Rule::Party), (0, 0, 1));
    assert_eq!(standing(&report, Rule::Period), (0, 0, 1));
    assert_eq!(standing(&report, Rule::Quorum), (0, 0, 0), "the case has not come so far");
    let party = report.rules.iter().find(|standing| standing.rule == Rule::Party).unwrap();
    assert_eq!((party.missing[0].field, party.missing[0].cases), ("role", 1));
    assert!(report.proof.share() > 0.1 && report.proof.share() < 0.6, "{:?}", report.proof);
    // Columns that the mapping names and the file lacks are said once.
    assert_eq!(report.unreadable.count, 2, "{:?}", report.unreadable);
}

#[test]
fn skipped_repeated_disordered_and_lawfully_gone_back() {
    let run = |steps: &[usize]| {
        let rows: String = steps.iter().enumerate().map(|(n, step)| format!("7,{step},2018-03-{:02}\n", n + 1)).collect();
        found(&audit(format!("编号,环节,时间\n{rows}").as_bytes(), CSV))
    };
    assert_eq!(run(&[1, 2, 3, 4]), Vec::<String>::new());
    assert_eq!(run(&[1, 3, 4]), ["step-skipped PartyStudy"]);
    assert_eq!(run(&[1, 3, 2, 4]), ["step-out-of-order PartyStudy"]);
    assert_eq!(run(&[1, 2, 3, 4, 4, 5]), ["step-repeated Valuation"]);
    assert_eq!(run(&[1, 2, 3, 4, 5, 6, 5, 6]), Vec::<String>::new(), "not approved goes back to the plan");
    assert_eq!(run(&[1, 2, 3, 4, 5, 6, 4]), ["step-repeated Valuation"], "but no further");
}

#[test]
fn encodings_marks_line_ends_and_quotes_make_no_difference() {
    let plain = "编号,环节,时间,备注\n1,资产核查与交易动议,2018-03-05,无\n1,评估询价,2018-03-06,\"两行,\n一格\"\n";
    let expected = found(&audit(plain.as_bytes(), CSV));
    assert_eq!(expected, ["step-skipped PartyStudy", "step-skipped IntentNotice"]);
    let gb = encoding_rs::GB18030.encode(plain).0.into_owned();
    assert!(std::str::from_utf8(&gb).is_err());
    let mut mixed = encoding_rs::GB18030.encode("编号,环节,时间\n1,资产核查与交易动议,2018-03-05\n").0.into_owned();
    mixed.extend_from_slice("1,评估询价,2018-03-06\n".as_bytes());
    let marked = ["\u{feff}", &plain.replace('\n', "\r\n")].concat();
    let semicolons = plain.replace("\"两行,\n一格\"", "x").replace(',', ";");
    for log in [gb, mixed, marked.into_bytes(), semicolons.into_bytes()] {
        let report = audit(&log, CSV);
        assert_eq!(found(&report), expected, "{:?}", report.unreadable);
        // Only the two columns that are not there are complained of.
        assert_eq!(report.unreadable.count, 2, "{:?}", report.unreadable);
    }
}

#[test]
fn what_cannot_be_read_is_counted_and_never_a_breach() {
    let mut log = "编号,环节,时间\n1,1,2018-02-30\n1,2,昨天\n,3,2018-03-05\n1,不知何事,2018-03-05\n1,3,2018-03-07\n1,3,2018-03-07\n"
        .as_bytes()
        .to_vec();
    log.extend_from_slice(b"1,\xff\xff\xff,2018-03-08\n1,4,2018-03-08,x,y,z,more\n");
    log.extend(std::iter::repeat_n(b'a', 5 << 20));
    log.extend_from_slice(b"\n1,5,2018-03-09");
    let report = audit(&log, CSV);
    assert_eq!(found(&report), Vec::<String>::new());
    assert_eq!((report.duplicates, report.cases), (1, 1));
    assert_eq!(report.unknown_names, [("不知何事".to_owned(), 1)]);
    let lines: Vec<u64> = report.unreadable.first.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 1, 2, 3, 4, 8, 9, 10], "{:#?}", report.unreadable.first);
    assert!(!report.partial);
}

#[test]
fn of_two_columns_with_one_name_the_first_is_read_and_that_is_said() {
    let log = "编号,环节,环节,时间,人,角色\n1,资产核查与交易动议,归档,2018-03-05,,\n1,评估询价,归档,2018-03-06,,\n";
    let report = audit(log.as_bytes(), CSV);
    assert_eq!(found(&report), ["step-skipped PartyStudy", "step-skipped IntentNotice"]);
    assert_eq!(report.unreadable.first, [(1, "two columns are called `环节`: the first is read".to_owned())]);
    assert_eq!(report.unknown_names, []);
}

/// A thousand million bytes without an end, made as they are read: counted, and never kept.
struct Endless {
    before: &'static [u8],
    left: usize,
    after: &'static [u8],
}

impl std::io::Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let part = [self.before, self.after].into_iter().position(|part| !part.is_empty());
        if part == Some(0) || self.left == 0 {
            let source = if self.before.is_empty() { &mut self.after } else { &mut self.before };
            return source.read(out);
        }
        let count = out.len().min(self.left);
        out[..count].fill(b'a');
        self.left -= count;
        Ok(count)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_counted_and_never_kept() {
    const XES_HEAD: &[u8] = b"<log><trace><string key=\"concept:name\" value=\"1\"/><event><string key=\"concept:name\" value=\"";
    let json = "format = \"json-lines\"\n[columns]\ncase = \"id\"\nstep = \"step\"\n";
    let logs: [(&str, &'static [u8], &'static [u8], bool); 4] = [
        ("", b"", b"\n", false),
        (CSV, "编号,环节,时间,人,角色\n1,1,2018-03-05,,\n1,".as_bytes(), b",,,\n1,2,2018-03-06,,\n", false),
        (json, b"{\"id\": 1, \"step\": \"", b"\"}\n{\"id\": 1, \"step\": 1}\n", false),
        (XES, XES_HEAD, b"\"/></event></trace></log>", true),
    ];
    for (mapping, before, after, partial) in logs {
        let office = office();
        let log = std::io::BufReader::new(Endless { before, left: 1 << 30, after });
        let mut report = None;
        let held = allocation_counter::measure(|| {
            report = Some(match mapping {
                "" => Audit::new(&office).ledger(log),
                mapping => Audit::new(&office).log(log, &mapping.parse::<Mapping>().unwrap()),
            });
        });
        let report = report.unwrap();
        assert_eq!((report.unreadable.count, report.partial), (1, partial), "{mapping}{:?}", report.unreadable);
        assert!(held.bytes_max < 16 << 20, "{mapping}{} bytes at once", held.bytes_max);
    }
}

#[test]
fn two_zones_and_dates_back_in_time() {
    let log = "编号,环节,时间\n1,1,2018-03-05T23:30:00+08:00\n1,2,2018-03-05T15:45:00Z\n1,3,2018-03-06 00:10\n1,4,2018-03-05 23:00\n";
    let report = audit(log.as_bytes(), CSV);
    assert_eq!(found(&report), ["back-dated Valuation"], "only the last is before the one it follows");
}

#[test]
fn a_word_that_is_neither_yes_nor_no_is_none() {
    let mapping = "[columns]\ncase = \"编号\"\nstep = \"环节\"\nqualified = \"资格\"\nmethod = \"方式\"\nbody = \"会议\"\n";
    let log = "编号,环节,资格,方式,会议\n1,1,也许,抽签,村民小组\n1,2,是,协商,成员大会\n1,3,不合格,公开竞投,Delegates\n";
    let report = audit(log.as_bytes(), mapping);
    let why: Vec<&str> = report.unreadable.first.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(why, ["body: `村民小组` cannot be read", "method: `抽签` cannot be read", "qualified: `也许` cannot be read"]);
}

#[test]
fn a_mapping_has_words_of_its_own_and_forms_of_time() {
    let columns = "[columns]\ncase = \"编号\"\nstep = \"环节\"\naction = \"事项\"\ntime = \"时间\"\nrole = \"角色\"\nchannel = \"渠道\"\n";
    let words = "[steps]\n\"盘点\" = \"AssetCheck\"\n\"2\" = \"IntentNotice\"\n[actions]\n\"挂出\" = \"published\"\n\"办了\" = \"performed\"\n\
                 [roles]\n\"经办\" = \"Board\"\n[channels]\n\"墙上\" = \"bulletin\"\n";
    let forms = "time_formats = [\"%d.%m.%Y %H-%M\", \"%Y第%j日\"]\n";
    let log = "编号,环节,事项,时间,角色,渠道\n1,盘点,办了,05.03.2018 09-00,经办,\n1,2,办了,2018第066日,经办,\n1,2,挂出,07.03.2018 10-00,经办,墙上\n\
               1,4. 评估询价,PERFORMED,2018-03-08 09:00,理事会,\n1,05,办理,2018-03-09T09:00:00+08:00,board,\n";
    let report = audit(log.as_bytes(), &[forms, columns, words].concat());
    assert_eq!((report.unknown_names.len(), report.unreadable.count), (0, 0), "{:?} {:?}", report.unknown_names, report.unreadable);
    // The mapping's 2 is the third step.
    let expected = ["wrong-party Valuation", "step-skipped PartyStudy"];
    assert!(expected.iter().all(|line| found(&report).contains(&(*line).to_owned())), "{:?}", found(&report));
    assert!(!found(&report).iter().any(|line| line.starts_with("wrong-party AssetCheck") || line.starts_with("wrong-party IntentNotice")));
    let bulletin = report.of(Rule::Channels).find(|finding| finding.step_id() == "IntentNotice").and_then(|finding| finding.found.clone());
    assert_eq!(bulletin.map(|found| found.en.into_owned()), Some("bulletin".to_owned()));
    let without = audit(log.as_bytes(), columns);
    assert_eq!(without.unknown_names.len(), 5, "{:?}", without.unknown_names);
    let refused = ["time_formats = [\"%Q\"]\n", columns].concat().parse::<Mapping>().unwrap_err();
    assert_eq!(refused, MappingError::TimeFormat("%Q".to_owned()));
}

fn xes(events: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<log><trace><string key=\"concept:name\" value=\"1\"/>{events}</trace></log>")
}

fn event(step: usize) -> String {
    format!(
        "<event><string key=\"concept:name\" value=\"{step}\"/><date key=\"time:timestamp\" value=\"2018-03-{step:02}T09:00:00+08:00\"/></event>"
    )
}

const XES: &str = "format = \"xes\"\n[columns]\ncase = \"case:concept:name\"\nstep = \"concept:name\"\ntime = \"time:timestamp\"\n";

#[test]
fn xml_bombs_are_not_expanded_and_broken_files_are_partial() {
    let good = xes(&[event(1), event(3)].concat());
    let report = audit(good.as_bytes(), XES);
    assert_eq!((found(&report), report.partial), (vec!["step-skipped PartyStudy".to_owned()], false));

    let bomb = good
        .replace("<log>", "<!DOCTYPE log [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]><log>");
    assert_eq!(found(&audit(bomb.as_bytes(), XES)), found(&report), "a document type means nothing");
    let used = bomb.replace("value=\"3\"", "value=\"&b;\"");
    let used = audit(used.as_bytes(), XES);
    assert!(used.unreadable.first.iter().any(|(_, why)| why.contains('b')), "{:?}", used.unreadable);
    assert_eq!(found(&used), Vec::<String>::new());

    let cut = &good[..good.len() - 30];
    let cut = audit(cut.as_bytes(), XES);
    assert!(cut.partial && cut.unreadable.count == 1, "{:?}", cut.unreadable);
    let deep = xes(&"<list>".repeat(5_000));
    assert!(audit(deep.as_bytes(), XES).partial);
    let long = good.replace("value=\"1\"", &format!("value=\"{}\"", "x".repeat(6 << 20)));
    assert!(audit(long.as_bytes(), XES).partial);
    let chinese =
        "<?xml version=\"1.0\" encoding=\"GB18030\"?>".to_owned() + &xes(&event(1).replace("value=\"1\"", "value=\"评估询价\""))[21..];
    let chinese = audit(&encoding_rs::GB18030.encode(&chinese).0, XES);
    assert_eq!(chinese.of(Rule::Skipped).count(), 3, "{:?} {:?}", chinese.unreadable, chinese.unknown_names);
}

#[test]
fn json_lines_and_ocel_say_the_same() {
    let lines = "{\"id\": 1, \"what\": {\"step\": \"AssetCheck\"}, \"at\": \"2018-03-05\"}\n[1]\n{\"id\": 1,\n\
                 {\"id\": 1, \"what\": {\"step\": \"IntentNotice\"}, \"at\": \"2018-03-06\"}\n";
    let mapping = "format = \"json-lines\"\n[columns]\ncase = \"id\"\nstep = \"what.step\"\ntime = \"at\"";
    let report = audit(lines.as_bytes(), mapping);
    assert_eq!(found(&report), ["step-skipped PartyStudy"]);
    assert_eq!(report.unreadable.count, 2);
    let deep = "{\"a\":".repeat(100_000);
    assert_eq!(audit(deep.as_bytes(), mapping).unreadable.count, 1);

    let ocel = r#"{"objectTypes": [], "eventTypes": [],
        "objects": [{"id": "t1", "type": "Transaction", "attributes": []}, {"id": "chen", "type": "Person", "attributes": [{"name": "role", "time": "", "value": "监事会"}]}],
        "events": [
            {"id": "e1", "type": "AssetCheck", "time": "2018-03-05T09:00:00+08:00", "relationships": [{"objectId": "t1", "qualifier": ""}, {"objectId": "chen", "qualifier": "by"}]},
            {"id": "e2", "type": "IntentNotice", "time": "2018-03-06T09:00:00+08:00", "attributes": [], "relationships": [{"objectId": "t1", "qualifier": ""}]},
            {"id": "e3", "type": "Valuation", "time": "2018-03-06T09:00:00+08:00", "relationships": []}]}"#;
    let mapping = "format = \"ocel\"\n[columns]\ncase = \"object:Transaction\"\nstep = \"type\"\ntime = \"time\"\n\
                   person = \"object:Person\"\nrole = \"object:Person.role\"";
    let report = audit(ocel.as_bytes(), mapping);
    assert_eq!(found(&report), ["wrong-party AssetCheck", "step-skipped PartyStudy"]);
    assert_eq!((report.unreadable.count, report.partial), (1, false), "{:?}", report.unreadable);
    assert!(audit(&ocel.as_bytes()[..ocel.len() - 40], mapping).partial);
}

#[test]
fn a_mapping_is_drafted_from_the_file_and_what_is_unsure_is_said() {
    let mut log = Vec::new();
    write(Kind::Csv, &super::planted::plant::lawful::office().unwrap(), 20, &mut log).unwrap();
    let draft = Mapping::suggest(Format::Csv, &log).unwrap();
    let own: Mapping = mapping_of(Kind::Csv).parse().unwrap();
    for field in
        [Field::Case, Field::Step, Field::Action, Field::Time, Field::Person, Field::Role, Field::Channel, Field::Bidder, Field::Floor]
    {
        assert_eq!(draft.mapping.column(field), own.column(field), "{field:?}\n{draft}");
    }
    let again: Mapping = draft.to_string().parse().unwrap();
    assert_eq!(again.to_toml(), draft.mapping.to_toml(), "a draft is a mapping");
    let mut log = Vec::new();
    write(Kind::Xes, &super::planted::plant::lawful::office().unwrap(), 3, &mut log).unwrap();
    let draft = Mapping::suggest(Format::Xes, &log).unwrap();
    assert_eq!((draft.mapping.column(Field::Case), draft.mapping.column(Field::Person)), (Some("case:concept:name"), Some("org:resource")));
    assert!(matches!(Mapping::suggest(Format::Csv, b"a,b\n1,2\n"), Err(MappingError::NoColumn("case"))));
    let two = Mapping::suggest(Format::Csv, "案号,活动,办理日期,发文日期\n".as_bytes()).unwrap();
    assert!(two.notes.iter().any(|note| note.en.contains("would fit too")), "{two}");
}

#[test]
fn a_log_that_is_kept_is_judged_as_one_that_is_read_and_by_other_policies_too() {
    let office = super::planted::plant::lawful::office().unwrap();
    for kind in [Kind::Csv, Kind::Xes] {
        let mut log = Vec::new();
        write(kind, &office, 200, &mut log).unwrap();
        let mapping: Mapping = mapping_of(kind).parse().unwrap();
        let as_read = Audit::new(&office).log(log.as_slice(), &mapping);
        assert!(as_read.findings.len() > 20 && as_read.cases == 200);
        for (reading, judging) in [(1, 1), (1, 3), (2, 2), (3, 1), (5, 5)] {
            let kept = Audit::new(&office).threads(reading).read(log.as_slice(), &mapping);
            assert_eq!((kept.events(), kept.cases()), (as_read.events, 200));
            assert_eq!(Audit::new(&office).threads(judging).judge(&kept), as_read, "{reading} {judging}");
            assert_eq!(Audit::new(&office).threads(judging).log(log.as_slice(), &mapping), as_read, "{judging}");
        }
        let kept = Audit::new(&office).read(log.as_slice(), &mapping);
        let mut other = office.clone();
        other.policies = Vec::new();
        let without = Audit::new(&other).judge(&kept);
        assert_eq!((without.of(Rule::Term).count(), standing(&without, Rule::Term).0), (0, 0), "no policy has a number for it");
        assert!(standing(&without, Rule::Term).2 > 150 && standing(&as_read, Rule::Term).0 > 150);
        assert_eq!(Audit::new(&office).judge(&kept), as_read, "and it is not used up");
    }
}

/// Small logs whose rows are in any order, by every option: what is found does not hang on how many work.
#[test]
fn rows_in_any_order_are_judged_alike_by_any_number_of_threads() {
    let row = (0..9_u8, 1..17_u8, "(办理|公示|办结|终止|退回|看|)", "(2018-03-0[1-9]|2018-02-30|)");
    let rows = proptest::collection::vec(row, 0..60);
    let options = (proptest::bool::ANY, proptest::bool::ANY, proptest::bool::ANY, 2..7_usize);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let tried = runner.run(&(rows, options), |(rows, (grouped, complete, by_time, threads))| {
        let case = |n: u8| if n == 0 { String::new() } else { n.to_string() };
        let rows = rows.iter().map(|(n, step, act, day)| format!("{},{step},{act},{day},甲,\n", case(*n)));
        let log = ["编号,环节,事项,时间,人,角色\n".to_owned(), rows.collect()].concat();
        let options = format!("grouped = {grouped}\ncomplete = {complete}\nby_time = {by_time}\n{CSV}action = \"事项\"\n");
        let mapping: Mapping = options.parse().unwrap();
        let office = office();
        let one = Audit::new(&office).log(log.as_bytes(), &mapping);
        proptest::prop_assert_eq!(&Audit::new(&office).threads(threads).log(log.as_bytes(), &mapping), &one, "{}", log);
        let kept = Audit::new(&office).threads(threads).read(log.as_bytes(), &mapping);
        proptest::prop_assert_eq!(&Audit::new(&office).judge(&kept), &one, "{}", log);
        Ok(())
    });
    tried.unwrap();
}

#[test]
fn what_a_log_says_was_returned_is_done_again_and_is_no_repetition() {
    let columns = "[columns]\ncase = \"编号\"\nstep = \"环节\"\naction = \"事项\"\ntime = \"时间\"\n";
    let done = |step: usize, day: usize| format!("1,{step},办理,2018-03-{day:02}\n");
    let log = |between: &str| {
        let (first, again) = ((1..=4).map(|step| done(step, step)), (2..=4).map(|step| done(step, step + 9)));
        format!("编号,环节,事项,时间\n{}{between}{}", first.collect::<String>(), again.collect::<String>())
    };
    assert_eq!(found(&audit(log("1,2,退回,2018-03-06\n").as_bytes(), columns)), Vec::<String>::new());
    let repeated = ["step-repeated PartyStudy", "step-repeated IntentNotice", "step-repeated Valuation"];
    assert_eq!(found(&audit(log("").as_bytes(), columns)), repeated, "the table has no way back from 4");
    assert_eq!(found(&audit(log("1,3,退回,2018-03-06\n").as_bytes(), columns)), repeated[..1], "only from there on");
}

#[test]
fn a_case_that_is_left_before_its_last_step_is_done_goes_on() {
    let columns = "[columns]\ncase = \"编号\"\nstep = \"环节\"\naction = \"事项\"\ntime = \"时间\"\n";
    let steps: String = (1..=15).map(|step| format!("1,{step},办理,\n")).collect();
    let log = format!("编号,环节,事项,时间\n{steps}1,16,办结,2018-05-01\n1,16,办理,\n1,16,办结,2018-05-02\n1,3,公示,2018-05-03\n");
    let report = audit(log.as_bytes(), columns);
    assert_eq!((report.cases, report.open, report.unreadable.count), (1, 0, 0), "{:?}", report.unreadable);
    assert_eq!(found(&report), ["after-the-end IntentNotice"]);
}

#[test]
fn the_report_is_written_for_people_and_for_programs() {
    let log = "编号,环节,时间,人,角色\n<b>1</b>,1,2018-03-05,\"=cmd()\",监事会\n<b>1</b>,3,2018-03-06,乙,理事会\n";
    let report = audit(log.as_bytes(), CSV);
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["findings"][0]["rule"], "wrong-party");
    assert_eq!(json["findings"][1]["step"]["id"], "PartyStudy");
    assert_eq!(json["cases"], 1);
    let mut csv = Vec::new();
    report.write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.contains("\"'=cmd()\""), "{csv}");
    let broken_off = Report { partial: true, findings_left_out: 7, ..report.clone() };
    let mut csv = Vec::new();
    broken_off.write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows.len() == 5 && rows[1].contains("\"partial\"") && rows[2].contains("7 more"), "{csv}");
    let html = report.to_html("a \"log\" <script>");
    assert!(!html.contains("<script>") && !html.contains("<b>1</b>") && html.contains("跳过环节") && html.contains("a step was skipped"));
    assert!(html.contains("<svg") && !html.contains("http://") && !html.contains("src="), "nothing is loaded");
}
