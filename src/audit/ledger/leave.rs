//! What a case leaves behind when it is over: how it went, and what patterns across cases are looked for in.

use std::any::Any;

use chrono::{DateTime, Utc};

use super::super::Timeline;
use super::super::deals::{Bid, Bidder, Deal, Deals};
use super::super::names::Names;
use super::Open;
use crate::calendar::{DayNumber, china_date};
use crate::case::{Case, CaseStatus, Procedure};
use crate::dongsha::{BidderRegistration, Bidding, Dongsha, PlanDraft, ResultNotice, Step, TradingMethod};
use crate::flow::StepId;

pub(super) fn timeline<P: Procedure>(open: &Open<P>) -> Timeline {
    let day = |step: &P::Step| {
        let done = open.case.done(*step)?;
        Some((u8::try_from(step.number()).ok()?, china_date(done.done), done.left.map(china_date)))
    };
    Timeline { case: open.name.clone(), line: open.first_line, steps: <P::Step as StepId>::ALL.iter().filter_map(day).collect() }
}

fn china_day(at: DateTime<Utc>) -> DayNumber {
    DayNumber::of(china_date(at))
}

pub(super) fn summarise<P: Procedure>(open: &Open<P>, names: &mut Names, deals: &mut Deals) {
    let case = &open.case;
    let deal = Deal {
        case: names.add(open.name.clone()),
        line: open.first_line,
        asset: case.opening().and_then(|opening| names.number(opening.asset.as_str())),
        opened: open.opened.map(DayNumber::of),
        last: case.last().map(china_day),
        terminated: matches!(case.status(), CaseStatus::Terminated | CaseStatus::Terminating),
        ended: matches!(case.status(), CaseStatus::Terminated | CaseStatus::Closed),
        ..Deal::default()
    };
    let threshold = case.policy().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value());
    let window = case.policy().and_then(|policy| policy.at_most("splitting-window-days")).map(|number| *number.value());
    let sized = |deal: Deal| deal.sized(case.worth(), threshold, window);
    let Some(dongsha) = (case as &dyn Any).downcast_ref::<Case<Dongsha>>() else { return deals.add(sized(deal), &[], &[]) };
    let (registration, bidding) = (dongsha.record::<BidderRegistration>(), dongsha.record::<Bidding>());
    let won = dongsha.record::<ResultNotice>().map(|result| result.winner).or_else(|| bidding?.winner);
    let winner = won.and_then(|winner| names.number(winner.as_str()));
    let mut bidders = Vec::new();
    for registrant in registration.into_iter().flat_map(|registration| &registration.registrants) {
        let account = names.number(registrant.account.reveal());
        let qualified = Some(registrant.qualified);
        bidders.extend(names.number(registrant.bidder.as_str()).map(|who| Bidder { who, account, qualified }));
    }
    let bids = bidding.into_iter().flat_map(|bidding| &bidding.bids);
    let bids: Vec<Bid> = bids.filter_map(|bid| Some(Bid { who: names.number(bid.bidder.as_str())?, price: bid.price })).collect();
    let plan = dongsha.record::<PlanDraft>();
    let deal = Deal {
        planned: dongsha.done(Step::PlanDraft).map(|done| china_day(done.done)),
        negotiated: plan.map(|plan| plan.method == TradingMethod::Negotiation),
        winner,
        ..deal
    };
    deals.add(sized(deal), &bidders, &bids);
}
