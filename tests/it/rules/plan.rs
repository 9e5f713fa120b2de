//! Steps 5 and 6.

use chrono::Days;
use sanzi::case::{Code, Nearby};
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::*;
use sanzi::value::{Digest, Money};

use super::*;

/// The plan is due on the last day of a valuation that is good for no day more.
fn expiring(step: Step) -> Run {
    let mut run = ready(Step::Valuation);
    let mut act = Act::of(run.clone());
    valuation(&mut act).valid_until = run.today() + Days::new(3);
    run.perform_with(act.evidence).publish().advance();
    assert_eq!(run.step(), step);
    run
}

/// A member of the board who once signs as an appraiser.
fn signed_by_the_board(step: Step) -> Run {
    let mut office = office();
    let term = sanzi::register::Term { from: day("2018-01-01"), to: Some(day("2018-03-31")) };
    office.register.appoint(person("chen"), Role::Appraiser, term).unwrap();
    office.register.appoint(person("liang"), Role::Board, sanzi::register::Term::since(day("2018-01-01"))).unwrap();
    let mut run = Run::with(office, day("2018-03-05"));
    // The chair opened and checked, so that only the valuation ties the draft.
    for step in [Step::AssetCheck, Step::PartyStudy, Step::IntentNotice] {
        assert_eq!(run.step(), step);
        let by = if step == Step::PartyStudy { person("he") } else { person("liang") };
        let evidence = run.good();
        run.must(by, Command::Perform { evidence, done: None }).publish().advance();
    }
    let mut act = Act::of(run.clone());
    valuation(&mut act).signatories = vec![person("pan"), person("qiu"), person("chen")];
    run.perform_with(act.evidence).publish().advance();
    assert_eq!(run.step(), step);
    run
}

/// At this step again after its plan was rejected by the vote.
fn rejected(step: Step) -> Run {
    let mut run = ready(Step::MemberVote);
    let mut act = Act::of(run.clone());
    vote(&mut act).tally = sanzi::policy::Tally::new(sanzi::policy::AllMembers(300), sanzi::policy::Present(240), 119, 121, 0).unwrap();
    run.perform_with(act.evidence).publish().advance();
    run.withdraw();
    assert_eq!(run.step(), step);
    run
}

fn negotiated(act: &mut Act, floor: &str) {
    let plan = draft(act);
    plan.method = TradingMethod::Negotiation;
    plan.term_months = 1;
    plan.floor = floor.parse().unwrap();
    plan.below_valuation = None;
}

pub(super) fn laws() -> Vec<Law> {
    let mut laws = price_laws();
    laws.extend(term_laws());
    laws.extend(method_laws());
    laws.extend(drafting_laws());
    laws.extend(review_laws());
    laws
}

fn price_laws() -> Vec<Law> {
    vec![
        law("the valuation is good on the very day of the plan", Step::PlanDraft)
            .given(expiring)
            .allowed(|act| {
                act.run.wait(3);
            })
            .refused(
                |act| {
                    act.run.wait(4);
                },
                [want(ValuationExpired)],
            ),
        law("a floor at the valuation needs no reason", Step::PlanDraft).allowed(|act| draft(act).floor = yuan(2_000)).refused(
            |act| draft(act).floor = "1999.99".parse().unwrap(),
            [want(FloorBelowValuation).expected("2,000.00 yuan").found("1,999.99 yuan")],
        ),
        law("a floor below the valuation says why", Step::PlanDraft)
            .allowed(|act| {
                draft(act).floor = "1999.99".parse().unwrap();
                draft(act).below_valuation = Some(text("两次流标"));
            })
            .refused(|act| draft(act).floor = yuan(1), [want(FloorBelowValuation)]),
        law("a floor is an amount", Step::PlanDraft).refused(
            |act| {
                draft(act).floor = Money::ZERO;
                draft(act).below_valuation = Some(text("象征性租金"));
            },
            [want(ZeroValue)],
        ),
        law("the deposit is an amount", Step::PlanDraft)
            .allowed(|act| draft(act).deposit = "0.01".parse().unwrap())
            .refused(|act| draft(act).deposit = Money::ZERO, [want(ZeroDeposit)]),
        law("the greatest floor overflows nothing", Step::PlanDraft)
            .allowed(|act| {
                draft(act).floor = Money::MAX;
                draft(act).term_months = 240;
            })
            .refused(
                |act| {
                    draft(act).floor = Money::MAX;
                    draft(act).term_months = 240;
                    draft(act).method = TradingMethod::Negotiation;
                },
                [want(MustTradePublicly).found("90,000,000,000,000.00 yuan")],
            ),
    ]
}

fn term_laws() -> Vec<Law> {
    vec![
        law("a lease is at most twenty years", Step::PlanDraft)
            .allowed(|act| draft(act).term_months = 240)
            .refused(|act| draft(act).term_months = 241, [want(TermTooLong).expected("240 months").found("241 months")]),
        law("a contract to operate is at most twenty years", Step::PlanDraft)
            .allowed(|act| {
                draft(act).kind = DealKind::Contract;
                draft(act).term_months = 240;
            })
            .refused(
                |act| {
                    draft(act).kind = DealKind::Contract;
                    draft(act).term_months = 241;
                },
                [want(TermTooLong)],
            ),
        law("farmland has terms of its own, a lease of building land has not", Step::PlanDraft)
            .allowed(|act| {
                draft(act).kind = DealKind::FarmlandToOutsiders;
                draft(act).term_months = 360;
            })
            .refused(
                |act| {
                    draft(act).kind = DealKind::ConstructionLand;
                    draft(act).term_months = 360;
                },
                [want(TermTooLong).found("360 months")],
            ),
        law("a lease has a term", Step::PlanDraft)
            .allowed(|act| draft(act).term_months = 1)
            .refused(|act| draft(act).term_months = 0, [want(NoTerm)]),
        law("a sale has none, and is no way round the cap", Step::PlanDraft)
            .allowed(|act| {
                draft(act).kind = DealKind::Sale;
                draft(act).term_months = 0;
            })
            .refused(
                |act| {
                    draft(act).kind = DealKind::Sale;
                    draft(act).term_months = 600;
                },
                [want(SaleHasTerm).found("600 months")],
            ),
        law("a plan has an area", Step::PlanDraft)
            .allowed(|act| draft(act).area_centi_m2 = 1)
            .refused(|act| draft(act).area_centi_m2 = 0, [want(NoArea)]),
        law("no more area than was checked", Step::PlanDraft)
            .refused(|act| draft(act).area_centi_m2 = 8_001, [want(TermsDiffer).expected("80.00 m²").found("80.01 m²")]),
    ]
}

fn method_laws() -> Vec<Law> {
    vec![
        law("from ten thousand yuan on it is bid for", Step::PlanDraft)
            .allowed(|act| negotiated(act, "9999.99"))
            .refused(|act| negotiated(act, "10000"), [want(MustTradePublicly).expected("10,000.00 yuan").found("10,000.00 yuan")]),
        law("splitting adds up", Step::PlanDraft)
            .allowed(|act| {
                negotiated(act, "4000");
                act.nearby = Nearby { same_asset_total: "5999.99".parse().unwrap(), ..Nearby::default() };
            })
            .refused(
                |act| {
                    negotiated(act, "4000");
                    act.nearby = Nearby { same_asset_total: yuan(6_000), ..Nearby::default() };
                },
                [want(Splitting).expected("10,000.00 yuan").found("10,000.00 yuan")],
            ),
        law("whoever bids in public splits nothing", Step::PlanDraft)
            .allowed(|act| act.nearby = Nearby { same_asset_total: Money::MAX, ..Nearby::default() })
            .refused(
                |act| {
                    negotiated(act, "2000");
                    act.nearby = Nearby { same_asset_total: Money::MAX, ..Nearby::default() };
                },
                [want(Splitting).found("90,000,000,000,000.00 yuan")],
            ),
        law("a bidder is the fewest", Step::PlanDraft)
            .allowed(|act| draft(act).min_bidders = 1)
            .refused(|act| draft(act).min_bidders = 0, [want(BiddersTooFewPlanned).expected("1 people").found("0 people")]),
    ]
}

fn drafting_laws() -> Vec<Law> {
    vec![
        law("the contract's text exists", Step::PlanDraft)
            .refused(|act| draft(act).contract_text = Digest::NONE, [want(NoDocument).expected("contract text")]),
        law("whoever signed the valuation does not plan on it", Step::PlanDraft)
            .given(signed_by_the_board)
            .allowed(|act| act.who = Some(person("liang")))
            .refused(|_| {}, [want(Code::MustDiffer).expected("not a signatory of the valuation, nor their kin").found("chen")]),
        law("a rejected plan does not come back word for word", Step::PlanDraft)
            .given(rejected)
            .allowed(|act| draft(act).floor = "2000.01".parse().unwrap())
            .refused(|_| {}, [want(VotedBefore)]),
        law("seven faults of a plan are seven reasons", Step::PlanDraft).refused(
            |act| {
                let plan = draft(act);
                plan.floor = yuan(1);
                plan.term_months = 241;
                plan.deposit = Money::ZERO;
                plan.min_bidders = 0;
                plan.area_centi_m2 = 0;
                plan.contract_text = Digest::NONE;
                plan.method = TradingMethod::Negotiation;
                act.nearby.same_asset_total = yuan(10_000);
            },
            [
                want(FloorBelowValuation),
                want(TermTooLong),
                want(Splitting),
                want(NoDocument),
                want(ZeroDeposit),
                want(BiddersTooFewPlanned),
                want(NoArea),
            ],
        ),
    ]
}

fn review_laws() -> Vec<Law> {
    vec![
        law("the opinion is on the frozen plan", Step::PlanReview).refused(|act| review(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the signed opinion exists", Step::PlanReview)
            .refused(|act| review(act).opinion = Digest::NONE, [want(NoDocument).expected("signed opinion")]),
        law("a legal adviser signs", Step::PlanReview)
            .refused(|act| review(act).legal_adviser = person("mai"), [want(Code::NotResponsible).expected("legal adviser").found("mai")]),
        law("the legal adviser is in the register", Step::PlanReview)
            .refused(|act| review(act).legal_adviser = person("nobody"), [want(Code::UnknownPerson).found("nobody")]),
    ]
}
