#!/usr/bin/env bats
# System calls of the daemon's listener fail. It serves again as soon as they do not, and ends in time.

load fault
# tests/run: a job for each test

# A daemon that follows an empty file and serves; with the fault $1, if any.
start_serving() {
  store="$folder/state$((++runs)).db" out="$folder/out$runs" rules="$root/tests/e2e/rules/row.lua"
  export MARGAY_FAULT_STATE=$store MARGAY_FAULT_OUT=$out
  touch "$folder/records.ndjson"
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true}"
  with_http
  : >"$log"
  MARGAY_FAULT=${1:-} margay="$folder/faulty" start_margay
  wait_for 30 has_started
}

# ask_often TIMES: some of it may be in vain.
ask_often() {
  local i
  for ((i = 0; i < $1; i++)); do
    curl -s --max-time 1 "http://127.0.0.1:$port/healthz" >/dev/null || true
  done
}

serves() {
  [ "$(curl -s --max-time 5 "http://127.0.0.1:$port/healthz")" = ok ]
}

# serve_attacked SITE:WHAT: afterwards it serves, unless the calls go on failing.
serve_attacked() {
  local times=10
  # Each one that fails takes a second. The one after it shows that it was not the last.
  [[ $1 != *+ ]] || times=$(($(cut -d : -f 2 <<<"$1") + 1))
  start_serving "$1"
  ask_often $times
  [[ $1 == *+ ]] || wait_for 20 serves || { fail "$1: does not serve any more"; return 1; }
  stop_margay "$pid" || { fail "$1"; return 1; }
  status=0 judge "$1"
}

@test "accepting, polling, reading and sending fail: the listener serves again, and ends in time" {
  runs=0 plan=() failures=0
  write_faulty
  start_serving
  # libcurl's wakeup of the delivery thread is a send, too.
  ask_often 10
  stop_margay "$pid"
  cp "$out" "$folder/counts"
  local kind what
  while read -r kind what; do
    attack_served "$kind" "$what"
  done <<'ATTACKS'
accept4@socket EMFILE
epoll_wait@process EINTR
send@socket EPIPE
accept4@socket ECONNABORTED more
accept4@socket ENFILE+ more
recv@socket ECONNRESET more
recv@socket EAGAIN more
send@socket short more
sendmsg@socket ECONNRESET more
ATTACKS
  no_failures
}

# attack_served KIND WHAT [more]
attack_served() {
  local number what=${2% more}
  [ "$what" = "$2" ] || [ -n "${FAULT_SITES:-}" ] || return 0
  for number in $(sites "$1"); do
    try "$1" "$what" serve_attacked "$1:$number:$what"
  done
}
