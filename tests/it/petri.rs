//! The Petri net of a procedure: the same order as its table, written so that others read it.

use std::collections::{BTreeMap, BTreeSet};

use sanzi::dongsha::{Dongsha, Step};
use sanzi::export::{CaseEnd, petri_net};
use sanzi::flow::{Graph, StepId};

/// What stands between two marks on a line.
fn between<'t>(line: &'t str, from: &str, to: &str) -> &'t str {
    line.split_once(from).unwrap_or_else(|| panic!("{from} in {line}")).1.split_once(to).unwrap().0
}

/// One transition of the net: its label, if it has one, and the places that it leads from and to.
struct Move {
    label: Option<String>,
    from: String,
    to: String,
}

struct Net {
    places: BTreeSet<String>,
    start: Vec<String>,
    end: String,
    moves: BTreeMap<String, Move>,
}

/// Reads a net as a tool would, element by element; every element of ours is one line.
fn read(text: &str) -> Net {
    let lines = |element: &'static str| text.lines().filter(move |line| line.starts_with(element));
    let id = |line: &str| between(line, "id=\"", "\"").to_owned();
    let places: BTreeSet<String> = lines("<place ").map(id).collect();
    let start = lines("<place ").filter(|line| line.contains("<initialMarking><text>1</text>")).map(id).collect();
    let end = between(text, "<finalmarkings><marking><place idref=\"", "\"").to_owned();
    let mut moves: BTreeMap<String, Move> = BTreeMap::new();
    for line in lines("<transition ") {
        let silent = line.contains("activity=\"$invisible$\"");
        let label = (!silent).then(|| between(line, "<text>", "</text>").to_owned());
        assert!(moves.insert(id(line), Move { label, from: String::new(), to: String::new() }).is_none(), "{line} twice");
    }
    let mut arcs = BTreeSet::new();
    for line in lines("<arc ") {
        assert!(arcs.insert(id(line)), "{line} twice");
        let (source, target) = (between(line, "source=\"", "\"").to_owned(), between(line, "target=\"", "\"").to_owned());
        match moves.get_mut(&target) {
            Some(into) => into.from = source,
            None => moves.get_mut(&source).unwrap().to = target,
        }
    }
    assert!(moves.values().all(|one| places.contains(&one.from) && places.contains(&one.to)), "every arc ends at a place");
    Net { places, start, end, moves }
}

impl Net {
    /// Where the token can be by silent moves alone.
    fn silently(&self, from: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::from([from.to_owned()]);
        loop {
            let next = |one: &&Move| one.label.is_none() && all.contains(&one.from) && !all.contains(&one.to);
            let Some(to) = self.moves.values().find(next).map(|one| one.to.clone()) else { return all };
            all.insert(to);
        }
    }

    /// The token game: whether these labels lead from the start to the end.
    fn takes(&self, labels: &[&str]) -> bool {
        let mut at: BTreeSet<String> = self.start.iter().flat_map(|place| self.silently(place)).collect();
        for label in labels {
            let moved = self.moves.values().filter(|one| one.label.as_deref() == Some(label) && at.contains(&one.from));
            at = moved.flat_map(|one| self.silently(&one.to)).collect();
        }
        at.contains(&self.end)
    }
}

fn net(end: CaseEnd) -> Net {
    read(&petri_net::<Dongsha>(end, |step| step.id().to_owned()))
}

#[test]
fn the_net_has_the_edges_of_the_table_and_no_other() {
    let net = net(CaseEnd::LastStep);
    let step_of = |place: &str| net.moves.values().find(|one| one.to == place && one.label.is_some()).unwrap().label.clone().unwrap();
    let next = |place: &str| {
        let label = net.moves.values().find(|one| one.from == place).and_then(|one| one.label.clone());
        label.unwrap_or_else(|| "End".to_owned())
    };
    let silent = net.moves.iter().filter(|(_, one)| one.label.is_none() && !net.start.contains(&one.from));
    let found: BTreeSet<(String, String)> = silent.map(|(_, one)| (step_of(&one.from), next(&one.to))).collect();
    let table: BTreeSet<(String, String)> =
        Graph::of::<Dongsha>().edges().into_iter().map(|(from, _, to)| (from.to_owned(), to.to_owned())).collect();
    assert_eq!(found, table);
    assert_eq!((net.places.len(), net.start.len(), net.moves.len()), (34, 1, 1 + 16 + 33));
    assert!(net.moves.values().all(|one| !net.start.contains(&one.to) && one.from != net.end), "one way in, one way out");
}

#[test]
fn whole_orders_fit_and_every_skip_repetition_or_swap_does_not() {
    let net = net(CaseEnd::LastStep);
    let all: Vec<&str> = Step::ALL.iter().map(|step| step.id()).collect();
    assert!(net.takes(&all));
    for at in 0..16 {
        let mut skipped = all.clone();
        skipped.remove(at);
        assert!(!net.takes(&skipped), "without {}", all[at]);
        let mut repeated = all.clone();
        repeated.insert(at, all[at]);
        // A vote without quorum is held again, a corrected trading notice is posted again; nothing else.
        assert_eq!(net.takes(&repeated), ["MemberVote", "TradingNotice"].contains(&all[at]), "{} twice", all[at]);
        if at > 0 {
            let mut swapped = all.clone();
            swapped.swap(at - 1, at);
            assert!(!net.takes(&swapped), "{} before {}", all[at], all[at - 1]);
        }
    }
    let returned: Vec<&str> = all[..10].iter().chain(&all[8..]).copied().collect();
    assert!(net.takes(&returned), "the street returns for form to the filing");
    let over: Vec<&str> = all.iter().chain(&all[..1]).copied().collect();
    assert!(!net.takes(&over), "nothing follows the end");
}

#[test]
fn a_case_on_its_way_fits_only_where_it_may_stop_anywhere() {
    let (closed, open) = (net(CaseEnd::LastStep), net(CaseEnd::Anywhere));
    let all: Vec<&str> = Step::ALL.iter().map(|step| step.id()).collect();
    for length in 1..16 {
        assert!(open.takes(&all[..length]) && !closed.takes(&all[..length]), "{length} steps");
        assert!(!open.takes(&all[1..=length]), "the first is skipped");
    }
    assert!(open.takes(&all) && open.takes(&[]));
}

#[test]
fn labels_are_text_whatever_stands_in_them() {
    let text = petri_net::<Dongsha>(CaseEnd::LastStep, |step| format!("<{}> & \"公示\"\n\u{1}]]>", step.id()));
    assert!(text.contains("<text>&lt;MemberVote&gt; &amp; &quot;公示&quot; ]]&gt;</text>"), "{text}");
    assert!(text.chars().all(|c| !c.is_control() || c == '\n'));
}
