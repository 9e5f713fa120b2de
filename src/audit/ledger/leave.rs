//! What a case leaves behind when it is over: how it went, and what patterns across cases are looked for in.

use std::any::Any;

use super::super::deal::Names;
use super::super::{Bid, Bidder, Deal, Timeline};
use super::Open;
use crate::calendar::china_date;
use crate::case::{Case, CaseStatus, Procedure};
use crate::dongsha::{BidderRegistration, Bidding, Dongsha, PlanDraft, Registrant, ResultNotice, Step, TradingMethod};
use crate::flow::StepId;

pub(super) fn timeline<P: Procedure>(open: &Open<P>) -> Timeline {
    let day = |step: &P::Step| {
        let done = open.case.done(*step)?;
        Some((u8::try_from(step.number()).ok()?, china_date(done.done), done.left.map(china_date)))
    };
    Timeline { case: open.name.clone(), line: open.first_line, steps: <P::Step as StepId>::ALL.iter().filter_map(day).collect() }
}

pub(super) fn summarise<P: Procedure>(open: &Open<P>, names: &mut Names, deal: &mut Deal) {
    let case = &open.case;
    deal.asset = case.opening().map(|opening| opening.asset.as_str().into());
    deal.opened = open.opened;
    deal.last = case.last().map(|last| (china_date(last), open.line));
    deal.terminated = matches!(case.status(), CaseStatus::Terminated | CaseStatus::Terminating);
    deal.ended = matches!(case.status(), CaseStatus::Terminated | CaseStatus::Closed);
    deal.worth = case.worth();
    deal.threshold = case.policy().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value());
    deal.window = case.policy().and_then(|policy| policy.at_most("splitting-window-days")).map(|number| *number.value());
    let Some(case) = (case as &dyn Any).downcast_ref::<Case<Dongsha>>() else { return };
    deal.planned = case.done(Step::PlanDraft).map(|done| china_date(done.done));
    deal.negotiated = case.record::<PlanDraft>().map(|plan| plan.method == TradingMethod::Negotiation);
    if let Some(registration) = case.record::<BidderRegistration>() {
        let bidder = |registrant: &Registrant| Bidder {
            who: names.keep(registrant.bidder.as_str()),
            account: Some(names.keep(registrant.account.reveal())),
            qualified: Some(registrant.qualified),
        };
        deal.bidders = registration.registrants.iter().map(bidder).collect();
    }
    if let Some(bidding) = case.record::<Bidding>() {
        deal.bids = bidding.bids.iter().map(|bid| Bid { who: names.keep(bid.bidder.as_str()), price: bid.price }).collect();
        deal.winner = bidding.winner.map(|winner| names.keep(winner.as_str()));
    }
    if let Some(result) = case.record::<ResultNotice>() {
        deal.winner = Some(names.keep(result.winner.as_str()));
    }
}
