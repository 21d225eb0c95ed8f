#!/usr/bin/env bats
# A rule that costs its limit again and again is paused: reported, kept paused through reloads, tried again
# later. The others go on.

load lib

# row ACTION: a record, and waits until Test.Quick has matched it.
row() {
  rows=$((${rows:-0} + 1))
  printf '{"time":"2024-03-21T10:00:%02dZ","operator":"homer@example.com","category_type":"User","action":"%s","operation_detail":"%d"}\n' \
    "$rows" "$1" "$rows" >>"$folder/records.ndjson"
  wait_for 60 has "$rows" rule_match "rule_id = 'Test.Quick'"
}

# rule NAME LUA: a rule for every record. The file comes whole: a daemon may be reading the folder.
rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rule.new" <<LUA
metadata { id = "Test.$1", log_types = { "Zoom.Operation" }, severity = "low" }
function rule(event)
  $2
  return true
end
function dedup() return "matched" end -- a rule error has another one
LUA
  mv "$folder/rule.new" "$folder/rules/$1.lua"
}

# Sends SIGHUP and waits for what comes of it.
reload() {
  local before
  before="$(grep -c msg=reloaded "$log" || true)"
  kill -HUP "$pid"
  wait_for 30 eval '[ "$(grep -c msg=reloaded "$log")" -gt '"$before"' ]'
}

# pass SECONDS: the daemon's monotonic clock goes on by so much.
pass() {
  passed=$((${passed:-0} + $1))
  printf '%08d' "$passed" 1<>"$folder/clock"
}

metric() {
  get /metrics | sed -n "s/^$1 //p"
}

# is METRIC VALUE: waits for it.
is() {
  wait_for 20 eval '[ "$(metric '"$1"')" = '"$2"' ]'
}

costly() {
  equal "$1" "$(count rule_match "rule_id = 'Test.Costly' AND dedup = 'matched'")" "matches of the costly rule"
}

# Five hostile records pause the rule.
start_and_pause() {
  rule Costly 'while event.action == "Hostile" do end'
  rule Quick ''
  rules="$folder/rules"
  touch "$folder/records.ndjson"
  pass 0
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 10ms}"
  with_http
  write_preloaded "$folder/late" "${MARGAY_BUILD:-$root/build}/tests/fault/clock.so"
  MARGAY_CLOCK="$folder/clock" margay="$folder/late" start_margay
  wait_for 30 has_started
  local i
  for i in 1 2 3 4 5; do row Hostile; done
  is margay_rules_paused 1
}

@test "a costly rule is paused and reported, and tried again later; the others go on" {
  start_and_pause
  grep "rule=Test.Costly .*paused for" "$log"
  has 1 alert "type = 1 AND rule_id = 'Test.Costly'"
  row Good
  row Hostile
  costly 0
  equal 2 "$(metric margay_rule_skipped_events_total)" "events that were not shown to it"
  pass 61
  row Good
  costly 1
  is margay_rules_paused 0
  row Hostile # on trial: once is enough, for twice as long
  is margay_rules_paused 1
  pass 61
  row Good
  costly 1
  pass 61
  row Good
  costly 2
  stop_margay "$pid"
}

@test "a costly rule stays paused through a reload, until its text changes" {
  start_and_pause
  rule Another ''
  reload
  row Good
  row Hostile
  costly 0
  is margay_rules_paused 1
  rule Costly ''
  reload
  row Hostile
  costly 1
  is margay_rules_paused 0
  stop_margay "$pid"
}
