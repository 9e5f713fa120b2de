//! The servers that a connection string names: each is tried in turn, and none for longer than its share of the time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use postgres::Socket;
use postgres::config::LoadBalanceHosts;
use postgres::tls::MakeTlsConnect;
use tokio_postgres::config::Host as Name;
use tokio_postgres::{Client, Config, Connection};
use uuid::Uuid;

use super::error::{Fault, unconnected};
use super::pool::lock;
use crate::store::StoreError;

/// When a server last let the time pass without a word, or confirmed nothing: the others come first.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    pub(super) fn note(&self) {
        *lock(&self.0) = Some(Instant::now());
    }
}

/// A connection, and where to note that its server is in doubt.
type Connected<T> = (Client, Connection<Socket, <T as MakeTlsConnect<Socket>>::Stream>, Doubt);

/// All servers of a connection string, in its order.
pub(super) struct Hosts {
    all: Vec<Host>,
    shuffled: bool,
}

/// One of them.
struct Host {
    config: Config,
    /// Nothing once it has said something, be it no.
    doubt: Doubt,
}

impl Hosts {
    pub(super) fn of(config: &Config) -> Hosts {
        let (names, addresses, ports) = (config.get_hosts().len(), config.get_hostaddrs().len(), config.get_ports().len());
        let count = names.max(addresses);
        // Where the numbers do not fit, the driver says so.
        let fits = |number: usize, alone: usize| number <= alone || number == count;
        let several = count > 1 && fits(names, 0) && fits(addresses, 0) && fits(ports, 1);
        let configs = if several { (0..count).map(|place| alone(config, place)).collect() } else { vec![config.clone()] };
        let all = configs.into_iter().map(|config| Host { config, doubt: Doubt::default() }).collect();
        Hosts { all, shuffled: config.get_load_balance_hosts() == LoadBalanceHosts::Random }
    }

    /// Who was silent comes last, and of those the one first that was so longest ago.
    fn in_turn(&self) -> Vec<&Host> {
        let mut hosts: Vec<&Host> = self.all.iter().collect();
        hosts.sort_by_cached_key(|host| (*lock(&host.doubt.0), if self.shuffled { Uuid::new_v4() } else { Uuid::nil() }));
        hosts
    }

    /// Connects to the first that can be used as asked. A frozen server takes a connection and says nothing: each has an equal
    /// share of the time that is left, and not more than `connect_timeout`, until the session is there.
    pub(super) async fn connect<T>(&self, tls: &T, until: Instant) -> Result<Connected<T>, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone,
    {
        let hosts = self.in_turn();
        let mut failure = None;
        for (place, host) in hosts.iter().enumerate() {
            let others = u32::try_from(hosts.len().saturating_sub(place)).unwrap_or(u32::MAX);
            let left = until.saturating_duration_since(Instant::now());
            let share = left.checked_div(others).unwrap_or(left);
            match host.connect(tls, share).await {
                Ok(connected) => return Ok(connected),
                // One that may come back counts for more than one that is not as described.
                Err(error) if failure.is_none() || matches!(error, StoreError::Unavailable(_)) => failure = Some(error),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| Fault::Late.into()))
    }
}

impl Host {
    async fn connect<T>(&self, tls: &T, share: Duration) -> Result<Connected<T>, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone,
    {
        let time = self.config.get_connect_timeout().map_or(share, |most| share.min(*most));
        let answered = tokio::time::timeout(time, self.config.connect(tls.clone())).await;
        *lock(&self.doubt.0) = answered.is_err().then(Instant::now);
        let (client, connection) = answered.map_err(|_| Fault::Late)?.map_err(|error| unconnected(&error))?;
        Ok((client, connection, self.doubt.clone()))
    }
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
    #![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, reason = "tests")]

    use postgres::NoTls;

    use super::*;
    use crate::store::InvalidStore;

    fn order(hosts: &Hosts) -> Vec<u16> {
        hosts.in_turn().iter().filter_map(|host| host.config.get_ports().first().copied()).collect()
    }

    /// Those whose port is here accept, and say nothing.
    fn ask(hosts: &Hosts, milliseconds: u64) -> StoreError {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let start = Instant::now();
        let until = start.checked_add(Duration::from_millis(milliseconds)).unwrap();
        let Err(error) = runtime.block_on(hosts.connect(&NoTls, until)) else { panic!("nobody is there") };
        assert!(start.elapsed() >= Duration::from_millis(milliseconds / 3), "a silent one has a share of the time");
        error
    }

    #[test]
    fn a_silent_server_comes_last_until_it_says_something() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = listener.local_addr().unwrap().port();
        let also = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let second = also.local_addr().unwrap().port();
        let text = format!("host=127.0.0.1,127.0.0.1,127.0.0.1 port={silent},{second},1 user=u");
        let hosts = Hosts::of(&text.parse().unwrap());
        assert_eq!(order(&hosts), [silent, second, 1]);
        assert!(matches!(ask(&hosts, 90), StoreError::Unavailable(_)));
        assert_eq!(order(&hosts), [1, silent, second], "who refuses is not silent; who was silent longest ago comes first");
        drop(listener);
        assert!(matches!(ask(&hosts, 90), StoreError::Unavailable(_)));
        assert_eq!(order(&hosts), [silent, 1, second], "it is gone, and says so");
    }

    /// What was true without hosts of their own stays so: the driver names what does not fit.
    #[test]
    fn numbers_that_do_not_fit_are_no_servers() {
        for text in ["host=a,b port=1,2,3 user=u", "host=a,b,c port=1,2 user=u", "host=a,b hostaddr=127.0.0.1 user=u"] {
            let hosts = Hosts::of(&text.parse().unwrap());
            assert_eq!(hosts.all.len(), 1, "{text}");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let until = Instant::now().checked_add(Duration::from_secs(9)).unwrap();
            let found = runtime.block_on(hosts.connect(&NoTls, until)).map(drop);
            assert!(matches!(found, Err(StoreError::Invalid(InvalidStore::Connection(_)))), "{text}: {found:?}");
        }
        let shuffled = Hosts::of(&"host=a,b,c,d,e,f,g,h load_balance_hosts=random".parse().unwrap());
        let names = || shuffled.in_turn().iter().map(|host| format!("{:?}", host.config.get_hosts())).collect::<Vec<_>>();
        let first = names();
        assert!((0..50).any(|_| names() != first), "in no order where the string asks for that");
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
}
