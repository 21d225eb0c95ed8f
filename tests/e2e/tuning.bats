#!/usr/bin/env bats
# Packs and tuning in a running daemon: a reload takes them over, windows and correlations go on.

load lib

rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/$1.lua" <<LUA
metadata { id = "Test.$1", log_types = { "Zoom.Operation" }, severity = "low", pack = "test",
  threshold = ${2:-1}, where = { action = "$1" } }
function dedup(event) return event.operator end
LUA
}

# record ACTION OPERATOR MINUTE
record() {
  printf '{"time":"2024-01-01T00:%02d:00Z","operator":"%s","category_type":"User","action":"%s","operation_detail":"%s"}\n' \
    "$3" "$2" "$1" "$((++number))" >>"$folder/records.ndjson"
}

tune() {
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 50ms}"
  cat >>"$config"
}

has() {
  [ "$(count "$2" "${3:-}")" -ge "$1" ]
}

reload_until() {
  local before
  before="$(grep -c "$1" "$log" || true)"
  kill -HUP "$pid"
  wait_for 30 more_than "$before" "$1"
}

more_than() {
  [ "$(grep -c "$2" "$log")" -gt "$1" ]
}

alerts_by_rule() {
  sql "SELECT rule_id || ' x' || match_count FROM alert JOIN alert_count USING (number) ORDER BY 1" | tr '\n' ' '
}

@test "a reload takes tuning over; windows go on, suppressed matches feed correlations and are counted" {
  rule Add 2
  rule Delete
  cat >"$folder/rules/both.lua" <<'LUA'
correlation { id = "Test.Both", severity = "high", within_minutes = 60, on = { "operator" },
  group = { { id = "add", rule = "Test.Add" }, { id = "delete", rule = "Test.Delete" } } }
LUA
  rules="$folder/rules" packs='{}'
  record Add svc 1
  tune </dev/null
  with_http
  start_margay
  wait_for 30 has 1 rule_match

  # The first of two matches waits in its window; the second, after the reload, opens the alert.
  tune <<'YAML'
tuning:
  - rule: Test.Delete
    except: [{ operator: svc }]
    reason: the service deletes all day
YAML
  reload_until 'msg=reloaded'
  grep -q 'a changed setting is taken over.*setting=tuning' "$log"
  record Add svc 2
  record Delete svc 3
  record Delete homer 4
  wait_for 30 has 5 rule_match
  wait_for 30 has 3 alert
  equal 'Test.Add x2 Test.Both x1 Test.Delete x1 ' "$(alerts_by_rule)" "alerts"
  equal 'Test.Delete 1' "$(sql "SELECT rule_id || ' ' || suppressed FROM rule_match WHERE suppressed <> 0")" suppressed

  # A mistake keeps what is there; a mute until later than the events silences both.
  tune <<<'tuning: [{rule: Test.Ad, severity: high}]'
  reload_until 'level=error.*not reloaded'
  grep -q "level=error.*tuning: no rule with the id 'Test.Ad' (did you mean 'Test.Add'?)" "$log"
  tune <<<'tuning: [{rule: "Test.*", mute_until: 2025-01-01, reason: migration}]'
  reload_until 'msg=reloaded'
  record Delete marge 5
  record Add marge 6
  wait_for 30 has 8 rule_match
  equal 4 "$(count rule_match 'suppressed <> 0')" "suppressed matches"
  equal 'margay_suppressed_matches_total 4' "$(get /metrics | grep ^margay_suppressed)" "metric"
  stop_margay "$pid"
  equal 3 "$(count alert)" "alerts"

  "$margay" rules -c "$config" --format json >"$folder/rules.json" 2>>"$log"
  equal '2' "$(jq -r 'select(.id == "Test.Delete") | .suppressed' "$folder/rules.json")" "rules"
  "$margay" status --state "$store" --format json >"$folder/status.json" 2>>"$log" || true
  equal '4 3' "$(jq -r '.suppressed | "\(.matches) \(.rules)"' "$folder/status.json")" "status"
}

@test "run and scan -c open the same alerts under the same packs and tuning" {
  rule Add 2
  rule Delete
  rules="$folder/rules"
  for i in 1 2 3 4 5 6; do
    record Add "svc$((i % 2))" "$i"
    record Delete homer "$i"
  done
  packs='{test: signal}'
  write_config "  - {id: records, type: file, path: $folder/records.ndjson}"
  cat >>"$config" <<'YAML'
tuning:
  - {rule: Test.Add, mode: alert, severity: critical}
  - {rule: "*", except: [{operator: svc0}], reason: x}
YAML
  run_margay
  equal 0 "$status" "exit status"
  "$margay" alerts --state "$store" --format json | jq -c '[.rule_id // .id, .severity, .match_count]' >"$folder/run"
  "$margay" scan -c "$config" --alerts "$folder/records.ndjson" 2>>"$log" |
    jq -c '[.rule_id, .severity, .match_count]' | same "$folder/run" - "alerts of scan"
  equal '["Test.Add","CRITICAL",3]' "$(cat "$folder/run")" "alerts of run"
}
