//! rust4pm's XES import and token replay: `rust4pm LOG.xes STEP…` prints events, seconds, processor seconds, peak memory in KiB, missing
//! tokens.
//!
//! Its replay takes no silent transitions, so the net here is the way forward alone: one transition for each step, in order.
//! That is enough for a log without returns. It adds up all traces: there is no verdict for each.

use std::time::Instant;

use process_mining::EventLog;
use process_mining::conformance::case_centric::token_based_replay::apply_token_based_replay;
use process_mining::core::event_data::case_centric::utils::activity_projection::EventLogActivityProjection;
use process_mining::core::event_data::case_centric::xes::{XESImportOptions, build_ignore_attributes, import_xes_path};
use process_mining::core::event_data::case_centric::{AttributeValue, XESEditableAttribute};
use process_mining::core::process_models::case_centric::petri_net::{ArcType, Marking, PetriNet};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (path, steps) = args.split_first().expect("rust4pm LOG.xes STEP…");
    let net = forward(steps);
    let (started, before) = (Instant::now(), processor());
    let options = XESImportOptions {
        ignore_event_attributes_except: Some(build_ignore_attributes(["concept:name", "动作"])),
        ..XESImportOptions::default()
    };
    let mut log: EventLog = import_xes_path(path, options).expect("it is XES");
    let events: usize = log.traces.iter().map(|trace| trace.events.len()).sum();
    for trace in &mut log.traces {
        trace.events.retain(|event| {
            let action = event.attributes.get_by_key("动作").map(|attribute| &attribute.value);
            matches!(action, Some(AttributeValue::String(action)) if action == "执行")
        });
    }
    let projection = EventLogActivityProjection::from(&log);
    let result = apply_token_based_replay(&net, &projection).expect("the net has no silent transitions");
    let (seconds, busy) = (started.elapsed().as_secs_f64(), processor() - before);
    println!("{events} {seconds:.4} {busy:.2} {} {}", peak(), result.missing);
}

fn forward(steps: &[String]) -> PetriNet {
    let mut net = PetriNet::new();
    let start = net.add_place(None);
    let mut at = start;
    for step in steps {
        let (transition, next) = (net.add_transition(Some(step.clone()), None), net.add_place(None));
        net.add_arc(ArcType::place_to_transition(at, transition), None);
        net.add_arc(ArcType::transition_to_place(transition, next), None);
        at = next;
    }
    net.initial_marking = Some(Marking::from([(start, 1)]));
    net.final_markings = Some(vec![Marking::from([(at, 1)])]);
    net
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Seconds that the processors have spent on this process, all its threads.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
