#!/usr/bin/env bats
# Zoom's possible faults, from end to end: every row arrives once, and the log says in plain words what
# happened, without secrets.

load lib
own_rules=tests/e2e/rules/row.lua
# tests/run: a job for each test

# All rows are stored, and none twice.
has_arrived() {
  equal "$(zoom_stats '[.reports[].rows] | add')" "$(count event)" "events" &&
    equal 0 "$(count dead_letter)" "dead letters"
}

no_secret_in_log() {
  local secret
  for secret in not-a-secret "$(sql 'SELECT token FROM token')" "$(printf margay:not-a-secret | base64)"; do
    ! grep -F -- "${secret:-not-a-secret}" "$log" || fail "a secret is in the log" || return 1
  done
}

# try_fault FAULT WORDS: one poll; the log has WORDS on one line, or nothing unusual without WORDS.
try_fault() {
  echo "fault: $1"
  store="$folder/$((++tried)).db"
  : >"$log"
  start_zoom --generate operation=600 --generate activity=100 --fault "$1"
  write_config "$(zoom_source 'poll_once: true')"
  run_margay --log-level debug
  equal 0 "$status" "exit status" && has_arrived && no_secret_in_log || return 1
  [ "$(zoom_stats .faults_injected)" -ge 1 ] || fail "the fault did not happen" || return 1
  if [ -n "$2" ]; then
    equal 1 "$(grep -c -- "$2" "$log")" "lines that say '$2'"
  else
    ! grep -vE 'level=debug|report read|msg=started|msg=stopped|no destinations|a dictionary was made' "$log"
  fi
}

try_faults() {
  local fault words
  tried=0
  while IFS='|' read -r fault words; do
    try_fault "$fault" "$words" || return 1
  done
}

@test "a failed report request is repeated" {
  try_faults <<'FAULTS'
429:at=2,retry-after=1|after_seconds=1 .*Zoom's rate limit of requests is reached
429:at=2,retry-after-date=1|Zoom's rate limit of requests is reached
429:at=2|after_seconds=0.0.*Zoom's rate limit of requests is reached
408:at=2|Zoom answers with status 408
500:at=2|Zoom answers with status 500
502:at=2|Zoom answers with status 502
503:at=2,retry-after=1|after_seconds=1 .*Zoom answers with status 503
504:at=2|Zoom answers with status 504
slow:ms=200,at=2|
cut:at=2|the answer was cut off
close:at=2+3|the server closed the connection without an answer
json:at=2|Zoom's answer cannot be read
page-token:page=2|the page token expired, beginning with the first page again
token:at=2|the access token ended early, taking another one" .*401
401:at=3|the access token ended early, taking another one" .*401
400:at=1|asking again, only up to today" .*400
FAULTS
}

@test "a failed token request is repeated" {
  try_faults <<'FAULTS'
429:on=oauth,at=1,retry-after=1|after_seconds=1 .*Zoom's rate limit of requests is reached
500:on=oauth,at=1|Zoom answers the request for a token with status 500
slow:on=oauth,at=1,ms=200|
cut:on=oauth,at=1|the answer was cut off
close:on=oauth,at=1|the server closed the connection without an answer
FAULTS
}

@test "an error that an immediate retry cannot fix waits for the next poll" {
  local fault words
  while IFS='|' read -r fault words; do
    echo "fault: $fault"
    store="$folder/$fault.db"
    : >"$log"
    start_zoom --generate operation=600 --generate activity=300 --fault "$fault"
    write_config "$(zoom_source 'poll_interval: 1s')"
    start_margay
    wait_for 30 has 900 event
    stop_margay "$pid"
    has_arrived
    no_secret_in_log
    equal 1 "$(grep -c "level=error .*$words" "$log")" "lines that say '$words'"
  done <<'FAULTS'
403:at=2|Zoom does not allow the app to read the operation report: add the scope
404:at=2|Zoom has no operation report (404)
410:at=2|Zoom answers with status 410
401:on=oauth,at=1|Zoom gives no access token (401): check account_id, client_id and client_secret
FAULTS
}

@test "late rows and identical rows all arrive, at a later poll" {
  start_zoom --generate operation=600 --generate activity=300 --fault late:share=0.3,after=1 \
    --fault identical:share=0.2
  write_config "$(zoom_source 'poll_interval: 1s')"
  start_margay
  wait_for 30 has "$(zoom_stats '[.reports[].rows] | add')" event
  stop_margay "$pid"
  has_arrived
  [ "$(grep -c 'report read' "$log")" -gt 2 ]
}

@test "without the scope of a report the other report is still read, and the missing scope is named" {
  start_zoom --generate operation=600 --generate activity=300 --no-scope operation
  write_config "$(zoom_source 'poll_once: true')"
  run_margay
  equal 1 "$status" "exit status"
  equal 300 "$(count event)" "events"
  grep -q 'level=error .*report=operation .*add the scope report:read:operation_logs:admin' "$log"
}

@test "wrong credentials are reported without their values" {
  start_zoom --generate operation=10 --client-secret another
  write_config "$(zoom_source 'poll_once: true')"
  run_margay --log-level debug
  equal 1 "$status" "exit status"
  equal 0 "$(count event)" "events"
  grep -q 'check account_id, client_id and client_secret' "$log"
  no_secret_in_log
}

@test "an unreachable address is reported, and Zoom is read when it is back" {
  start_zoom --generate operation=600 --seed 3
  local port="${zoom##*:}"
  kill_server "$server"
  write_config "$(zoom_source 'poll_interval: 1s')"
  start_margay
  wait_for 30 grep -q 'could not connect' "$log"
  start_zoom --generate operation=600 --seed 3 --port "$port"
  wait_for 60 has 600 event
  stop_margay "$pid"
}

# Rows of a report that no schema accepts are kept once with their reason, even if the report is read
# again.
@test "rows that fail the schema become dead letters once, and the others are processed" {
  cat >"$folder/rows.ndjson" <<'ROWS'
{"time":"2024-03-21T07:00:00Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"good"}
{"time":[],"operator":"lenny@example.com","category_type":"User","action":"Update","operation_detail":"no time"}
{"operator":"lenny@example.com","category_type":"User","action":"Update","operation_detail":"no time"}
{"operator":"carl@example.com","category_type":"User","action":"Update","operation_detail":"no time"}
{"time":"2024-03-21T07:00:04Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"good"}
ROWS
  start_zoom --shift "$folder/rows.ndjson"
  write_config "$(zoom_source 'poll_once: true')"
  run_margay
  run_margay
  equal 0 "$status" "exit status"
  equal 2 "$(count event)" "events"
  equal 3 "$(count dead_letter)" "dead letters"
  equal 2 "$(sql "SELECT count(DISTINCT error) FROM dead_letter WHERE error LIKE '%time%'")" \
    "reasons that name the field"
  equal 3 "$(sql "SELECT count(DISTINCT record) FROM dead_letter WHERE json_valid(record)")" \
    "records that were kept"
}
