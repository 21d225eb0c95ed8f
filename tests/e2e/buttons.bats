#!/usr/bin/env bats
# What people press in a Slack message changes the alert, and nothing else does.

load lib

bot() {
  printf '%s\n' "  - {id: soc, type: slack, token: xoxb-1, channel: C1, signing_secret: not-a-secret, api: \"$slack\", max_per_second: 1000}"
}

start() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/add.lua" <<'LUA'
metadata { id = "Test.Add", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "Add" } }
LUA
  printf '%s\n' '{"time":"2024-01-01T00:00:00Z","operator":"homer","category_type":"User","action":"Add","operation_detail":"1"}' \
    >"$folder/records.ndjson"
  rules="$folder/rules" packs='{}'
  start_slack
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 50ms}" "$(bot)"
  with_http
  start_margay
  wait_for 30 opened
  alert="$(sql "SELECT id FROM alert WHERE type = 0")"
  wait_for 30 grep -q msg=started "$log"
}

opened() {
  [ "$(sql "SELECT count(*) FROM alert WHERE type = 0" 2>/dev/null)" = 1 ]
}

# press ACTION [SECRET] [AGE] [PATH]: prints the status of the answer.
press() {
  local body time signature
  body="payload=$(jq -rn --arg action "$1" --arg alert "$alert" '{type: "block_actions",
    user: {id: "U1", name: "lisa"}, actions: [{action_id: $action, value: $alert}]} | tojson | @uri')"
  time=$(($(date +%s) - ${3:-0}))
  signature="v0=$(printf 'v0:%s:%s' "$time" "$body" | openssl dgst -sha256 -hmac "${2:-not-a-secret}" -r | cut -d' ' -f1)"
  curl -s --max-time 30 -o /dev/null -w '%{http_code}' -H "X-Slack-Signature: $signature" \
    -H "X-Slack-Request-Timestamp: $time" --data-raw "$body" "http://127.0.0.1:$port${4:-/interactions/soc}"
}

history() {
  "$margay" alerts show "$alert" --state "$store" -f json |
    jq -r '.history[] | [.who, .via, .action, .resolution // ""] | join(" ")'
}

@test "pressed buttons acknowledge, resolve and reopen, and the history says who" {
  start
  equal 200 "$(press acknowledge)" acknowledge
  equal 200 "$(press acknowledge)" "the second one comes too late"
  equal 200 "$(press false_positive)" resolve
  equal 200 "$(press reopen)" reopen
  equal "lisa button acknowledged 
lisa button resolved false_positive
lisa button reopened " "$(history)" history
  grep -q 'a button changed nothing.*reason="is acknowledged already' "$log"
}

@test "what is not signed, signed by others or old, changes nothing" {
  start
  equal 401 "$(press resolve wrong)" "a wrong signature"
  equal 401 "$(press benign not-a-secret 301)" "an old one"
  equal 401 "$(press benign not-a-secret -400)" "one of the future"
  equal 401 "$(curl -s -o /dev/null -w '%{http_code}' -d payload={} "http://127.0.0.1:$port/interactions/soc")" unsigned
  equal 404 "$(press benign not-a-secret 0 /interactions/other)" "another destination"
  equal 200 "$(press unheard_of)" "what is not ours"
  equal "" "$(history)" history
}

@test "muting a rule writes an entry of tuning and reloads" {
  start
  equal 200 "$(press mute)" mute
  wait_for 30 grep -q msg=reloaded "$log"
  grep -q 'rule: Test.Add' "$config"
  grep -q 'reason: "*muted by a button: lisa' "$config"
  "$margay" check -c "$config"
  equal "lisa button noted " "$(history)" history
}
