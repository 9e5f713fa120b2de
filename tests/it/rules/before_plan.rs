//! Steps 1 to 4.

use chrono::Days;
use sanzi::case::{Code, Nearby};
use sanzi::dongsha::DongshaCode::*;
use sanzi::dongsha::{Role, Step, ValuationBasis};
use sanzi::value::{AssetId, CaseId, Digest, Money};

use super::*;

fn signatory_is_kin(step: Step) -> Run {
    let mut office = office();
    office.register.declare_kin(person("pan"), person("qiu")).unwrap();
    office.register.add(person("ou"), sanzi::value::PersonName::new("区工").unwrap()).unwrap();
    office.register.appoint(person("ou"), Role::Appraiser, sanzi::register::Term::since(day("2018-01-01"))).unwrap();
    at_step(Run::with(office, day("2018-03-05")), step)
}

fn report(act: &mut Act, digest: Digest) {
    valuation(act).basis = ValuationBasis::Report(digest);
}

pub(super) fn laws() -> Vec<Law> {
    let mut laws = asset_laws();
    laws.push(
        law("the Party branch's minutes exist", Step::PartyStudy)
            .refused(|act| study(act).minutes = Digest::NONE, [want(NoDocument).expected("minutes")]),
    );
    laws.extend(value_laws());
    laws.extend(signatory_laws());
    laws
}

fn asset_laws() -> Vec<Law> {
    vec![
        law("the asset is the one of the opening", Step::AssetCheck)
            .refused(|act| asset(act).asset = AssetId::new("DT-002").unwrap(), [want(OtherAsset).expected("DT-001").found("DT-002")]),
        law("public welfare is not for trade", Step::AssetCheck).refused(|act| asset(act).public_welfare = true, [want(PublicWelfare)]),
        law("an asset has an area", Step::AssetCheck)
            .allowed(|act| asset(act).area_centi_m2 = 1)
            .refused(|act| asset(act).area_centi_m2 = 0, [want(NoArea)]),
        law("an area is one that there can be", Step::AssetCheck)
            .allowed(|act| asset(act).area_centi_m2 = 1_000_000_000_000)
            .refused(|act| asset(act).area_centi_m2 = 1_000_000_000_001, [want(AreaTooLarge)]),
        law("a lease that ended yesterday is over", Step::AssetCheck)
            .allowed(|act| asset(act).current_lease_ends = Some(day("2018-03-04")))
            .warned(|act| asset(act).current_lease_ends = Some(day("2018-03-05")), [want(LeaseRunning).found("2018-03-05")]),
        law("an asset is in one live transaction", Step::AssetCheck).refused(
            |act| {
                let other = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap());
                act.nearby = Nearby { busy_with: Some(other), ..Nearby::default() };
            },
            [want(Code::AssetBusy).found("01890a5d-ac96-774b-bcce-b302099a8058")],
        ),
        law("four faults of an asset are four reasons", Step::AssetCheck).refused(
            |act| {
                let record = asset(act);
                record.asset = AssetId::new("DT-002").unwrap();
                record.public_welfare = true;
                record.area_centi_m2 = 0;
                let other = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap());
                act.nearby = Nearby { busy_with: Some(other), ..Nearby::default() };
            },
            [want(OtherAsset), want(PublicWelfare), want(NoArea), want(Code::AssetBusy)],
        ),
    ]
}

fn value_laws() -> Vec<Law> {
    vec![
        law("three quotes or a report", Step::Valuation).allowed(|act| report(act, scan("report"))).refused(
            |act| valuation(act).basis = ValuationBasis::Quotes(vec![yuan(1_900), yuan(2_100)]),
            [want(QuotesTooFew).expected("3").found("2")],
        ),
        law("no quotes at all", Step::Valuation).refused(
            |act| valuation(act).basis = ValuationBasis::Quotes(Vec::new()),
            [want(QuotesTooFew).found("0"), want(ValueOutsideQuotes)],
        ),
        law("a quote is an amount", Step::Valuation)
            .allowed(|act| valuation(act).basis = ValuationBasis::Quotes(vec!["0.01".parse().unwrap(), yuan(2_000), yuan(2_100)]))
            .refused(|act| valuation(act).basis = ValuationBasis::Quotes(vec![Money::ZERO, yuan(2_000), yuan(2_100)]), [want(ZeroValue)]),
        law("a report exists", Step::Valuation)
            .allowed(|act| report(act, scan("report")))
            .refused(|act| report(act, Digest::NONE), [want(NoDocument).expected("appraisal report")]),
        law("the value is not over the highest quote", Step::Valuation)
            .allowed(|act| valuation(act).amount = yuan(2_100))
            .refused(|act| valuation(act).amount = "2100.01".parse().unwrap(), [want(ValueOutsideQuotes).found("2,100.01 yuan")]),
        law("the value is not under the lowest quote", Step::Valuation)
            .allowed(|act| valuation(act).amount = yuan(1_900))
            .refused(|act| valuation(act).amount = "1899.99".parse().unwrap(), [want(ValueOutsideQuotes).found("1,899.99 yuan")]),
        law("a value is an amount", Step::Valuation)
            .allowed(|act| {
                report(act, scan("report"));
                valuation(act).amount = "0.01".parse().unwrap();
            })
            .refused(
                |act| {
                    report(act, scan("report"));
                    valuation(act).amount = Money::ZERO;
                },
                [want(ZeroValue)],
            ),
        law("a valuation is good on its last day", Step::Valuation)
            .allowed(|act| valuation(act).valid_until = act.run.today())
            .refused(|act| valuation(act).valid_until = act.run.today() - Days::new(1), [want(ValuationExpired)]),
        law("five hundred quotes are enough", Step::Valuation)
            .allowed(|act| valuation(act).basis = ValuationBasis::Quotes(vec![yuan(2_000); 500]))
            .refused(
                |act| valuation(act).basis = ValuationBasis::Quotes(vec![yuan(2_000); 501]),
                [want(TooManyEntries).expected("500").found("501")],
            ),
    ]
}

fn signatory_laws() -> Vec<Law> {
    vec![
        law("two appraisers sign", Step::Valuation)
            .refused(|act| valuation(act).signatories.truncate(1), [want(SignatoriesTooFew).expected("2 people").found("1 people")]),
        law("nobody signs", Step::Valuation).refused(|act| valuation(act).signatories.clear(), [want(SignatoriesTooFew).found("0 people")]),
        law("one person does not sign twice", Step::Valuation)
            .refused(|act| valuation(act).signatories = vec![person("pan"), person("pan")], [want(SignatoriesTied).found("pan")]),
        law("kin do not sign together", Step::Valuation)
            .given(signatory_is_kin)
            .allowed(|act| valuation(act).signatories = vec![person("pan"), person("ou")])
            .refused(|_| {}, [want(SignatoriesTied).found("qiu")]),
        law("who signs is an appraiser", Step::Valuation).refused(
            |act| valuation(act).signatories = vec![person("pan"), person("mai")],
            [want(Code::NotResponsible).expected("appraiser").found("mai")],
        ),
        law("who signs is in the register", Step::Valuation)
            .refused(|act| valuation(act).signatories = vec![person("pan"), person("nobody")], [want(Code::UnknownPerson).found("nobody")]),
    ]
}
