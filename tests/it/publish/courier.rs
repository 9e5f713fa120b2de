//! The outbox and the watcher, beside a ledger and a channel that fails as told.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use sanzi::case::{Case, Event, Stage, Subject};
use sanzi::disclosure::{Channel, Status};
use sanzi::dongsha::{Dongsha, Evidence, Role, Step};
use sanzi::publish::{Courier, Desk, Done, Errand, Order, PublishError, Publisher, Standing};
use sanzi::store::MemoryStore;
use sanzi::value::{CaseId, Digest, PersonId, Text};
use sanzi::{Engine, Error};

use crate::law::{object, terminate};
use crate::village::{at, day, office, opening, person, record, responsible, text};

type Office = Engine<Dongsha, MemoryStore>;

fn engine() -> Office {
    Engine::new(office(), MemoryStore::new(office().org)).unwrap()
}

/// A channel in memory: what it has, how often it was asked to post, and what it does next.
#[derive(Default)]
struct Board {
    shown: Mutex<HashMap<Digest, Text>>,
    posts: Mutex<usize>,
    next: Mutex<Next>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Next {
    #[default]
    Shows,
    /// Accepts, and shows later.
    Accepts,
    /// Nothing happens.
    IsDown,
    /// It happens, and the answer is lost.
    LosesTheAnswer,
}

impl Board {
    fn then(&self, next: Next) {
        *self.next.lock().unwrap() = next;
    }

    fn posts(&self) -> usize {
        *self.posts.lock().unwrap()
    }

    fn take_down(&self) {
        self.shown.lock().unwrap().clear();
    }

    fn alter(&self) {
        self.shown.lock().unwrap().values_mut().for_each(|shown| *shown = text("something else"));
    }

    fn digest(order: &Order) -> Text {
        text(&order.digest().to_string())
    }
}

struct On<'b>(Channel, &'b Board);

impl Publisher for On<'_> {
    fn channel(&self) -> Channel {
        self.0
    }

    fn post(&self, order: &Order) -> Result<Standing, PublishError> {
        *self.1.posts.lock().unwrap() += 1;
        let show = || self.1.shown.lock().unwrap().insert(order.digest(), Board::digest(order));
        match *self.1.next.lock().unwrap() {
            Next::Shows => {
                show();
                Ok(Standing::Live(text("https://board.example")))
            }
            Next::Accepts => Ok(Standing::Requested(text("ticket 7"))),
            Next::IsDown => Err(PublishError::Unavailable("down".to_owned())),
            Next::LosesTheAnswer => {
                show();
                Err(PublishError::Unknown("cut".to_owned()))
            }
        }
    }

    fn look(&self, order: &Order, requested: Option<&Text>) -> Result<Standing, PublishError> {
        match (self.1.shown.lock().unwrap().get(&order.digest()), requested) {
            (Some(shown), _) if *shown == Board::digest(order) => Ok(Standing::Live(text("https://board.example"))),
            (Some(_), _) => Ok(Standing::Altered(text("https://board.example"))),
            (None, Some(ticket)) if *self.1.next.lock().unwrap() == Next::Accepts => Ok(Standing::Requested(ticket.clone())),
            (None, _) => Ok(Standing::Absent),
        }
    }
}

/// Everybody is at the desk, but for whoever is away.
#[derive(Default)]
struct Hall {
    nobody_verifies: bool,
    nobody_posts: bool,
}

impl Desk<Dongsha> for Hall {
    fn poster(&self, role: Role) -> Option<PersonId> {
        let step = Step::ALL.iter().copied().find(|step| Dongsha::row(*step).by == role)?;
        (!self.nobody_posts).then(|| responsible(step))
    }

    fn verifier(&self, _: Role, _: &Order, _: &Text) -> Option<PersonId> {
        (!self.nobody_verifies).then(|| person("guan"))
    }

    fn watcher(&self) -> Option<PersonId> {
        Some(person("guan"))
    }
}

use sanzi::flow::{Flow, StepId};

fn morning() -> DateTime<Utc> {
    at(day("2018-03-05"))
}

fn opened(engine: &Office) -> CaseId {
    let by = engine.acting(responsible(Step::AssetCheck), morning());
    engine.open(&by, opening()).unwrap().case.id()
}

fn perform(engine: &Office, case: CaseId, step: Step, now: DateTime<Utc>) {
    let evidence: Evidence = record(&engine.load(case).unwrap(), step, sanzi::calendar::china_date(now));
    let _ = engine.perform(case, &engine.acting(responsible(step), now), evidence).unwrap();
}

fn advance(engine: &Office, case: CaseId, step: Step, now: DateTime<Utc>) {
    let _ = engine.advance(case, &engine.acting(responsible(step), now), step).unwrap();
}

fn stage(case: &Case<Dongsha>) -> Stage {
    case.place().unwrap().stage
}

fn only(errands: Vec<Errand>) -> Done {
    let [errand] = <[Errand; 1]>::try_from(errands).unwrap();
    errand.done
}

#[test]
fn what_was_decided_is_posted_once_and_recorded() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let courier = Courier::new(&engine, &hall).by(On(Channel::Platform, &board));
    let case = opened(&engine);
    assert!(courier.round(morning()).unwrap().is_empty(), "nothing was performed, so nothing is to be posted");
    perform(&engine, case, Step::AssetCheck, morning());
    assert!(matches!(only(courier.round(morning()).unwrap()), Done::Confirmed));
    assert_eq!((stage(&engine.load(case).unwrap()), board.posts()), (Stage::Public, 1));
    let version = engine.load(case).unwrap().version();
    assert!(matches!(only(courier.round(morning()).unwrap()), Done::Stands));
    assert_eq!((engine.load(case).unwrap().version(), board.posts()), (version, 1), "a second round finds nothing to do");
}

#[test]
fn a_crash_or_a_lost_answer_neither_loses_nor_doubles() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let case = opened(&engine);
    perform(&engine, case, Step::AssetCheck, morning());
    let courier = || Courier::new(&engine, &hall).by(On(Channel::Platform, &board));
    board.then(Next::IsDown);
    assert!(matches!(only(courier().round(morning()).unwrap()), Done::Failed(PublishError::Unavailable(_))));
    assert_eq!(stage(&engine.load(case).unwrap()), Stage::Performed, "nothing is recorded that was not seen");
    board.then(Next::LosesTheAnswer);
    assert!(matches!(only(courier().round(morning()).unwrap()), Done::Failed(PublishError::Unknown(_))));
    assert_eq!((stage(&engine.load(case).unwrap()), board.posts()), (Stage::Performed, 2));
    // Whoever comes next, with nothing but the ledger, looks before posting.
    board.then(Next::IsDown);
    assert!(matches!(only(courier().round(morning()).unwrap()), Done::Confirmed));
    assert_eq!((stage(&engine.load(case).unwrap()), board.posts()), (Stage::Public, 2));
}

#[test]
fn accepted_is_recorded_and_is_not_public() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let courier = Courier::new(&engine, &hall).by(On(Channel::Platform, &board));
    let case = opened(&engine);
    perform(&engine, case, Step::AssetCheck, morning());
    board.then(Next::Accepts);
    assert!(matches!(only(courier.round(morning()).unwrap()), Done::Requested));
    let after = engine.load(case).unwrap();
    assert_eq!((stage(&after), board.posts()), (Stage::Performed, 1));
    assert!(matches!(only(courier.round(morning()).unwrap()), Done::Requested));
    assert_eq!(
        (engine.load(case).unwrap().version(), board.posts()),
        (after.version(), 1),
        "the same ticket is not noted twice, nor posted"
    );
    let digest = after.notice(Subject::Step).unwrap().digest().unwrap();
    board.shown.lock().unwrap().insert(digest, text(&digest.to_string()));
    assert!(matches!(only(courier.round(morning() + TimeDelta::hours(1)).unwrap()), Done::Confirmed));
    assert_eq!(stage(&engine.load(case).unwrap()), Stage::Public);
}

/// A case whose third step is public on all four channels.
fn moment_one(engine: &Office, board: &Board, hall: &Hall) -> (CaseId, DateTime<Utc>) {
    let case = opened(engine);
    let now = morning();
    for step in [Step::AssetCheck, Step::PartyStudy] {
        perform(engine, case, step, now);
        assert!(matches!(only(Courier::new(engine, hall).by(On(Channel::Platform, board)).round(now).unwrap()), Done::Confirmed));
        advance(engine, case, step, now);
    }
    perform(engine, case, Step::IntentNotice, now);
    (case, now)
}

fn all<'e>(engine: &'e Office, hall: &'e Hall, board: &'e Board) -> Courier<'e, Dongsha, MemoryStore> {
    Channel::ALL.into_iter().fold(Courier::new(engine, hall), |courier, channel| courier.by(On(channel, board)))
}

#[test]
fn what_is_gone_or_altered_is_recorded_and_put_right_and_the_period_starts_again() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let (case, now) = moment_one(&engine, &board, &hall);
    let courier = all(&engine, &hall, &board);
    let done: Vec<Done> = courier.round(now).unwrap().into_iter().map(|errand| errand.done).collect();
    assert!(done.len() == 4 && done.iter().all(|done| matches!(done, Done::Confirmed)), "{done:?}");
    let since = |engine: &Office| engine.load(case).unwrap().posting(Subject::Step).unwrap().since();
    assert_eq!(since(&engine), Some(now));
    for (day, spoil, status) in [(1, Board::take_down as fn(&Board), Status::Removed), (2, Board::alter, Status::Altered)] {
        spoil(&board);
        let later = now + TimeDelta::days(day);
        let done: Vec<Done> = courier.round(later).unwrap().into_iter().map(|errand| errand.done).collect();
        assert!(done.len() == 4 && done.iter().all(|done| matches!(done, Done::Lost(seen) if *seen == status)), "{done:?}");
        assert_eq!(since(&engine), None, "what is not there is not public");
        let by = engine.history(case).unwrap().last().unwrap().by;
        assert_eq!(by, person("guan"), "whoever watches reports it, not whoever posts");
        let done: Vec<Done> = courier.round(later).unwrap().into_iter().map(|errand| errand.done).collect();
        assert!(done.iter().all(|done| matches!(done, Done::Confirmed)), "{done:?}");
        assert_eq!(since(&engine), Some(later), "the period starts again");
    }
}

#[test]
fn nothing_is_public_that_nobody_has_verified_and_nothing_recorded_in_nobodys_name() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let (case, now) = moment_one(&engine, &board, &hall);
    let version = engine.load(case).unwrap().version();
    let away = Hall { nobody_verifies: true, ..Hall::default() };
    let done: Vec<Done> = all(&engine, &away, &board).round(now).unwrap().into_iter().map(|errand| errand.done).collect();
    assert!(done.iter().all(|done| matches!(done, Done::Unverified(_))), "{done:?}");
    let away = Hall { nobody_posts: true, ..Hall::default() };
    let done: Vec<Done> = all(&engine, &away, &board).round(now).unwrap().into_iter().map(|errand| errand.done).collect();
    assert!(done.iter().all(|done| matches!(done, Done::Unmanned)), "{done:?}");
    assert_eq!(engine.load(case).unwrap().version(), version);
    let posts = board.posts();
    let done: Vec<Done> = all(&engine, &hall, &board).round(now).unwrap().into_iter().map(|errand| errand.done).collect();
    assert!(done.iter().all(|done| matches!(done, Done::Confirmed)), "{done:?}");
    assert_eq!((stage(&engine.load(case).unwrap()), board.posts()), (Stage::Public, posts), "it was up already");
}

#[test]
fn what_the_ledger_refuses_is_told_and_stops_nothing_else() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let (case, now) = moment_one(&engine, &board, &hall);
    let early = now - TimeDelta::days(400);
    let done: Vec<Done> = all(&engine, &hall, &board).round(early).unwrap().into_iter().map(|errand| errand.done).collect();
    assert_eq!(done.len(), 4);
    for done in &done {
        let Done::NotRecorded(error) = done else { panic!("{done:?}") };
        let Error::Refused(refusal) = error.as_ref() else { panic!("{error}") };
        assert!(refusal.codes().contains(&"clock-skew"), "{refusal}");
    }
    assert_eq!(stage(&engine.load(case).unwrap()), Stage::Performed);
}

#[test]
fn withdrawals_and_terminations_are_carried_too() {
    let (engine, board, hall) = (engine(), Board::default(), Hall::default());
    let (case, now) = moment_one(&engine, &board, &hall);
    let courier = all(&engine, &hall, &board);
    courier.round(now).unwrap();
    let by = |who: &str| engine.acting(person(who), now);
    let sanzi::Command::Object { kind, text: words, from } = object(sanzi::disclosure::Remark::Objection, None) else { unreachable!() };
    let _ = engine.object(case, &by("liang"), kind, words, from).unwrap();
    let _ = engine.answer(case, &by("guan"), 1, sanzi::disclosure::Ruling::Upheld, text("成立")).unwrap();
    advance(&engine, case, Step::IntentNotice, now);
    assert!(engine.load(case).unwrap().withdrawal().is_some());
    let errands = courier.round(now).unwrap();
    assert!(errands.len() == 4 && errands.iter().all(|errand| errand.of == Subject::Withdrawal), "{errands:?}");
    assert!(engine.load(case).unwrap().withdrawal().is_none(), "the withdrawal is public");

    let sanzi::Command::Terminate(termination) = terminate() else { unreachable!() };
    let _ = engine.terminate(case, &engine.acting(responsible(Step::AssetCheck), now), termination).unwrap();
    let errands = courier.round(now).unwrap();
    assert!(
        !errands.is_empty() && errands.iter().all(|errand| errand.of == Subject::Termination && matches!(errand.done, Done::Confirmed))
    );
    let last = engine.history(case).unwrap().pop().unwrap().event;
    assert!(matches!(last, Event::Published { of: Subject::Termination, .. }), "{last:?}");
    assert!(courier.round(now).unwrap().is_empty(), "an ended case is left alone");
}
