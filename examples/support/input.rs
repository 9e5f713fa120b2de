//! The file of transactions: strict types, every error with its line, column and field. A pure function of the bytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sanzi::calendar::Calendar;
use sanzi::dongsha::{DealKind, Role};
use sanzi::register::{Appointment, Delegation, Register, RegisterError, Term};
use sanzi::value::{AssetId, Money, OrgId, PersonId, PersonName, Text};
use serde::{Deserialize, Deserializer};

/// What this program reads.
pub(crate) const FORMAT: &str = "sanzi-transactions/1";
/// The longest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// The longest title or use, in characters: they stand in a column of a table.
const MAX_LINE: usize = 40;

/// Why a file was not accepted. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InputError {
    #[error("the file has {0} bytes, {MAX_BYTES} are accepted: split it")]
    TooLarge(usize),
    #[error("line {line}, column {column}, `{field}`: {cause}")]
    At { line: usize, column: usize, field: String, cause: String },
}

/// A file that was read and checked as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) organisation: OrgId,
    /// How many members may vote.
    pub(crate) members: u32,
    #[allow(dead_code, reason = "not every example reports totals")]
    pub(crate) reported: Reported,
    pub(crate) register: Register<Role>,
    pub(crate) delegations: Vec<Delegation<Role>>,
    pub(crate) transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    #[serde(default, rename = "about")]
    _about: Option<About>,
    organisation: OrgId,
    members: u32,
    reported: Reported,
    register: People,
    transactions: Vec<Transaction>,
}

/// For people; the program does not use it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    #[serde(rename = "zh")]
    _zh: Vec<Text>,
    #[serde(rename = "en")]
    _en: Vec<Text>,
}

/// What the transactions must add up to.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reported {
    pub(crate) transactions: usize,
    pub(crate) amount: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    people: Vec<Person>,
    roles: Vec<Appointed>,
    #[serde(default)]
    kin: Vec<(PersonId, PersonId)>,
    #[serde(default)]
    delegations: Vec<Delegated>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    id: PersonId,
    name: PersonName,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Appointed {
    person: PersonId,
    role: Role,
    from: NaiveDate,
    #[serde(default)]
    to: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delegated {
    holder: PersonId,
    stand_in: PersonId,
    role: Role,
    from: NaiveDate,
    #[serde(default)]
    to: Option<NaiveDate>,
}

/// One transaction: what is traded, when it opens, who bids, and what goes wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transaction {
    pub(crate) no: u32,
    pub(crate) asset: AssetId,
    pub(crate) title: Text,
    pub(crate) kind: DealKind,
    pub(crate) opened: NaiveDate,
    pub(crate) terms: Terms,
    pub(crate) bidders: Vec<PersonId>,
    pub(crate) bids: Vec<Bid>,
    #[serde(default)]
    pub(crate) incident: Option<Incident>,
}

/// The terms of a plan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    #[serde(rename = "area_m2", deserialize_with = "area")]
    pub(crate) area_centi_m2: u64,
    #[serde(rename = "use")]
    pub(crate) usage: Text,
    /// 0 for a sale.
    pub(crate) term_months: u32,
    /// Of a month; of the whole for a sale.
    pub(crate) floor: Money,
    pub(crate) deposit: Money,
    pub(crate) increment: Money,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bid {
    pub(crate) bidder: PersonId,
    pub(crate) price: Money,
}

/// What goes wrong in the first round, whose terms are `first`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Incident {
    RejectedVote(RejectedVote),
    UpheldObjection(UpheldObjection),
    NoBid(NoBid),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectedVote {
    pub(crate) first: Terms,
    pub(crate) in_favour: u32,
    pub(crate) against: u32,
    pub(crate) abstaining: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpheldObjection {
    pub(crate) first: Terms,
    pub(crate) from: PersonId,
    pub(crate) objection: Text,
    pub(crate) ruling: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoBid {
    pub(crate) first: Terms,
    pub(crate) registered: Vec<PersonId>,
    /// What the second plan changes, and why its floor may be below the valuation of the whole.
    pub(crate) changed: Text,
}

impl Incident {
    pub(crate) fn first(&self) -> &Terms {
        match self {
            Incident::RejectedVote(RejectedVote { first, .. })
            | Incident::UpheldObjection(UpheldObjection { first, .. })
            | Incident::NoBid(NoBid { first, .. }) => first,
        }
    }
}

impl Transaction {
    /// What the contract is worth: the highest bid for every month of the term; for a sale, the price.
    pub(crate) fn amount(&self) -> Result<Money, String> {
        let best = self.bids.iter().map(|bid| bid.price).max().ok_or("nobody bids: give at least one bid")?;
        best.times(self.terms.term_months.max(1).into()).map_err(|error| error.to_string())
    }
}

/// Reads and checks a file: its form first, then what its parts say about each other.
pub(crate) fn parse(bytes: &[u8]) -> Result<Input, InputError> {
    if bytes.len() > MAX_BYTES {
        return Err(InputError::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or_default();
        at(position(good), ".", "this is no UTF-8 text: save the file as UTF-8")
    })?;
    known_format(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let cause = error.inner();
        let message = cause.to_string();
        let message = message.split_once(" at line ").map_or(message.as_str(), |(before, _)| before);
        at((cause.line(), cause.column()), &error.path().to_string(), message)
    })?;
    json.end().map_err(|error| at((error.line(), error.column()), ".", "something follows the end of the file's object: delete it"))?;
    let locate = |flaw: Flaw| {
        let offset = offset_of(text, &flaw.field).unwrap_or(0);
        at(position(text.get(..offset).unwrap_or_default()), &flaw.field, &flaw.cause)
    };
    check(file).map_err(locate)
}

/// The version is asked first: a file of another one has other fields.
fn known_format(text: &str) -> Result<(), InputError> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        format: Cow<'a, str>,
    }
    match serde_json::from_str::<Head<'_>>(text) {
        Ok(head) if head.format != FORMAT => {
            let found: String = head.format.chars().take(40).flat_map(char::escape_debug).collect();
            let offset = offset_of(text, "format").unwrap_or(0);
            Err(at(
                position(text.get(..offset).unwrap_or_default()),
                "format",
                &format!("the format is `{found}`, this program reads `{FORMAT}`"),
            ))
        }
        _ => Ok(()),
    }
}

/// What is wrong with a field, before its place in the text is known.
struct Flaw {
    field: String,
    cause: String,
}

fn flaw(field: impl Into<String>, cause: impl ToString) -> Flaw {
    Flaw { field: field.into(), cause: cause.to_string() }
}

fn check(file: File) -> Result<Input, Flaw> {
    let (register, delegations) = register(file.register)?;
    if file.members == 0 {
        return Err(flaw("members", "nobody may vote: give the number of members"));
    }
    let (mut numbers, mut assets) = (BTreeSet::new(), BTreeMap::new());
    let mut total = Money::ZERO;
    for (place, transaction) in file.transactions.iter().enumerate() {
        let field = |name: &str| format!("transactions[{place}].{name}");
        check_transaction(transaction, &register, &field)?;
        if !numbers.insert(transaction.no) {
            return Err(flaw(field("no"), format!("number {} is there twice", transaction.no)));
        }
        if let Some(other) = assets.insert(transaction.asset, transaction.no) {
            let cause = format!("asset `{}` is in transaction {other} already: one live transaction for one asset", transaction.asset);
            return Err(flaw(field("asset"), cause));
        }
        let amount = transaction.amount().map_err(|cause| flaw(field("bids"), cause))?;
        total = total.plus(amount).map_err(|cause| flaw(field("bids"), cause))?;
    }
    let Reported { transactions, amount } = file.reported;
    if transactions != file.transactions.len() {
        let cause = format!("{transactions} transactions are reported, the file has {}", file.transactions.len());
        return Err(flaw("reported.transactions", cause));
    }
    if amount != total {
        let cause = format!("{amount} yuan are reported, the transactions add up to {total}: correct one of them");
        return Err(flaw("reported.amount", cause));
    }
    let (organisation, members, reported, transactions) = (file.organisation, file.members, file.reported, file.transactions);
    Ok(Input { organisation, members, reported, register, delegations, transactions })
}

fn check_transaction(transaction: &Transaction, register: &Register<Role>, field: &dyn Fn(&str) -> String) -> Result<(), Flaw> {
    for (name, text) in [("title", &transaction.title), ("terms.use", &transaction.terms.usage)] {
        if text.as_str().contains('\n') || text.as_str().chars().count() > MAX_LINE {
            return Err(flaw(field(name), format!("write one line of at most {MAX_LINE} characters")));
        }
    }
    match Calendar::china().is_working(transaction.opened) {
        Err(error) => return Err(flaw(field("opened"), error)),
        Ok(false) => return Err(flaw(field("opened"), format!("{} is no working day: the office is closed", transaction.opened))),
        Ok(true) => {}
    }
    let known = |person: PersonId, name: String| match register.name(person) {
        Some(_) => Ok(()),
        None => Err(flaw(name, RegisterError::Unknown(person))),
    };
    for (place, bidder) in transaction.bidders.iter().enumerate() {
        known(*bidder, field(&format!("bidders[{place}]")))?;
    }
    for (place, bid) in transaction.bids.iter().enumerate() {
        known(bid.bidder, field(&format!("bids[{place}].bidder")))?;
    }
    match &transaction.incident {
        Some(Incident::UpheldObjection(objection)) => known(objection.from, field("incident.upheld-objection.from")),
        Some(Incident::NoBid(failed)) => failed.registered.iter().try_for_each(|who| known(*who, field("incident.no-bid.registered"))),
        Some(Incident::RejectedVote(_)) | None => Ok(()),
    }
}

fn register(people: People) -> Result<(Register<Role>, Vec<Delegation<Role>>), Flaw> {
    let mut register = Register::new();
    for (place, person) in people.people.into_iter().enumerate() {
        register.add(person.id, person.name).map_err(|error| flaw(format!("register.people[{place}].id"), error))?;
    }
    for (place, Appointed { person, role, from, to }) in people.roles.into_iter().enumerate() {
        let Appointment { person, role, term } = Appointment { person, role, term: Term { from, to } };
        register.appoint(person, role, term).map_err(|error| flaw(format!("register.roles[{place}]"), error))?;
    }
    for (place, (one, other)) in people.kin.into_iter().enumerate() {
        register.declare_kin(one, other).map_err(|error| flaw(format!("register.kin[{place}]"), error))?;
    }
    let mut delegations = Vec::new();
    for (place, Delegated { holder, stand_in, role, from, to }) in people.delegations.into_iter().enumerate() {
        let delegation = Delegation { holder, stand_in, role, term: Term { from, to } };
        register.delegate(delegation).map_err(|error| flaw(format!("register.delegations[{place}]"), error))?;
        delegations.push(delegation);
    }
    Ok((register, delegations))
}

/// Square metres with at most two decimals, as text: `"62.50"`.
fn area<'de, D: Deserializer<'de>>(json: D) -> Result<u64, D::Error> {
    let text = Cow::<'de, str>::deserialize(json)?;
    let shown = || text.chars().take(40).flat_map(char::escape_debug).collect::<String>();
    let good = text.parse::<Money>().map(Money::fen).ok().filter(|area| *area > 0);
    good.ok_or_else(|| serde::de::Error::custom(format_args!("`{}` is no area: write square metres such as \"62.50\"", shown())))
}

fn at((line, column): (usize, usize), field: &str, cause: &str) -> InputError {
    InputError::At { line, column, field: field.to_owned(), cause: cause.to_owned() }
}

/// Line and column, counted from 1, of what follows this text. A column is a character.
fn position(before: &str) -> (usize, usize) {
    let (lines, last) = before.rsplit_once('\n').map_or(("", before), |(lines, last)| (lines, last));
    let line = if last.len() == before.len() { 1 } else { lines.matches('\n').count().saturating_add(2) };
    (line, last.chars().count().saturating_add(1))
}

/// Where the value of a field such as `transactions[3].bids[0].price` begins.
fn offset_of(text: &str, field: &str) -> Option<usize> {
    use serde_json::value::RawValue;
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    for key in field.split(['.', '[']) {
        let index = key.strip_suffix(']').and_then(|index| index.parse::<usize>().ok());
        value = match index {
            Some(index) => serde_json::from_str::<Vec<&RawValue>>(value.get()).ok()?.get(index)?,
            None => serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()).ok()?.get(key)?,
        };
    }
    (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)
}
