#!/usr/bin/env bash
# Starts the servers that tests need, from Debian's packages, without systemd: own data folder, own port, loopback only.
#
#   tests/services.sh run COMMAND …   start, run COMMAND with DATABASE_URL, stop again whatever happens
#   tests/services.sh up              start and leave running; prints DATABASE_URL
#   tests/services.sh down            stop what `up` started
#
# DATABASE_URL, when set, is used as it is and nothing is started. The user in it must be allowed to create databases.
# SERVICES_FSYNC=on keeps the disk honest, for measurements; tests do without.
set -euo pipefail

state="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/services"

fail() {
  echo "tests/services.sh: $*" >&2
  exit 1
}

# The folder with initdb and pg_ctl of the newest installed PostgreSQL; prints nothing when there is none.
find_bin() {
  local found
  if found=$(command -v initdb) && command -v pg_ctl >/dev/null; then
    dirname "$(readlink -f "$found")"
    return
  fi
  for found in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV); do
    if [ -x "$found/initdb" ]; then
      echo "$found"
      return
    fi
  done
}

install() {
  local hint="install it with 'apt-get install postgresql', or set DATABASE_URL"
  [ "$(id -u)" = 0 ] || fail "PostgreSQL is missing: $hint"
  command -v apt-get >/dev/null || fail "PostgreSQL is missing and there is no apt-get: $hint"
  echo "installing PostgreSQL from Debian's packages" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends postgresql; } </dev/null >&2 || fail "apt-get could not install postgresql"
}

# PostgreSQL refuses to run as root, so root lends its commands to the service user.
as_owner() {
  if [ "$(id -u)" = 0 ]; then
    su "$owner" -s /bin/sh -c "$1" </dev/null
  else
    sh -c "$1" </dev/null
  fi
}

# A port below the range that the kernel hands out by itself.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

start() {
  bin=$(find_bin)
  if [ -z "$bin" ]; then
    install
    bin=$(find_bin)
    [ -n "$bin" ] || fail "postgresql was installed, but initdb is not in /usr/lib/postgresql/*/bin"
  fi
  owner=$(id -un)
  if [ "$(id -u)" = 0 ]; then
    owner=postgres
    id postgres >/dev/null 2>&1 || owner=nobody
  fi
  # Not below target: the checkout may lie in a folder that the service user cannot enter.
  local parent=${TMPDIR:-/tmp}
  [ "$(id -u)" != 0 ] || parent=/tmp
  data=$(mktemp -d "$parent/cprbroker-services.XXXXXX")
  chown "$owner" "$data"
  as_owner "cd / && '$bin/initdb' -D '$data/data' -A trust -U postgres -E UTF8 --locale=C.UTF-8 >'$data/initdb.log' 2>&1" ||
    { cat "$data/initdb.log" >&2; fail "initdb failed"; }
  local try options
  for try in 1 2 3 4 5; do
    port=$(free_port)
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c max_connections=300 -c fsync=${SERVICES_FSYNC:-off} -c log_min_messages=fatal"
    if as_owner "cd / && '$bin/pg_ctl' -D '$data/data' -w -s -l '$data/log' -o '$options' start >/dev/null 2>&1"; then
      export DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
      return
    fi
  done
  cat "$data/log" >&2
  fail "PostgreSQL did not start in $try tries"
}

stop() {
  as_owner "cd / && '$bin/pg_ctl' -D '$data/data' -s -m fast stop >/dev/null 2>&1" || true
  rm -rf "$data"
}

case "${1:-}" in
run)
  shift
  [ $# -gt 0 ] || fail "run needs a command"
  if [ -n "${DATABASE_URL:-}" ]; then
    exec "$@"
  fi
  data="" bin="" owner=""
  trap '[ -z "$data" ] || stop' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  start
  "$@"
  ;;
up)
  [ ! -e "$state/postgres" ] || fail "already up: $(sed -n 's/^url=//p' "$state/postgres"); stop it with 'make services-down'"
  start
  mkdir -p "$state"
  printf 'data=%q\nbin=%q\nowner=%q\nurl=%s\n' "$data" "$bin" "$owner" "$DATABASE_URL" >"$state/postgres"
  echo "export DATABASE_URL=$DATABASE_URL"
  ;;
down)
  [ -e "$state/postgres" ] || { echo "nothing is up" >&2; exit 0; }
  # shellcheck disable=SC1091
  source "$state/postgres"
  stop
  rm -f "$state/postgres"
  ;;
*)
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
  ;;
esac
