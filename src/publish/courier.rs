//! The outbox and the watcher: what the ledger says must be up is put up, looked at, and recorded.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::photo::seen;
use super::{Order, PublishError, Publisher, Standing};
use crate::case::{Case, Event, Procedure, Stage, Subject};
use crate::disclosure::{Channel, Posting, Proof, Receipt, Status};
use crate::engine::Engine;
use crate::error::Error;
use crate::store::{Cases, Store};
use crate::value::{CaseId, Digest, PersonId, Text};

/// The people in whose name a courier records: a machine holds no role.
pub trait Desk<P: Procedure> {
    /// Who answers for what is posted by this role.
    fn poster(&self, role: P::Role) -> Option<PersonId>;

    /// Who of this role has looked at the notice where it is up (核验). `None`: nobody yet, so it is not recorded as public.
    fn verifier(&self, role: P::Role, order: &Order, address: &Text) -> Option<PersonId>;

    /// Who reports that a notice is gone or altered: anyone who holds a role.
    fn watcher(&self) -> Option<PersonId>;
}

/// What became of one notice on one channel in one round.
#[derive(Debug)]
pub struct Errand {
    /// The case.
    pub case: CaseId,
    /// Which of its notices.
    pub of: Subject,
    /// Where.
    pub channel: Channel,
    /// What was seen, and recorded.
    pub done: Done,
}

/// What was seen, and recorded.
#[derive(Debug)]
#[non_exhaustive]
pub enum Done {
    /// It is up, as recorded before.
    Stands,
    /// It is up, and that is recorded now.
    Confirmed,
    /// The channel has it and does not show it yet; that is recorded.
    Requested,
    /// It is up at this address and waits for whoever verifies it.
    Unverified(Text),
    /// It was up, and is [`Status::Removed`] or [`Status::Altered`] now; that is recorded, and the next round posts it again.
    Lost(Status),
    /// Nobody at the desk may record it.
    Unmanned,
    /// The channel did not do it, or not tell. Nothing was recorded.
    Failed(PublishError),
    /// The ledger did not take it: a rule, or somebody was faster. The next round sees it again.
    NotRecorded(Arc<Error>),
}

/// Puts up what must be up, looks at what is up, and records both.
///
/// Run [`Courier::round`] as often as the public is to be served, by one process at a time: channels that know no keys, such as
/// WeChat, cannot tell two couriers apart.
///
/// ```
/// use sanzi::{Engine, Office};
/// use sanzi::dongsha::{Dongsha, Role};
/// use sanzi::disclosure::Channel;
/// use sanzi::publish::{Courier, Desk, Directory, Order};
/// use sanzi::value::{PersonId, Text};
///
/// struct Hall { chen: PersonId, guan: PersonId }
///
/// impl Desk<Dongsha> for Hall {
///     fn poster(&self, role: Role) -> Option<PersonId> { (role == Role::Board).then_some(self.chen) }
///     fn verifier(&self, _: Role, _: &Order, _: &Text) -> Option<PersonId> { Some(self.guan) }
///     fn watcher(&self) -> Option<PersonId> { Some(self.guan) }
/// }
/// # use sanzi::{register::Register, store::MemoryStore, value::OrgId};
/// # let org = OrgId::new("dongtang")?;
/// # let engine = Engine::new(Office::<Dongsha>::new(org, Register::new())?, MemoryStore::new(org))?;
/// # let folder = tempfile::tempdir()?;
/// # let now = chrono::Utc::now();
///
/// let hall = Hall { chen: PersonId::new("chen")?, guan: PersonId::new("guan")? };
/// let site = Directory::new(Channel::Platform, folder.path(), "https://dongtang.example/notices")?;
/// let courier = Courier::new(&engine, &hall).by(site);
/// for errand in courier.round(now)? {
///     println!("{} on {}: {:?}", errand.case, errand.channel.name(), errand.done);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Courier<'e, P: Procedure, S> {
    engine: &'e Engine<P, S>,
    desk: &'e dyn Desk<P>,
    publishers: Vec<Box<dyn Publisher + 'e>>,
}

impl<P: Procedure, S> std::fmt::Debug for Courier<'_, P, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let channels: Vec<Channel> = self.publishers.iter().map(|publisher| publisher.channel()).collect();
        write!(f, "Courier({channels:?})")
    }
}

impl<'e, P: Procedure, S: Store> Courier<'e, P, S> {
    /// A courier with no channel yet.
    pub const fn new(engine: &'e Engine<P, S>, desk: &'e dyn Desk<P>) -> Courier<'e, P, S> {
        Courier { engine, desk, publishers: Vec::new() }
    }

    /// The same, with the way to one more channel.
    #[must_use]
    pub fn by(mut self, publisher: impl Publisher + 'e) -> Courier<'e, P, S> {
        self.publishers.push(Box::new(publisher));
        self
    }

    /// Looks after every notice of every live case once. A channel that fails, or a case that somebody else changes meanwhile,
    /// stops nothing else.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn round(&self, now: DateTime<Utc>) -> Result<Vec<Errand>, Error> {
        let mut errands = Vec::new();
        for case in self.engine.store().cases(Cases::Live)? {
            for of in [Subject::Withdrawal, Subject::Step, Subject::Termination] {
                let case = self.engine.load(case)?;
                if let (Some(posting), Some(notice)) = (case.posting(of), case.notice(of)) {
                    let requested = self.requested(case.id(), posting.notice())?;
                    let mut tended = Tended { courier: self, case: &case, of, posting, now, receipts: Vec::new(), errands: Vec::new() };
                    for publisher in self.publishers.iter().filter(|publisher| posting.required().contains(publisher.channel())) {
                        let order = Order::new(of, publisher.channel(), notice.clone())?;
                        let reference = requested.iter().rev().find(|(channel, _)| *channel == order.channel).map(|(_, text)| text);
                        tended.tend(publisher.as_ref(), &order, reference);
                    }
                    errands.extend(tended.recorded());
                }
            }
        }
        Ok(errands)
    }

    /// The references under which channels have accepted this notice.
    fn requested(&self, case: CaseId, notice: Digest) -> Result<Vec<(Channel, Text)>, Error> {
        let mut found = Vec::new();
        for entry in self.engine.history(case)? {
            let (Event::Noted { receipts, .. } | Event::Published { receipts, .. }) = entry.event else { continue };
            for receipt in receipts.into_iter().filter(|receipt| receipt.notice == notice && receipt.status == Status::Requested) {
                if let Proof::Reference(text) = receipt.proof {
                    found.push((receipt.channel, text));
                }
            }
        }
        Ok(found)
    }
}

/// One notice on its way to all its channels.
struct Tended<'c, 'e, P: Procedure, S> {
    courier: &'c Courier<'e, P, S>,
    case: &'c Case<P>,
    of: Subject,
    posting: &'c Posting,
    now: DateTime<Utc>,
    /// What is to be recorded, and which errand it is of.
    receipts: Vec<(usize, Receipt)>,
    errands: Vec<Errand>,
}

impl<P: Procedure, S: Store> Tended<'_, '_, P, S> {
    fn tend(&mut self, publisher: &dyn Publisher, order: &Order, requested: Option<&Text>) {
        let was_up = self.posting.confirmed().contains(order.channel);
        let standing = publisher.look(order, requested).and_then(|standing| match standing {
            Standing::Absent | Standing::Altered(_) if !was_up => publisher.post(order),
            standing => Ok(standing),
        });
        let done = match standing {
            Err(error) => Done::Failed(error),
            Ok(Standing::Live(_)) if was_up => Done::Stands,
            Ok(Standing::Live(address)) => self.confirmed(order, address),
            Ok(Standing::Requested(reference)) if !was_up => {
                if requested != Some(&reference) {
                    self.receipt(seen(order, Status::Requested, reference, self.now, None));
                }
                Done::Requested
            }
            // What was up and is only accepted now is not up.
            Ok(Standing::Absent | Standing::Requested(_)) => self.lost(order, Status::Removed),
            Ok(Standing::Altered(_)) => self.lost(order, Status::Altered),
        };
        self.errands.push(Errand { case: self.case.id(), of: self.of, channel: order.channel, done });
    }

    fn receipt(&mut self, receipt: Receipt) {
        self.receipts.push((self.errands.len(), receipt));
    }

    fn confirmed(&mut self, order: &Order, address: Text) -> Done {
        let row = self.case.place().map(|place| P::row(place.step)).filter(|_| self.of == Subject::Step);
        let verifier = match row.and_then(|row| row.posts.verified_by) {
            None => None,
            Some(role) => match self.courier.desk.verifier(role, order, &address) {
                None => return Done::Unverified(address),
                Some(person) => Some(person),
            },
        };
        self.receipt(seen(order, Status::Confirmed, address, self.now, verifier));
        Done::Confirmed
    }

    fn lost(&mut self, order: &Order, status: Status) -> Done {
        let why = Text::new("看不到公告或内容不符 the notice is gone, or says something else");
        match why {
            Ok(why) => {
                self.receipt(seen(order, status, why, self.now, None));
                Done::Lost(status)
            }
            Err(error) => Done::Failed(error.into()),
        }
    }

    /// Records what was seen: losses by the watcher, everything else by whoever posts.
    fn recorded(mut self) -> Vec<Errand> {
        let (lost, up): (Vec<_>, Vec<_>) = std::mem::take(&mut self.receipts)
            .into_iter()
            .partition(|(_, receipt)| matches!(receipt.status, Status::Removed | Status::Altered));
        let watcher = self.courier.desk.watcher();
        self.record(lost, watcher);
        let by = match self.of {
            Subject::Termination => P::TERMINATED_BY.first().copied(),
            Subject::Step | Subject::Withdrawal => self.case.place().map(|place| P::row(place.step).by),
        };
        let poster = by.and_then(|role| self.courier.desk.poster(role));
        self.record(up, poster);
        self.errands
    }

    fn record(&mut self, receipts: Vec<(usize, Receipt)>, by: Option<PersonId>) {
        if receipts.is_empty() {
            return;
        }
        let (places, receipts): (Vec<usize>, Vec<Receipt>) = receipts.into_iter().unzip();
        let failed = match by.map(|person| self.append(person, receipts)) {
            Some(Ok(())) => return,
            Some(Err(error)) => Some(Arc::new(error)),
            None => None,
        };
        for place in places {
            if let Some(errand) = self.errands.get_mut(place) {
                errand.done = failed.clone().map_or(Done::Unmanned, Done::NotRecorded);
            }
        }
    }

    fn append(&self, person: PersonId, receipts: Vec<Receipt>) -> Result<(), Error> {
        let (engine, acting) = (self.courier.engine, self.courier.engine.acting(person, self.now));
        let mut after = self.posting.clone();
        receipts.iter().for_each(|receipt| after.take(receipt));
        let waits = self.of != Subject::Step || self.case.place().is_some_and(|place| place.stage == Stage::Performed);
        if waits && after.missing().is_empty() {
            engine.publish(self.case.id(), &acting, self.of, receipts)?;
        } else {
            engine.note(self.case.id(), &acting, self.of, receipts)?;
        }
        Ok(())
    }
}
