#!/bin/sh
# Three etcd, three PostgreSQL 15 under Patroni, with quorum synchronous replication, on loopback and free ports: to try out,
# and for tests/cluster. Never for data that matter: everybody on this machine may connect.
#
#   cluster.sh start FOLDER [quorum|off]   starts it, waits until it can be used, says "ready CONNECTION"; again: the same
#   cluster.sh hold FOLDER [quorum|off]    the same, stays until its input ends, then stops
#   cluster.sh node FOLDER NAME            starts n1, n2, n3 (Patroni) or e1, e2, e3 (etcd) again after it was killed
#   cluster.sh processes FOLDER NAME       the processes of a node
#   cluster.sh show FOLDER                 what Patroni knows
#   cluster.sh stop FOLDER                 ends all of it, and removes FOLDER
#
# As root it installs what is missing (Debian's postgresql-15 and etcd-server, python3-venv; Patroni by pip, into target/cluster or
# SANZI_CLUSTER_TOOLS), and runs as `postgres` or `nobody`. `off` is asynchronous replication, which loses acknowledged records.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command=${1:-}
folder=${2:-}
case $command:$folder in
start:/* | hold:/* | node:/* | processes:/* | show:/* | stop:/*) ;;
*) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
[ "$command" = stop ] || [ "$command" = show ] || mkdir -p "$folder"
# As the processes see it.
folder=$(cd "$folder" && pwd -P) || exit 1
tools=${SANZI_CLUSTER_TOOLS:-$here/../../target/cluster}

die() { echo "$*" >&2 && exit 1; }

# Everything that works in a node's folder: Patroni and etcd start there, PostgreSQL in the data below.
processes() {
  for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd" 2>/dev/null || true) in
    "$folder/$1" | "$folder/$1"/*) echo "${process#/proc/}" ;;
    esac
  done
}

stop() {
  cd /
  [ -s "$folder/ports" ] || return 0
  # A former leader's children may still be being born.
  for _ in 1 2 3; do
    for process in $(for name in n1 n2 n3 e1 e2 e3; do processes $name; done); do kill -9 "$process" 2>/dev/null || true; done
  done
  rm -rf "$folder"
}

install() {
  [ "$(id -u)" = 0 ] || die "$1 is missing: install it, or run this once as root"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2"; } >"$folder/apt.log" 2>&1 || {
    cat "$folder/apt.log" >&2
    die "$1 is missing, and Debian's package $2 could not be installed"
  }
}

prepare() {
  bin=${SANZI_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
  [ -x "$bin/postgres" ] || install "PostgreSQL 15" postgresql-15
  command -v etcd >/dev/null || install etcd etcd-server
  patroni=${SANZI_PATRONI:-$tools/bin/patroni}
  if [ ! -x "$patroni" ]; then
    [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || install "Python with venv" python3-venv
    mkdir -p "$tools"
    # The system's Python: another user has to be able to run it.
    { /usr/bin/python3 -m venv "$tools" && "$tools/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"; } \
      >"$folder/pip.log" 2>&1 || {
      cat "$folder/pip.log" >&2
      die "Patroni could not be installed in $tools: give SANZI_PATRONI a Patroni 4 that is there"
    }
  fi
  $as "$patroni" --version >/dev/null || die "$patroni cannot be run as $user: set SANZI_CLUSTER_TOOLS to a folder that $user can read"
}

start_node() {
  name=$1
  [ -z "$(processes "$name")" ] || return 0
  cd "$folder/$name"
  case $name in
  n*) set -- "$patroni" "$folder/$name/patroni.yml" ;;
  e*)
    set -- etcd --name "$name" --data-dir "$folder/$name/data" --logger zap \
      --listen-client-urls "http://127.0.0.1:$(port "$name")" --advertise-client-urls "http://127.0.0.1:$(port "$name")" \
      --listen-peer-urls "http://127.0.0.1:$(port "$name-peer")" --initial-advertise-peer-urls "http://127.0.0.1:$(port "$name-peer")" \
      --initial-cluster-state new --initial-cluster-token sanzi --initial-cluster \
      "e1=http://127.0.0.1:$(port e1-peer),e2=http://127.0.0.1:$(port e2-peer),e3=http://127.0.0.1:$(port e3-peer)"
    ;;
  esac
  env HOME="$folder" LC_ALL=C.UTF-8 $as setsid "$@" >>"$folder/$name/log" 2>&1 </dev/null &
  cd /
}

port() { sed -n "s/^$1 //p" "$folder/ports"; }

# All ports are held open together, so that none comes twice.
ports() {
  /usr/bin/python3 - >"$folder/ports" <<'END'
import socket
names = [a + b for a in ("n1", "n2", "n3") for b in ("", "-rest")] + [a + b for a in ("e1", "e2", "e3") for b in ("", "-peer")]
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
for name, held in zip(names, sockets):
    print(name, held.getsockname()[1])
END
}

connection() {
  echo "host=127.0.0.1,127.0.0.1,127.0.0.1 port=$(port n1),$(port n2),$(port n3) target_session_attrs=read-write"
}

# Who can be written, with two standbys, either of which can confirm a commit.
ready() {
  psql "$(connection) user=postgres dbname=postgres connect_timeout=3" -AtX -c \
    "SELECT count(*) = 2 AND current_setting('synchronous_standby_names') $wanted FROM pg_stat_replication WHERE state = 'streaming'" 2>/dev/null
}

start() {
  mode=$1
  case $mode in
  quorum) strict=true wanted="LIKE 'ANY 1 (%,%)'" ;;
  off) strict=false wanted="= ''" ;;
  *) die "$mode is neither quorum nor off" ;;
  esac
  prepare
  if [ ! -s "$folder/ports" ]; then
    ports
    etcd=127.0.0.1:$(port e1),127.0.0.1:$(port e2),127.0.0.1:$(port e3)
    for name in n1 n2 n3 e1 e2 e3; do mkdir -p "$folder/$name"; done
    for name in n1 n2 n3; do
      sed -e "s|@NAME@|$name|; s|@REST@|$(port $name-rest)|; s|@PORT@|$(port $name)|; s|@ETCD@|$etcd|; s|@BIN@|$bin|" \
        -e "s|@FOLDER@|$folder|; s|@SYNCHRONOUS@|$mode|; s|@STRICT@|$strict|" "$here/patroni.yml" >"$folder/$name/patroni.yml"
    done
    chmod 755 "$folder"
    [ -z "$as" ] || chown -R "$user" "$folder"
  fi
  for name in e1 e2 e3 n1 n2 n3; do start_node $name; done
  for _ in $(seq 240); do
    if [ "$(ready)" = t ]; then
      echo "ready $(connection)"
      return 0
    fi
    sleep 0.5
  done
  tail -n 20 "$folder"/??/log >&2
  stop
  die "the cluster could not be used within two minutes"
}

as=
user=$(id -un)
if [ "$user" = root ]; then
  user=postgres
  id postgres >/dev/null 2>&1 || user=nobody
  as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi
export PATH="$PATH:${SANZI_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}"

case $command in
start) start "${3:-quorum}" ;;
hold)
  trap stop EXIT
  trap 'exit 1' INT TERM HUP
  start "${3:-quorum}"
  cat >/dev/null || true
  ;;
node) prepare && start_node "$3" ;;
processes) processes "$3" ;;
show) "$(dirname "${SANZI_PATRONI:-$tools/bin/patroni}")/patronictl" -c "$folder/n1/patroni.yml" list --extended ;;
stop)
  [ -s "$folder/ports" ] || die "there is no cluster in $folder"
  stop
  ;;
esac
