//! What is done to the cluster, and how long nothing was acknowledged.

use std::fmt;
use std::time::{Duration, Instant};

use sanzi::store::postgres::Settings;
use sanzi::store::{Answer, PostgresStore, Store};
use uuid::Uuid;

use super::cluster::{Cluster, send, until};
use super::load::{Load, batch, orgs, tip};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// PostgreSQL's first process and Patroni of the leader, `kill -9`.
    LeaderKilled,
    /// PostgreSQL's first process alone: Patroni starts it again, or gives up the lead.
    PostmasterKilled,
    /// All processes of the leader stand still for longer than it may lead without saying so, and then go on.
    LeaderFrozen,
    /// All processes of one standby, `kill -9`.
    StandbyKilled,
    /// One etcd of three, `kill -9`.
    EtcdKilled,
    /// The standbys receive nothing for a while; then the leader is killed. The asynchronous control loses what was
    /// acknowledged in between.
    KilledWhileStandbysLag,
    /// The leader's Patroni alone, `kill -9`: its PostgreSQL goes on, while another takes over. Only by `SANZI_FAULT`, see the book: without
    /// a watchdog this can lose.
    PatroniKilled,
}

impl Fault {
    const ALL: [Fault; 6] = [
        Fault::LeaderKilled,
        Fault::LeaderFrozen,
        Fault::StandbyKilled,
        Fault::EtcdKilled,
        Fault::PostmasterKilled,
        Fault::KilledWhileStandbysLag,
    ];

    /// All that must not lose anything, or the one that `SANZI_FAULT` names.
    pub(crate) fn chosen() -> Vec<Fault> {
        let Ok(name) = std::env::var("SANZI_FAULT") else { return Fault::ALL.to_vec() };
        let one = Fault::ALL.into_iter().chain([Fault::PatroniKilled]).find(|fault| format!("{fault:?}") == name);
        vec![one.unwrap_or_else(|| panic!("there is no fault {name}"))]
    }
}

pub(crate) struct Seen {
    /// The longest time without an acknowledgement.
    pub pause: Duration,
    leaders: (&'static str, &'static str),
    notes: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { pause, leaders: (before, after), notes } = self;
        write!(f, "{before} led, then {after}; longest pause {:.1} s{notes}", pause.as_secs_f64())
    }
}

/// A lead without a sign of life ends after this (`ttl` in patroni.yml), and somewhat later another has it.
const TTL: Duration = Duration::from_secs(20);

/// Writes must have gone on after this, whatever was done.
const BOUND: Duration = Duration::from_secs(60);

pub(crate) fn inflict(cluster: &Cluster, load: &Load, fault: Fault, round: usize) -> Seen {
    cluster.whole();
    load.goes_on();
    let before = cluster.leads();
    let standbys: Vec<&str> = ["n1", "n2", "n3"].into_iter().filter(|node| *node != before).collect();
    let start = Instant::now();
    let mut notes = String::new();
    match fault {
        Fault::LeaderKilled => {
            kill(cluster, before);
            cluster.succeeded(before);
            load.goes_on();
            cluster.restart(before);
        }
        Fault::PostmasterKilled => {
            send("KILL", &[cluster.postmaster(before)]);
            until("it ended", || load.pause_now() > Duration::from_millis(200));
            load.goes_on();
        }
        Fault::LeaderFrozen => notes = frozen(cluster, load, before),
        Fault::StandbyKilled => {
            let victim = standbys[round % 2];
            cluster.signal("KILL", victim);
            load.goes_on();
            cluster.restart(victim);
        }
        Fault::PatroniKilled => {
            send("KILL", &cluster.named(before, "patroni.yml"));
            cluster.succeeded(before);
            load.goes_on();
            send("KILL", &[cluster.postmaster(before)]);
            cluster.restart(before);
        }
        Fault::EtcdKilled => {
            let victim = ["e1", "e2", "e3"][round % 3];
            cluster.signal("KILL", victim);
            // Longer than a lead lasts that cannot be renewed.
            std::thread::sleep(TTL + Duration::from_secs(5));
            load.goes_on();
            cluster.restart(victim);
        }
        Fault::KilledWhileStandbysLag => {
            let receivers: Vec<i32> = standbys.iter().flat_map(|node| cluster.named(node, "walreceiver")).collect();
            assert_eq!(receivers.len(), 2);
            send("STOP", &receivers);
            let acknowledged = load.acknowledged();
            let stopped = Instant::now();
            while stopped.elapsed() < Duration::from_secs(5) && load.acknowledged() < acknowledged + 200 {
                std::thread::sleep(Duration::from_millis(20));
            }
            notes = format!("; {} acknowledged while no standby received", load.acknowledged() - acknowledged);
            kill(cluster, before);
            until("the leader's processes ended", || cluster.processes(before).is_empty());
            // What lies in their sockets is lost with the connection, as it is between two machines.
            send("TERM", &receivers);
            send("CONT", &receivers);
            cluster.succeeded(before);
            load.goes_on();
            cluster.restart(before);
        }
    }
    cluster.whole();
    load.goes_on();
    let after = cluster.leads();
    let pause = load.pause(start, Instant::now());
    assert!(pause < BOUND, "{fault:?}: nothing was acknowledged for {pause:?}");
    Seen { pause, leaders: (before, after), notes }
}

/// Patroni first, so that it starts nothing again.
fn kill(cluster: &Cluster, node: &str) {
    let mut both = cluster.named(node, "patroni.yml");
    both.push(cluster.postmaster(node));
    send("KILL", &both);
}

/// The leader is frozen until another leads, and longer than it may; then it goes on, and acknowledges nothing any more:
/// neither what was sent to it while it was frozen, nor what is sent to it from then on.
fn frozen(cluster: &Cluster, load: &Load, before: &'static str) -> String {
    let org = orgs()[0];
    let patient = Settings { connections: 1, deadline: Duration::from_secs(120) };
    let old = PostgresStore::with(&cluster.dsn_of(before, "app"), org, patient).unwrap();
    let case = sanzi::value::CaseId::random();
    let sent = batch(org, case, sanzi::ledger::Tip::START, Uuid::new_v4(), 1);
    let frozen = Instant::now();
    cluster.signal("STOP", before);
    // What was born in between.
    cluster.signal("STOP", before);
    std::thread::scope(|scope| {
        let early = scope.spawn(|| old.append(&sent));
        cluster.succeeded(before);
        load.goes_on();
        until("its lead has run out", || frozen.elapsed() > TTL + Duration::from_secs(2));
        cluster.signal("CONT", before);
        let (mut tried, mut opened) = (0, 0);
        let hasty = Settings { connections: 1, deadline: Duration::from_secs(2) };
        let late = Instant::now();
        while late.elapsed() < Duration::from_secs(8) {
            if let Ok(store) = PostgresStore::with(&cluster.dsn_of(before, "app"), org, hasty) {
                opened += 1;
                let case = sanzi::value::CaseId::random();
                let answer = store.append(&batch(org, case, tip(&store, case).unwrap_or(sanzi::ledger::Tip::START), Uuid::new_v4(), 1));
                tried += 1;
                assert!(!matches!(answer, Ok(Answer::Appended(_))), "a former leader acknowledged an append");
            }
        }
        let early = early.join().unwrap();
        assert!(!matches!(early, Ok(Answer::Appended(_))), "a former leader acknowledged an append");
        // It is nowhere, or it was taken over by who leads now; the key says which, and that stays.
        let found = load.store(0).recall(sent.key).map(|found| found.is_some());
        format!(
            "; the former leader answered the append sent to it while frozen with {early:?} (in the ledger: {found:?}), was opened {opened} times after, and acknowledged 0 of {tried}"
        )
    })
}
