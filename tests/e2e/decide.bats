#!/usr/bin/env bats
# People decide about one alert at the same time: by the command line, by a button, by the API.

load lib

start() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/add.lua" <<'LUA'
metadata { id = "Test.Add", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "Add" } }
LUA
  printf '%s\n' '{"time":"2024-01-01T00:00:00Z","operator":"homer","category_type":"User","action":"Add","operation_detail":"1"}' \
    >"$folder/records.ndjson"
  rules="$folder/rules" packs='{}'
  start_slack
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 50ms, history_alerts: all}" \
    "  - {id: soc, type: slack, token: xoxb-1, channel: C1, signing_secret: not-a-secret, api: \"$slack\", max_per_second: 1000}"
  with_http
  start_margay
  wait_for 30 has 1 alert
  wait_for 30 serves
  alert="$(sql "SELECT id FROM alert")"
  token="$("$margay" token new api --role analyst --state "$store")"
}

serves() {
  curl -sf --max-time 5 -o /dev/null "http://127.0.0.1:$port/readyz"
}

# by_command CHANGE, by_api CHANGE, by_button CHANGE: print "done" if it was the one that counted. Of a button only the
# history says that.
by_command() {
  "$margay" alerts "$1" "$alert" --by bart --state "$store" >"$folder/by_command" 2>&1 && echo done
}

by_api() {
  local status
  status="$(curl -s --max-time 30 -o "$folder/by_api" -w '%{http_code}' -H "Authorization: Bearer $token" --json "{\"change\":\"$1\"}" \
    "http://127.0.0.1:$port/api/v1/alerts/$alert/changes")"
  [ "$status" = 200 ] && echo done
}

by_button() {
  local body time signature action=acknowledge
  [ "$1" = ack ] || action=reopen
  body="payload=$(jq -rn --arg action "$action" --arg alert "$alert" '{type: "block_actions",
    user: {id: "U1", name: "lisa"}, actions: [{action_id: $action, value: $alert}]} | tojson | @uri')"
  time=$(date +%s)
  signature="v0=$(printf 'v0:%s:%s' "$time" "$body" | openssl dgst -sha256 -hmac not-a-secret -r | cut -d' ' -f1)"
  curl -s --max-time 30 -o /dev/null -H "X-Slack-Signature: $signature" -H "X-Slack-Request-Timestamp: $time" \
    --data-raw "$body" "http://127.0.0.1:$port/interactions/soc"
}

# all_at_once CHANGE: by all three ways; how many of the command and the API counted is in $counted.
all_at_once() {
  by_command "$1" >"$folder/done_command" &
  local jobs=($!)
  by_api "$1" >"$folder/done_api" &
  jobs+=($!)
  by_button "$1" &
  jobs+=($!)
  wait "${jobs[@]}" || true
  counted=$(cat "$folder/done_command" "$folder/done_api" | wc -l)
}

history() {
  "$margay" alerts show "$alert" --state "$store" -f json | jq -r '.history[] | [.via, .action] | join(" ")'
}

# The history is acknowledged, reopened, acknowledged, …, and the last one is how the alert is.
is_one_story() {
  history >"$folder/history"
  awk '$2 != (NR % 2 ? "acknowledged" : "reopened") { exit 1 }' "$folder/history" || fail "a change counted twice: $(<"$folder/history")"
  local state=open
  [ "$(tail -n 1 "$folder/history" | cut -d' ' -f2)" != acknowledged ] || state=acknowledged
  equal $state "$("$margay" alerts show "$alert" --state "$store" -f json | jq -r .state)" "the alert"
}

@test "of three who decide the same at once, one counts, whichever way they take" {
  start
  local round before change=ack
  for round in 1 2 3 4 5 6 7 8; do
    before=$(history | wc -l)
    all_at_once $change
    wait_for 10 changed_once "$before"
    [ "$counted" -le 1 ] || fail "round $round: the command and the API both counted"
    is_one_story
    [ $change = ack ] && change=reopen || change=ack
  done
  
}

changed_once() {
  [ "$(history | wc -l)" = $(($1 + 1)) ]
}

@test "a daemon that is killed while they decide leaves one history" {
  start
  local round change
  for round in 1 2 3 4 5; do
    change=ack
    [ "$("$margay" alerts show "$alert" --state "$store" -f json | jq -r .state)" = open ] || change=reopen
    all_at_once $change &
    local deciding=$!
    sleep "0.0$((round * 2 - 1))" # the kill comes earlier or later within what they do
    kill -9 "$pid"
    wait "$pid" || true
    wait "$deciding"
    is_one_story
    start_margay
    wait_for 30 serves
  done
  stop_margay "$pid"
  sound "$store"
}
