//! Steps 11 to 13.

use chrono::Days;
use sanzi::case::Code;
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::*;
use sanzi::value::{AccountNumber, Digest, Money, PersonName};

use super::*;

/// Building land, filed and approved on one day.
fn building_land(step: Step) -> Run {
    planned(Run::opened(), step, PlanRecord { kind: DealKind::ConstructionLand, ..plan() })
}

/// No increment is set: sealed bids.
fn sealed(step: Step) -> Run {
    planned(Run::opened(), step, PlanRecord { increment: Money::ZERO, ..plan() })
}

/// Bidder A is the brother of a board member, bidder B of a witness, bidder C of the host.
fn families(step: Step) -> Run {
    let mut office = office();
    for (one, other) in [("bidder-a", "chen"), ("bidder-b", "wu"), ("bidder-c", "song"), ("zheng", "song")] {
        office.register.declare_kin(person(one), person(other)).unwrap();
    }
    for extra in ["bao", "cai"] {
        office.register.add(person(extra), PersonName::new("包廉").unwrap()).unwrap();
        office.register.appoint(person(extra), Role::Witness, sanzi::register::Term::since(day("2018-01-01"))).unwrap();
    }
    let mut run = Run::with(office, day("2018-03-05"));
    run.to(Step::BidderRegistration);
    if step == Step::Bidding {
        let mut act = Act::of(run.clone());
        act.run.wait_to_perform();
        registration(&mut act).registrants.retain(|registrant| registrant.bidder == person("bidder-b"));
        run.perform_with(act.evidence).publish().advance();
    }
    run
}

fn only(act: &mut Act, id: &str) {
    registration(act).registrants.retain(|registrant| registrant.bidder == person(id));
}

fn bids(act: &mut Act, list: &[(&str, &str)]) {
    let bids = list.iter().map(|(who, price)| BidMade { bidder: person(who), price: price.parse().unwrap() }).collect();
    bidding(act).bids = bids;
    bidding(act).winner = bidding(act).ranking().first().map(|bid| bid.bidder);
}

pub(super) fn laws() -> Vec<Law> {
    let mut laws = announcing_laws();
    laws.extend(registration_laws());
    laws.extend(rigging_laws());
    laws.extend(bidder_laws());
    laws.extend(bid_laws());
    laws.extend(winner_laws());
    laws.extend(witness_laws());
    laws
}

fn announcing_laws() -> Vec<Law> {
    vec![
        law("the plan announced is the plan voted", Step::TradingNotice)
            .refused(|act| trading(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the floor announced is the plan's", Step::TradingNotice).refused(
            |act| trading(act).floor = "1999.99".parse().unwrap(),
            [want(TermsDiffer).expected("2,000.00 yuan").found("1,999.99 yuan")],
        ),
        law("all five terms are compared", Step::TradingNotice).refused(
            |act| {
                let notice = trading(act);
                notice.floor = yuan(2_001);
                notice.deposit = yuan(4_001);
                notice.term_months = 37;
                notice.area_centi_m2 = 8_001;
                notice.eligibility = text("限本村村民");
            },
            [
                want(TermsDiffer).found("2,001.00 yuan"),
                want(TermsDiffer).found("4,001.00 yuan"),
                want(TermsDiffer).expected("36 months").found("37 months"),
                want(TermsDiffer).found("80.01 m²"),
                want(TermsDiffer).found("限本村村民"),
            ],
        ),
        law("a plan for building land lies ten working days with the government", Step::TradingNotice)
            .given(building_land)
            .allowed(|act| act.run.now = at(day(LODGED)))
            .refused(|act| act.run.now = at(day(LODGED)) - chrono::TimeDelta::days(1), [want(LodgedTooLate).expected(LODGED)]),
    ]
}

/// Ten working days after the filing on April 1: Qingming is off, Sunday the 8th is worked.
const LODGED: &str = "2018-04-16";

fn registration_laws() -> Vec<Law> {
    vec![
        law("registration closes after the notice", Step::BidderRegistration)
            .allowed(|act| {
                act.run.wait(1);
            })
            .refused(|act| registration(act).closed_on = act.run.today() - Days::new(1), [want(RegistrationDate)]),
        law("registration has closed", Step::BidderRegistration)
            .refused(|act| registration(act).closed_on = act.run.today() + Days::new(1), [want(RegistrationDate)]),
        law("a qualified bidder paid the plan's deposit", Step::BidderRegistration)
            .allowed(|act| {
                registration(act).registrants[0].deposit = "3999.99".parse().unwrap();
                registration(act).registrants[0].qualified = false;
            })
            .refused(
                |act| registration(act).registrants[0].deposit = "3999.99".parse().unwrap(),
                [want(WrongDeposit).expected("4,000.00 yuan").found("3,999.99 yuan")],
            ),
        law("nor did they pay more", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].deposit = "4000.01".parse().unwrap(), [want(WrongDeposit)]),
        law("nobody qualifies while in arrears", Step::BidderRegistration)
            .allowed(|act| {
                registration(act).registrants[1].in_arrears = true;
                registration(act).registrants[1].qualified = false;
            })
            .refused(|act| registration(act).registrants[1].in_arrears = true, [want(BidderInArrears).found("bidder-b")]),
        law("five hundred bidders fit", Step::BidderRegistration).allowed(|act| registration(act).registrants.clear()).refused(
            |act| {
                let one = registration(act).registrants[0].clone();
                registration(act).registrants = vec![one; 501];
            },
            [want(TooManyEntries).found("501")],
        ),
    ]
}

fn rigging_laws() -> Vec<Law> {
    vec![
        law("everybody registers once", Step::BidderRegistration).refused(
            |act| {
                let mut again = registrant("bidder-a");
                again.account = AccountNumber::new("62220202again").unwrap();
                again.prepared_by = PersonName::new("别人").unwrap();
                registration(act).registrants.push(again);
            },
            [want(RegisteredTwice).found("bidder-a")],
        ),
        law("one account pays one deposit", Step::BidderRegistration)
            .allowed(|act| {
                // Nothing was paid from the second.
                let account = registration(act).registrants[0].account.clone();
                let other = &mut registration(act).registrants[1];
                other.account = account;
                other.deposit = Money::ZERO;
                other.qualified = false;
            })
            .refused(
                |act| {
                    let account = registration(act).registrants[0].account.clone();
                    registration(act).registrants[1].account = account;
                },
                [want(SameAccount)],
            ),
        law("one person prepares one bid", Step::BidderRegistration).refused(
            |act| {
                let preparer = registration(act).registrants[0].prepared_by.clone();
                registration(act).registrants[1].prepared_by = preparer;
            },
            [want(SamePreparer)],
        ),
    ]
}

fn bidder_laws() -> Vec<Law> {
    vec![
        law("the board's kin do not qualify", Step::BidderRegistration)
            .given(families)
            .allowed(|act| only(act, "bidder-b"))
            .refused(|act| only(act, "bidder-a"), [want(BidderConflict).found("bidder-a")]),
        law("nor do the host's", Step::BidderRegistration)
            .given(families)
            .allowed(|act| {
                only(act, "bidder-c");
                registration(act).registrants[0].qualified = false;
            })
            .refused(|act| only(act, "bidder-c"), [want(BidderConflict).found("bidder-c")]),
        law("nor does whoever worked on it", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].bidder = person("li"), [want(BidderConflict).found("li")]),
        law("nor does who signed the valuation", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].bidder = person("qiu"), [want(BidderConflict).found("qiu")]),
        law("nor does who advised on the plan", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].bidder = person("xie"), [want(BidderConflict).found("xie")]),
        law("nor does who counted the votes", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].bidder = person("zhong"), [want(BidderConflict).found("zhong")]),
        law("bidders are in the register", Step::BidderRegistration)
            .refused(|act| registration(act).registrants[0].bidder = person("nobody"), [want(Code::UnknownPerson).found("nobody")]),
    ]
}

fn bid_laws() -> Vec<Law> {
    vec![
        law("a bid at the floor is a bid", Step::Bidding)
            .allowed(|act| bids(act, &[("bidder-a", "2000.00")]))
            .refused(|act| bids(act, &[("bidder-a", "1999.99")]), [want(BidBelowFloor).expected("2,000.00 yuan").found("1,999.99 yuan")]),
        law("a bid rises by the whole increment", Step::Bidding)
            .allowed(|act| bids(act, &[("bidder-a", "2000"), ("bidder-b", "2050.00")]))
            .refused(
                |act| bids(act, &[("bidder-a", "2000"), ("bidder-b", "2049.99")]),
                [want(IncrementTooSmall).expected("2,050.00 yuan").found("2,049.99 yuan")],
            ),
        law("an increment past the greatest amount overflows nothing", Step::Bidding).refused(
            |act| bids(act, &[("bidder-a", "90000000000000.00"), ("bidder-b", "90000000000000.00"), ("bidder-c", "2000")]),
            [want(IncrementTooSmall).expected("90,000,000,000,000.00 yuan").found("2,000.00 yuan")],
        ),
        law("only the qualified bid", Step::Bidding)
            .refused(|act| bids(act, &[("bidder-a", "2000"), ("resident", "2050")]), [want(NotQualified).found("resident")]),
        law("sealed bids at equal distances are suspicious", Step::Bidding)
            .given(sealed)
            .allowed(|act| bids(act, &[("bidder-a", "2000"), ("bidder-b", "2100"), ("bidder-c", "2200.01")]))
            .warned(
                |act| bids(act, &[("bidder-a", "2000"), ("bidder-b", "2100"), ("bidder-c", "2200")]),
                [want(RegularSteps).found("3 people")],
            ),
        law("two bids have but one distance", Step::Bidding)
            .given(sealed)
            .allowed(|act| bids(act, &[("bidder-a", "2000"), ("bidder-b", "2100")]))
            .warned(|act| bids(act, &[("bidder-b", "2100"), ("bidder-a", "2000"), ("bidder-c", "2200")]), [want(RegularSteps)]),
        law("five hundred bids fit", Step::Bidding)
            .given(sealed)
            .allowed(|act| bids(act, &[("bidder-a", "2000"); 500]))
            .refused(|act| bids(act, &[("bidder-a", "2000"); 501]), [want(TooManyEntries).found("501")]),
    ]
}

fn winner_laws() -> Vec<Law> {
    vec![
        law("the highest bid wins", Step::Bidding)
            .refused(|act| bidding(act).winner = Some(person("bidder-b")), [want(WrongWinner).expected("bidder-a").found("bidder-b")]),
        law("of equal bids the earlier wins", Step::Bidding)
            .given(sealed)
            .allowed(|act| bids(act, &[("bidder-b", "2100"), ("bidder-a", "2100")]))
            .refused(
                |act| {
                    bids(act, &[("bidder-b", "2100"), ("bidder-a", "2100")]);
                    bidding(act).winner = Some(person("bidder-a"));
                },
                [want(WrongWinner).expected("bidder-b").found("bidder-a")],
            ),
        law("bids have a winner", Step::Bidding)
            .refused(|act| bidding(act).winner = None, [want(WrongWinner).expected("bidder-a").found("nobody")]),
        law("no bids have none", Step::Bidding)
            .refused(|act| bidding(act).bids.clear(), [want(WrongWinner).expected("nobody").found("bidder-a")]),
        law("those who registered and then did not bid are named", Step::Bidding).warned(
            |act| bids(act, &[]),
            [want(NobodyBid).found("bidder-a"), want(NobodyBid).found("bidder-b"), want(NobodyBid).found("bidder-c")],
        ),
        law("the record of the session exists", Step::Bidding).refused(|act| bidding(act).minutes = Digest::NONE, [want(NoDocument)]),
    ]
}

fn witness_laws() -> Vec<Law> {
    vec![
        law("two people witness", Step::Bidding).refused(
            |act| bidding(act).witnesses = vec![person("wu"), person("wu")],
            [want(WitnessesTooFew).expected("2 people").found("1 people")],
        ),
        law("nobody witnesses", Step::Bidding).refused(|act| bidding(act).witnesses.clear(), [want(WitnessesTooFew).found("0 people")]),
        law("a witness is of nobody's family", Step::Bidding)
            .given(families)
            .allowed(|act| {
                bidding(act).witnesses = vec![person("bao"), person("cai")];
                bids(act, &[("bidder-b", "2000")]);
            })
            .refused(
                |act| {
                    bidding(act).witnesses = vec![person("bao"), person("cai"), person("wu"), person("zheng")];
                    bids(act, &[("bidder-b", "2000")]);
                },
                [want(WitnessConflict).found("wu"), want(WitnessConflict).found("zheng")],
            ),
        law("a witness is an integrity messenger", Step::Bidding).refused(
            |act| bidding(act).witnesses.push(person("tan")),
            [want(Code::NotResponsible).expected("grid integrity messenger (witness)").found("tan")],
        ),
        law("witnesses are in the register", Step::Bidding)
            .refused(|act| bidding(act).witnesses.push(person("nobody")), [want(Code::UnknownPerson).found("nobody")]),
    ]
}
