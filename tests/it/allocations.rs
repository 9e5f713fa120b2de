//! A question that is answered yes costs no memory.

use sanzi::case::Command;
use sanzi::dongsha::Step;
use sanzi::flow::StepId;

use crate::village::{Run, office, opening, person, responsible};

#[test]
fn a_check_that_says_yes_allocates_nothing() {
    let mut run = Run::opened();
    while run.case.place().is_some() {
        run.wait_to_perform();
        allocates_nothing(&run);
        run.do_step();
    }
}

#[test]
fn nor_where_bidders_are_kept_out() {
    let mut opening = opening();
    opening.intended_bidder = Some(person("bidder-a"));
    let mut run = Run::with(office(), crate::village::day("2018-03-05"));
    run.case = sanzi::case::Case::unopened(run.case.id());
    run.must(responsible(Step::AssetCheck), Command::Open(opening));
    for step in [Step::PartyStudy, Step::Valuation, Step::Bidding] {
        run.to(step).wait_to_perform();
        assert!(run.case.bidders().contains(&person("bidder-a")), "somebody must be kept out");
        allocates_nothing(&run);
    }
}

fn allocates_nothing(run: &Run) {
    let step = run.step();
    let acting = run.office.acting(responsible(step), run.now);
    let mut yes = false;
    let counted = allocation_counter::measure(|| yes = run.case.check(step, &acting).is_ok());
    assert!(yes, "{step} may be performed");
    assert_eq!(counted.count_total, 0, "{step} (number {})", step.number());
}
