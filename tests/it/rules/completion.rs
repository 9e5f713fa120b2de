//! Steps 14 to 16.

use chrono::Days;
use sanzi::case::Code;
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::*;
use sanzi::value::Digest;

use super::*;

/// Nobody but bidder A bid: there is no next-ranked.
fn one_bid(step: Step) -> Run {
    let mut act = Act::of(ready(Step::Bidding));
    bidding(&mut act).bids.retain(|bid| bid.bidder == person("bidder-a"));
    let mut run = act.run;
    run.perform_with(act.evidence).publish().advance();
    at_step(run, step)
}

fn default_by(act: &mut Act, who: &str, forfeited: &str, then: AfterDefault) {
    act.evidence = Evidence::ContractSigning(ContractRecord::Defaulted(WinnerDefault {
        winner: person(who),
        forfeited: forfeited.parse().unwrap(),
        reason: text("资金不足"),
        then,
    }));
}

/// At a step on a day after everything that comes before was done as soon as it could be.
fn later(step: Step, days: u64) -> Run {
    let mut run = ready(step);
    run.wait(days);
    run
}

pub(super) fn laws() -> Vec<Law> {
    let mut laws = result_laws();
    laws.extend(contract_laws());
    laws.extend(default_laws());
    laws.extend(deposit_laws());
    laws.extend(archive_laws());
    laws
}

fn result_laws() -> Vec<Law> {
    vec![
        law("the result is that of the bidding", Step::ResultNotice)
            .refused(|act| result(act).winner = person("bidder-b"), [want(ResultDiffers).expected("bidder-a").found("bidder-b")]),
        law("the price is that of the bidding", Step::ResultNotice).refused(
            |act| result(act).price = "2249.99".parse().unwrap(),
            [want(ResultDiffers).expected("2,250.00 yuan").found("2,249.99 yuan")],
        ),
        law("the bidders are counted, not the bids", Step::ResultNotice)
            .refused(|act| result(act).bidders = 3, [want(ResultDiffers).expected("2 people").found("3 people")]),
    ]
}

fn contract_laws() -> Vec<Law> {
    vec![
        law("the contract carries out the plan", Step::ContractSigning)
            .refused(|act| contract(act).plan = scan("other"), [want(PlanDiffers)]),
        law("the contract is as won and as voted", Step::ContractSigning).refused(
            |act| {
                let contract = contract(act);
                contract.with = person("bidder-b");
                contract.price = "2249.99".parse().unwrap();
                contract.term_months = 240;
                contract.text = scan("another text");
            },
            [
                want(ContractDiffers).expected("bidder-a").found("bidder-b"),
                want(ContractDiffers).expected("2,250.00 yuan").found("2,249.99 yuan"),
                want(ContractDiffers).expected("36 months").found("240 months"),
                want(ContractDiffers),
            ],
        ),
        law("a legal adviser checks the text", Step::ContractSigning)
            .refused(|act| contract(act).checked_by = person("tan"), [want(Code::NotResponsible).found("tan")]),
        law("signed on the day it is recorded for", Step::ContractSigning)
            .refused(|act| contract(act).signed_on = act.run.today() - Days::new(1), [want(SignedWhen)]),
        law("signed on the last day of ten working days", Step::ContractSigning)
            .allowed(|act| sign_on(act, SIGN_LAST))
            .refused(|act| sign_on(act, SIGN_LATE), [want(ContractLate).expected(SIGN_LAST).found(SIGN_LATE)]),
    ]
}

/// Ten working days after the usual case comes to the contract on April 18 (the 28th is worked, Labour Day is not), and the
/// next day.
const SIGN_LAST: &str = "2018-05-03";
const SIGN_LATE: &str = "2018-05-04";

fn sign_on(act: &mut Act, on: &str) {
    act.run.now = at(day(on));
    contract(act).signed_on = day(on);
}

fn default_laws() -> Vec<Law> {
    vec![
        law("it is the winner who defaults", Step::ContractSigning)
            .allowed(|act| default_by(act, "bidder-a", "4000", AfterDefault::NextRanked))
            .refused(
                |act| default_by(act, "bidder-b", "4000", AfterDefault::NextRanked),
                [want(NotTheWinner).expected("bidder-a").found("bidder-b")],
            ),
        law("the whole deposit is forfeited", Step::ContractSigning)
            .allowed(|act| default_by(act, "bidder-a", "4000", AfterDefault::AnnounceAgain))
            .refused(
                |act| default_by(act, "bidder-a", "3999.99", AfterDefault::AnnounceAgain),
                [want(DepositNotForfeited).expected("4,000.00 yuan").found("3,999.99 yuan")],
            ),
        law("the next-ranked exists", Step::ContractSigning)
            .given(one_bid)
            .allowed(|act| default_by(act, "bidder-a", "4000", AfterDefault::AnnounceAgain))
            .refused(|act| default_by(act, "bidder-a", "4000", AfterDefault::NextRanked), [want(NoNextRanked)]),
    ]
}

fn deposit_laws() -> Vec<Law> {
    vec![
        law("every loser's deposit is back", Step::FilingAndArchive)
            .refused(|act| archive(act).deposits.truncate(1), [want(DepositOwed).expected("bidder-c: 4,000.00")]),
        law("in full", Step::FilingAndArchive).refused(
            |act| archive(act).deposits[0].amount = "3999.99".parse().unwrap(),
            [want(DepositOwed).expected("bidder-b: 4,000.00")],
        ),
        law("and not tomorrow", Step::FilingAndArchive).refused(
            |act| archive(act).deposits[0].on = act.run.today() + Days::new(1),
            [want(DepositOwed).expected("bidder-b: 4,000.00")],
        ),
        law("nor before registration had closed", Step::FilingAndArchive)
            .allowed(|act| archive(act).deposits[0].on = closed(act))
            .refused(|act| archive(act).deposits[0].on = closed(act) - Days::new(1), [want(DepositOwed)]),
        law("within five working days", Step::FilingAndArchive)
            .given(|step| later(step, 7))
            .allowed(|act| archive(act).deposits.iter_mut().for_each(|back| back.on = day(BACK_LAST)))
            .warned(
                |act| {
                    act.run.wait(1);
                    archive(act).deposits[0].on = day(BACK_LAST);
                    archive(act).deposits[1].on = day(BACK_LAST) + Days::new(1);
                },
                [want(Code::Late), want(DepositLate).found("bidder-c: 4,000.00")],
            ),
        law("the winner may have theirs back, once", Step::FilingAndArchive)
            .allowed(|act| back_to(act, "bidder-a", 1))
            .refused(|act| back_to(act, "bidder-a", 2), [want(NoSuchDeposit).found("bidder-a: 4,000.00")]),
        law("no deposit goes to a stranger", Step::FilingAndArchive)
            .refused(|act| back_to(act, "resident", 1), [want(NoSuchDeposit).found("resident: 4,000.00")]),
        law("nor twice to a loser", Step::FilingAndArchive)
            .refused(|act| back_to(act, "bidder-b", 1), [want(NoSuchDeposit).found("bidder-b: 4,000.00")]),
        law("five hundred deposits fit", Step::FilingAndArchive)
            .refused(|act| back_to(act, "resident", 499), [want(TooManyEntries).found("501")]),
    ]
}

/// Five working days after the usual case comes to the archive on April 18.
const BACK_LAST: &str = "2018-04-25";

fn closed(act: &Act) -> chrono::NaiveDate {
    act.run.case.record::<BidderRegistration>().unwrap().closed_on
}

fn back_to(act: &mut Act, who: &str, times: usize) {
    let back = DepositReturned { bidder: person(who), amount: yuan(4_000), on: act.run.today() };
    archive(act).deposits.extend(vec![back; times]);
}

fn archive_laws() -> Vec<Law> {
    vec![
        law("filed after it was signed", Step::FilingAndArchive)
            .given(|step| later(step, 1))
            .allowed(|act| archive(act).filed_on = act.run.today() - Days::new(1))
            .refused(|act| archive(act).filed_on = act.run.today() - Days::new(2), [want(FiledWhen)]),
        law("not filed tomorrow", Step::FilingAndArchive)
            .refused(|act| archive(act).filed_on = act.run.today() + Days::new(1), [want(FiledWhen)]),
        law("the archive holds six documents", Step::FilingAndArchive).refused(
            |act| archive(act).archive.clear(),
            [
                want(ArchiveIncomplete),
                want(ArchiveIncomplete),
                want(ArchiveIncomplete),
                want(ArchiveIncomplete),
                want(ArchiveIncomplete),
                want(ArchiveIncomplete),
            ],
        ),
        law("each with its file", Step::FilingAndArchive)
            .refused(|act| archive(act).archive[5].digest = Digest::NONE, [want(ArchiveIncomplete).expected("contract")]),
    ]
}
