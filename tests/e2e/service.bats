#!/usr/bin/env bats
# The daemon while it runs: what it serves, what a reload takes over, what happens without records.

load lib

serves() {
  [ "$(get "$1")" = "$2" ]
}

# rule NAME ACTION: opens an alert for each record with the action. The file comes whole: a daemon may
# be reading the folder.
rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rule.new" <<LUA
metadata {
  id = "Test.$1", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "$2" },
}
function title(event) return "$1: " .. event.operation_detail end
LUA
  mv "$folder/rule.new" "$folder/rules/$1.lua"
}

# records ACTION FIRST LAST [DAY]: appends records with these numbers, a second apart.
records() {
  local number
  for ((number = $2; number <= $3; number++)); do
    printf '{"time":"2024-03-%sT%02d:%02d:%02dZ","operator":"homer@example.com","category_type":"User","action":"%s","operation_detail":"%d"}\n' \
      "${4:-21}" $((number / 3600)) $((number / 60 % 60)) $((number % 60)) "$1" "$number"
  done >>"$folder/records.ndjson"
}

follow_records() {
  touch "$folder/records.ndjson"
  echo "  - {id: file, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 10ms}"
}

@test "health, readiness and metrics are served, and promtool finds nothing to complain about" {
  rule Bad Bad
  rules="$folder/rules"
  write_config "$(follow_records)"
  with_http
  records Bad 1 3
  echo 'no record' >>"$folder/records.ndjson"
  start_margay
  wait_for 30 has 1 dead_letter
  wait_for 30 serves /readyz ready
  equal ok "$(get /healthz)" "/healthz"
  equal 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/nothing")" "another path"
  equal 405 "$(curl -s -o /dev/null -w '%{http_code}' -d x "http://127.0.0.1:$port/metrics")" "POST"
  get /metrics >"$folder/metrics"
  local line
  for line in 'margay_records_total{source="file"} 4' 'margay_events_total{source="file"} 3' \
    'margay_dead_letters_total{source="file"} 1' 'margay_matches_total 3' 'margay_alerts_total 4' \
    'margay_rules{state="loaded"} 1' \
    'margay_rules{state="mistaken"} 0' 'margay_rules{state="dependent"} 0' 'margay_sources{state="running"} 1' 'margay_http_answers_total{class="4xx"} 2'; do
    grep -qxF "$line" "$folder/metrics" || fail "/metrics lacks: $line"
  done
  if command -v promtool >/dev/null; then
    equal '' "$(promtool check metrics <"$folder/metrics" 2>&1)" "promtool's words"
  fi
  kill -HUP "$pid"
  wait_for 30 eval 'get /metrics | grep -qxF "margay_reloads_total{result=\"done\"} 1"'
  stop_margay "$pid"
}

@test "without a section http nothing listens" {
  rule Bad Bad
  rules="$folder/rules"
  write_config "$(follow_records)"
  start_margay
  wait_for 30 has_started
  local inode
  for inode in $(find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n'); do
    ! awk -v inode="$inode" '$4 == "0A" && $10 == inode { found = 1 } END { exit !found }' \
      /proc/net/tcp /proc/net/tcp6 || fail "the daemon listens"
  done
  # A reload adds no listener, so a source for it does not seem to work.
  local hooks='  - {id: hooks, type: zoom_webhook, path: /zoom, secret_token: s}'
  write_config "$(follow_records)"$'\n'"$hooks"
  with_http
  kill -HUP "$pid"
  wait_for 30 grep -q 'msg="a source has stopped" source=hooks error="nothing listens for requests' "$log"
  ! grep -q "webhooks are received" "$log"
  wait_for 30 grep -q 'msg="an alarm began" alarm=source_failing subject=hooks' "$log"
  kill -TERM "$pid"
  end_of "$pid" 30
  equal 1 "$status" "the status after a source has stopped"
  start_margay
  wait_for 30 grep -q "webhooks are received" "$log"
  wait_for 30 grep -q 'msg="an alarm ended" alarm=source_failing subject=hooks' "$log"
  records Bad 1 1
  wait_for 30 has 1 event
  sed "s|path: $store|path: $store.2|" "$config" >"$config.2"
  run "$margay" run -c "$config.2"
  equal 1 "$status" "the status where the port is taken"
  equal 0 "$(sql 'SELECT count(*) FROM source_start' "$store.2")" "sources that began where the port is taken"
  equal 0 "$(sql 'SELECT count(*) FROM checkpoint' "$store.2")" "what was read where the port is taken"
  [[ "$output" == *"Address already in use: end the program that has the port, or change http.listen"* ]]
  stop_margay "$pid"
}

@test "the alert of an absence is delivered at once on a daemon where nothing else happens" {
  rule Start Start
  rule End End
  cat >"$folder/rules/absence.lua" <<'LUA'
correlation {
  id = "Test.Absence", severity = "high", on = "operator", within_minutes = 10, late_minutes = 1,
  sequence = { "Test.Start", { rule = "Test.End", absent = true } },
}
LUA
  sed -i 's/severity = "low",/severity = "low", create_alert = false,/' "$folder/rules/"{Start,End}.lua
  rules="$folder/rules"
  start_slack
  write_config "$(follow_records)" "$(slack_destination)"
  records Start 1 1
  start_margay
  wait_for 30 has 1 correlation_state 'due IS NOT NULL'
  records Other 3000 3000 # nothing matches it, but time has passed
  wait_for 20 eval '[ "$(slack_stats .accepted)" = 1 ]'
  equal Test.Absence "$(sql 'SELECT rule_id FROM alert')" "the alert's rule"
  stop_margay "$pid"
}

@test "a signal ends the last deliveries of a daemon whose sources have all ended" {
  rule Bad Bad
  rules="$folder/rules"
  start_slack --fault slow:ms=60000
  follow_records >/dev/null
  records Bad 1 1
  write_config "  - {id: file, type: file, path: $folder/records.ndjson}" "$(slack_destination)"
  start_margay
  wait_for 30 eval '[ "$(slack_stats .requests)" = 1 ]'
  kill -TERM "$pid"
  wait_for 10 grep -q 'asked to stop' "$log"
  end_in_time "$pid" $stop_ms
  equal 1 "$(count outbox 'state = 0')" "deliveries that are still to be made"
}

# ask: a request on a connection that stays open.
ask() {
  local line body=
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' >&7
  while IFS= read -r -t 10 line <&7; do
    [ "$line" != $'\r' ] || break
  done
  IFS= read -r -t 10 body <&7
  [ "$body" = ok ]
}

# Rules, severities of destinations and retention differ from one reload to the next.
change() {
  rule New "New$(($1 % 2))"
  sed -i "s/severities: .*/severities: [low, medium, high$( (($1 % 2)) || echo ', critical')]/;
    s/retention: .*/retention: $((300 + $1))d/" "$config"
}

@test "200 reloads under load with four workers lose and double nothing, and drop no connection" {
  workers=4
  rule Bad Bad
  rule New New0
  rules="$folder/rules"
  start_slack
  write_config "$(follow_records)" "$(slack_destination)
    severities: [low, medium, high]"
  sed -i "s|^  path: .*|&\n  retention: 300d|" "$config"
  with_http
  start_margay
  wait_for 30 has_started
  wait_for 30 serves /readyz ready
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  local i
  for ((i = 0; i < 200; i++)); do
    change "$i"
    records Bad $((i * 10 + 1)) $((i * 10 + 5))
    records Good $((i * 10 + 6)) $((i * 10 + 10))
    kill -HUP "$pid"
    ask || fail "the connection was dropped at reload $i"
  done
  wait_for 60 has 2000 event
  ask
  exec 7>&-
  wait_for 120 all_delivered
  stop_margay "$pid"
  equal 2000 "$(count event)" "events"
  equal 2000 "$(sql 'SELECT count(DISTINCT row_id) FROM event')" "different events"
  equal 1000 "$(count rule_match "rule_id = 'Test.Bad'")" "matches"
  equal 1000 "$(count alert "rule_id = 'Test.Bad'")" "alerts"
  equal "$(count outbox)" "$(slack_deliveries | sort -u | wc -l)" "messages"
  equal "$(count outbox)" "$(slack_stats .accepted)" "messages, repeated ones too"
  [ "$(grep -c msg=reloaded "$log")" -gt 10 ]
  ! grep -q 'not reloaded' "$log"
}
