//! A procedure as a Petri net in PNML (ISO/IEC 15909-2), for process mining tools: an order that somebody else's token
//! replay or alignment can judge too.

use crate::flow::{Flow, StepId, Target};

/// Where a case may stop and its order still be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEnd {
    /// Behind the last step only: every case of the log is over.
    LastStep,
    /// Anywhere: cases of the log may be on their way, or were terminated by a decision.
    Anywhere,
}

/// The order of a procedure's steps as a Petri net.
///
/// One token goes round. A transition for each step, with the label that the log has for its performance: ask `label` for
/// names in a language, or identifiers. Behind it a silent transition for each outcome, to the step that it leads to: the
/// next one, or the return. With [`CaseEnd::LastStep`] the net is a sound workflow net for every procedure that
/// [`flow::check`](crate::flow::check) finds no flaw in.
///
/// Only the order is in it: nothing of people, publication, periods or content. An event of such a log is the performance
/// of a step; publications, returns and ends are none. Silent transitions and the final marking are written as ProM and
/// pm4py read them.
///
/// ```
/// use sanzi::dongsha::Dongsha;
/// use sanzi::export::{CaseEnd, petri_net};
/// let net = petri_net::<Dongsha>(CaseEnd::LastStep, |step| step.name().zh.into_owned());
/// assert!(net.contains("<text>会议通知与民主表决</text>"));
/// ```
pub fn petri_net<F: Flow>(end: CaseEnd, label: impl Fn(F::Step) -> String) -> String {
    let mut net = Net::default();
    net.place(START, true);
    let mut places = vec![START.to_owned()];
    if let Some(first) = F::ROWS.first() {
        net.transition("open", None, START, &before(first.step));
    }
    for row in F::ROWS {
        let (before, after) = (before(row.step), format!("after-{}", row.step.id()));
        net.place(&before, false);
        net.place(&after, false);
        net.transition(row.step.id(), Some(&label(row.step)), &before, &after);
        for outcome in row.outcomes {
            let to = match outcome.to {
                Target::Step(step) => self::before(step),
                Target::End => END.to_owned(),
            };
            net.transition(&format!("{}-{}", row.step.id(), outcome.id), None, &after, &to);
        }
        places.extend([before, after]);
    }
    net.place(END, false);
    if end == CaseEnd::Anywhere {
        places.iter().for_each(|place| net.transition(&format!("stop-{place}"), None, place, END));
    }
    net.finish(F::ID, &F::NAME.zh)
}

/// The place of a case that has not begun: nothing leads back to it.
const START: &str = "start";

/// The place of a case that is over.
const END: &str = "end";

/// The place of a case in which a step is to be performed.
fn before(step: impl StepId) -> String {
    format!("before-{}", step.id())
}

/// Places first, then transitions, then arcs, as readers expect them.
#[derive(Default)]
struct Net {
    places: String,
    transitions: String,
    arcs: String,
}

impl Net {
    fn place(&mut self, id: &str, starts: bool) {
        let marking = if starts { "<initialMarking><text>1</text></initialMarking>" } else { "" };
        self.places += &format!("<place id=\"{id}\"><name><text>{id}</text></name>{marking}</place>\n");
    }

    /// From one place to another; without a label it is silent.
    fn transition(&mut self, id: &str, label: Option<&str>, from: &str, to: &str) {
        let silent = if label.is_none() { "<toolspecific tool=\"ProM\" version=\"6.4\" activity=\"$invisible$\"/>" } else { "" };
        let name = escaped(label.unwrap_or(id));
        self.transitions += &format!("<transition id=\"{id}\"><name><text>{name}</text></name>{silent}</transition>\n");
        self.arcs +=
            &format!("<arc id=\"{id}-in\" source=\"{from}\" target=\"{id}\"/>\n<arc id=\"{id}-out\" source=\"{id}\" target=\"{to}\"/>\n");
    }

    fn finish(&self, id: &str, name: &str) -> String {
        let Net { places, transitions, arcs } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n\
             <net id=\"{}\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n<name><text>{}</text></name>\n<page id=\"page\">\n\
             {places}{transitions}{arcs}</page>\n\
             <finalmarkings><marking><place idref=\"{END}\"><text>1</text></place></marking></finalmarkings>\n</net>\n</pnml>\n",
            escaped(id),
            escaped(name)
        )
    }
}

/// As the text of an element; what XML has no place for is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
