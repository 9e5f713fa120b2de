//! The servers that a connection string names: each is tried in turn, and none for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Weak};
use std::time::Duration;

use postgres::config::{Config, Host as Name};
use postgres::error::Severity;
use postgres::{Client, NoTls};

use super::error::unconnected;
use crate::store::{StoreError, Unavailable};

/// Set when the server has warned on this connection: a wait for its standbys was cut short.
pub(super) type Warned = Arc<AtomicBool>;

/// With so many attempts that have not come back, a server is not tried for now.
const MOST: usize = 16;

/// All servers of a connection string, in its order.
pub(super) struct Hosts(Vec<Host>);

/// One of them.
struct Host {
    config: Config,
    timeout: Duration,
    /// Each attempt that has not come back holds a weak one.
    pending: Arc<()>,
}

impl Hosts {
    /// A frozen server takes a connection and says nothing: `connect_timeout` holds until the session is there. By default the
    /// servers share the deadline.
    pub(super) fn of(config: &Config, deadline: Duration) -> Hosts {
        let count = config.get_hosts().len().max(config.get_hostaddrs().len());
        let share = u32::try_from(count).ok().and_then(|count| deadline.checked_div(count)).unwrap_or(deadline);
        let each = (0..count.max(1)).map(|place| {
            let mut config = if count > 1 { alone(config, place) } else { config.clone() };
            let timeout = config.get_connect_timeout().copied().unwrap_or(share);
            config.connect_timeout(timeout);
            Host { config, timeout, pending: Arc::default() }
        });
        Hosts(each.collect())
    }

    /// The first that can be used as asked. Who has not answered an earlier attempt comes last.
    pub(super) fn connect(&self) -> Result<(Client, Warned), StoreError> {
        let mut hosts: Vec<(usize, &Host)> = self.0.iter().map(|host| (Arc::weak_count(&host.pending), host)).collect();
        hosts.retain(|(pending, _)| *pending < MOST);
        hosts.sort_by_key(|(pending, _)| *pending);
        let mut failure = None;
        for (_, host) in hosts {
            match host.connect() {
                Ok(connected) => return Ok(connected),
                // One that may come back counts for more than one that is not as described.
                Err(error) if failure.is_none() || matches!(error, StoreError::Unavailable(_)) => failure = Some(error),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(silent))
    }
}

impl Host {
    /// In a thread of its own, which is left behind where the server is silent; it ends when the server answers or is gone.
    fn connect(&self) -> Result<(Client, Warned), StoreError> {
        let (tell, told) = sync_channel(1);
        let (mut config, pending): (Config, Weak<()>) = (self.config.clone(), Arc::downgrade(&self.pending));
        let attempt = move || {
            let warned = Warned::default();
            let seen = Arc::clone(&warned);
            config.notice_callback(move |notice| {
                if notice.parsed_severity() == Some(Severity::Warning) {
                    seen.store(true, Ordering::Release);
                }
            });
            let made = config.connect(NoTls).map_err(|error| unconnected(&error));
            let _ = tell.send(made.map(|client| (client, warned)));
            drop(pending);
        };
        std::thread::Builder::new()
            .name("sanzi-connect".to_owned())
            .spawn(attempt)
            .map_err(|error| Unavailable::System(format!("no thread to connect with: {error}")))?;
        told.recv_timeout(self.timeout).unwrap_or_else(|_| Err(silent()))
    }
}

fn silent() -> StoreError {
    Unavailable::System("the server did not answer in time".to_owned()).into()
}

/// The same for one of several servers.
fn alone(all: &Config, place: usize) -> Config {
    let mut one = Config::new();
    match all.get_hosts().get(place) {
        Some(Name::Tcp(name)) => drop(one.host(name)),
        #[cfg(unix)]
        Some(Name::Unix(path)) => drop(one.host_path(path)),
        None => {}
    }
    all.get_hostaddrs().get(place).map(|address| one.hostaddr(*address));
    all.get_ports().get(place).or_else(|| all.get_ports().first()).map(|port| one.port(*port));
    all.get_user().map(|user| one.user(user));
    all.get_password().map(|password| one.password(password));
    all.get_dbname().map(|name| one.dbname(name));
    all.get_options().map(|options| one.options(options));
    all.get_application_name().map(|name| one.application_name(name));
    all.get_connect_timeout().map(|timeout| one.connect_timeout(*timeout));
    all.get_tcp_user_timeout().map(|timeout| one.tcp_user_timeout(*timeout));
    all.get_keepalives_interval().map(|interval| one.keepalives_interval(interval));
    all.get_keepalives_retries().map(|retries| one.keepalives_retries(retries));
    one.keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .target_session_attrs(all.get_target_session_attrs())
        .channel_binding(all.get_channel_binding())
        .load_balance_hosts(all.get_load_balance_hosts());
    one
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// It accepts, and says nothing: its threads do not become ever more, and end when it hangs up.
    #[test]
    fn a_silent_server_does_not_gather_threads() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = format!("host=127.0.0.1,127.0.0.1 port={port},1 user=u");
        let hosts = Hosts::of(&text.parse().unwrap(), Duration::from_millis(20));
        for _ in 0..3 * MOST {
            assert!(matches!(hosts.connect(), Err(StoreError::Unavailable(_))));
        }
        let pending = || hosts.0.iter().map(|host| Arc::weak_count(&host.pending)).collect::<Vec<_>>();
        assert_eq!(pending().first(), Some(&MOST));
        drop(listener);
        let start = std::time::Instant::now();
        while pending() != [0, 0] {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Every word that a connection string can have.
    #[test]
    fn one_of_several_servers_keeps_every_word() {
        let rest = "user=u password=p dbname=d options=-cgeqo=off application_name=a sslmode=require sslnegotiation=direct connect_timeout=3 \
            tcp_user_timeout=4 keepalives=0 keepalives_idle=5 keepalives_interval=6 keepalives_retries=7 target_session_attrs=read-write \
            channel_binding=require load_balance_hosts=random";
        for (several, each) in [
            ("host=a,/b port=1,2", ["host=a port=1", "host=/b port=2"]),
            ("host=a,b port=1", ["host=a port=1", "host=b port=1"]),
            ("host=a,b hostaddr=10.0.0.1,10.0.0.2", ["host=a hostaddr=10.0.0.1", "host=b hostaddr=10.0.0.2"]),
        ] {
            let all: Config = format!("{several} {rest}").parse().unwrap();
            for (place, due) in each.iter().enumerate() {
                let due: Config = format!("{due} {rest}").parse().unwrap();
                let found = alone(&all, place);
                assert_eq!(format!("{found:?}"), format!("{due:?}"));
                // What is kept secret is not shown.
                assert_eq!(found.get_password(), due.get_password());
            }
        }
    }

    #[test]
    fn several_servers_share_the_deadline_unless_told() {
        let timeouts = |text: &str| -> Vec<Duration> {
            let hosts = Hosts::of(&text.parse().unwrap(), Duration::from_secs(9));
            hosts.0.iter().map(|host| host.timeout).collect()
        };
        assert_eq!(timeouts("host=a"), [Duration::from_secs(9)]);
        assert_eq!(timeouts("host=a,b,c"), [Duration::from_secs(3); 3]);
        assert_eq!(timeouts("host=a,b connect_timeout=1"), [Duration::from_secs(1); 2]);
    }
}
