//! The cluster that `cluster.sh` runs, and what is done to its processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sanzi::store::postgres::postgres::{Client, NoTls};
use sanzi::store::postgres::{Order, create_ledger, install};

use super::load::orgs;

/// Waits for something to become true.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(180), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/cluster.sh")
}

pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    running: Child,
    /// `host=… port=… target_session_attrs=…`
    connection: String,
}

impl Cluster {
    /// Starts it, with a database of two ledgers.
    pub(crate) fn start(mode: &str) -> Cluster {
        let folder = tempfile::Builder::new().prefix("sanzi-cluster").tempdir().unwrap();
        let mut running = Command::new(script())
            .args([Path::new("hold"), folder.path(), Path::new(mode)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let connection = ready.trim().strip_prefix("ready ").unwrap_or_else(|| panic!("the cluster could not be started")).to_owned();
        let cluster = Cluster { folder, running, connection };
        cluster.admin("postgres").batch_execute("CREATE DATABASE ledgers").unwrap();
        let admin = cluster.dsn("postgres");
        install(&admin, &[]).unwrap();
        orgs().iter().for_each(|org| create_ledger(&admin, *org, Order::Free).unwrap());
        cluster.admin("ledgers").batch_execute("CREATE ROLE app LOGIN IN ROLE sanzi_app").unwrap();
        cluster
    }

    /// To whoever leads.
    pub(crate) fn dsn(&self, user: &str) -> String {
        format!("{} user={user} dbname=ledgers", self.connection)
    }

    /// To one node, whatever it is.
    pub(crate) fn dsn_of(&self, node: &str, user: &str) -> String {
        format!("host=127.0.0.1 port={} user={user} dbname=ledgers", self.port(node))
    }

    fn admin(&self, database: &str) -> Client {
        Client::connect(&format!("{} user=postgres dbname={database}", self.connection), NoTls).unwrap()
    }

    fn port(&self, name: &str) -> u16 {
        let ports = std::fs::read_to_string(self.folder.path().join("ports")).unwrap();
        let line = ports.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        line.unwrap_or_else(|| panic!("{name} has no port"))
    }

    fn script(&self, command: &str, name: &str) -> String {
        let output = Command::new(script()).args([Path::new(command), self.folder.path(), Path::new(name)]).output().unwrap();
        assert!(output.status.success(), "{command} {name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Who leads, as the nodes' Patroni say; one that is frozen says nothing.
    pub(crate) fn leader(&self) -> Option<&'static str> {
        let leads = |node: &&str| {
            let asked = || -> std::io::Result<bool> {
                let address = ([127, 0, 0, 1], self.port(&format!("{node}-rest"))).into();
                let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
                stream.set_read_timeout(Some(Duration::from_secs(1)))?;
                stream.write_all(b"GET /primary HTTP/1.0\r\n\r\n")?;
                let mut status = [0; 12];
                stream.read_exact(&mut status)?;
                Ok(status.ends_with(b" 200"))
            };
            asked().unwrap_or(false)
        };
        ["n1", "n2", "n3"].into_iter().find(leads)
    }

    pub(crate) fn leads(&self) -> &'static str {
        let mut leader = None;
        until("somebody leads", || {
            leader = self.leader();
            leader.is_some()
        });
        leader.unwrap()
    }

    /// Another than `old` leads.
    pub(crate) fn succeeded(&self, old: &str) -> &'static str {
        let mut leader = None;
        until("another leads", || {
            leader = self.leader().filter(|leader| *leader != old);
            leader.is_some()
        });
        leader.unwrap()
    }

    /// Waits until the leader has two standbys that stream from it.
    pub(crate) fn whole(&self) {
        until("two standbys follow the leader", || {
            let Some(leader) = self.leader() else { return false };
            let Ok(mut client) = Client::connect(&self.dsn_of(leader, "postgres"), NoTls) else { return false };
            let sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
            client.query_one(sql, &[]).is_ok_and(|row| row.get::<_, i64>(0) == 2)
        });
    }

    pub(crate) fn processes(&self, name: &str) -> Vec<i32> {
        self.script("processes", name).lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Sends a signal to all processes of a node.
    pub(crate) fn signal(&self, signal: &str, name: &str) {
        send(signal, &self.processes(name));
    }

    /// The process that all others of PostgreSQL come from.
    pub(crate) fn postmaster(&self, node: &str) -> i32 {
        let path = self.folder.path().join(node).join("data/postmaster.pid");
        std::fs::read_to_string(path).unwrap().lines().next().unwrap().parse().unwrap()
    }

    /// Those of a node's processes whose command line has this in it.
    pub(crate) fn named(&self, node: &str, part: &str) -> Vec<i32> {
        let mut found = self.processes(node);
        found.retain(|process| {
            let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ").contains(part)
        });
        found
    }

    /// Starts a node again, once nothing is left of it.
    pub(crate) fn restart(&self, name: &str) {
        until("its last process has ended", || self.processes(name).is_empty());
        self.script("node", name);
    }
}

/// A process that has ended already is no error.
pub(crate) fn send(signal: &str, processes: &[i32]) {
    if !processes.is_empty() {
        let all = processes.iter().map(i32::to_string);
        let _ = Command::new("kill").arg(format!("-{signal}")).args(all).stderr(Stdio::null()).status().unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os("SANZI_KEEP").is_some() {
            let kept = std::env::temp_dir().join("sanzi-cluster-logs");
            let _ = Command::new("cp").arg("-r").args([self.folder.path(), &kept]).status();
        }
        drop(self.running.stdin.take());
        let _ = self.running.wait();
    }
}
