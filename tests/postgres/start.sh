#!/bin/sh
# Starts a PostgreSQL 15 of its own for the tests, on a unix socket in FOLDER, and stays until its input ends; then it stops
# the server and removes FOLDER. Says "ready FOLDER" when it can be used, and on failure what to do. Never as root: then as
# `postgres` or `nobody`.
#   start.sh FOLDER [NAME=VALUE of postgresql.conf]...
set -eu
folder=$1
shift

bin=
for place in "${SANZI_POSTGRES_BIN:-}" /usr/lib/postgresql/15/bin $(command -v initdb >/dev/null && dirname "$(command -v initdb)"); do
  if [ -n "$place" ] && [ -x "$place/initdb" ] && [ -x "$place/postgres" ]; then bin=$place && break; fi
done
if [ -z "$bin" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql-15; } >"$folder/apt.log" 2>&1 || true
  if [ -x /usr/lib/postgresql/15/bin/initdb ]; then bin=/usr/lib/postgresql/15/bin; fi
fi
if [ -z "$bin" ]; then
  echo "no PostgreSQL 15 found: install Debian's package postgresql-15, or set SANZI_POSTGRES_BIN to the folder of its initdb" >&2
  exit 1
fi
case $("$bin/postgres" --version) in
*" 15."*) ;;
*) echo "$bin is $("$bin/postgres" --version), PostgreSQL 15 is needed: set SANZI_POSTGRES_BIN to the folder of its initdb" >&2 && exit 1 ;;
esac

as=
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id postgres >/dev/null 2>&1 || user=nobody
  as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
  chown "$user" "$folder"
fi
chmod 755 "$folder"
cd "$folder"
run() { env HOME="$folder" LC_ALL=C.UTF-8 $as "$@"; }
# The locale C.UTF-8 and trust on a socket that only this machine has: a server for tests, of throw-away data.
run "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 || {
  cat "$folder/initdb.log" >&2
  exit 1
}
{
  echo "listen_addresses = ''"
  echo "unix_socket_directories = '$folder'"
  echo "max_connections = 200"
  for line in "$@"; do echo "$line"; done
} >>"$folder/data/postgresql.conf"
run "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 start >"$folder/start.log" 2>&1 || {
  cat "$folder/start.log" "$folder/server.log" >&2
  exit 1
}
stop() {
  run "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >>"$folder/start.log" 2>&1 || true
  cd /
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP
echo "ready $folder $bin"
cat >/dev/null || true
