#!/usr/bin/env bats
# Alarms of a daemon: a quiet file and a Zoom account that refuses the credentials.

load lib

# configure SECRET: the file's source may be quiet for a second.
configure() {
  write_config "$(zoom_source 'poll_interval: 1s' 'reports: [operation]' | sed "s/not-a-secret/$1/")
  - {id: file, type: file, label: Springfield, path: $folder/records.ndjson, follow: true, poll_interval: 50ms, quiet_after: 1s}" \
    "$(slack_destination '[resolved]')"
}

# The headings of the messages so far, without numbers and times.
headings() {
  curl -sf "$slack/messages" | jq -r '[.. | objects | select(.type? == "header") | .text.text] | join(" ")' |
    sed -E 's/[0-9]{4}-[0-9-]+T[0-9:]+Z/TIME/; s/[0-9]+ (s|min)/N \1/g; s/: margay: /: /' | LC_ALL=C sort
}

restarted() {
  [ "$(sql 'SELECT pid FROM daemon')" = "$pid" ] && has 1 source_health "state = 'failing' AND fault = 'credentials'"
}

@test "a quiet source and refused credentials are reported once, through a restart, and end by themselves" {
  mkdir "$folder/rules"
  printf 'metadata { id = "Test.None", log_types = { "Zoom.Operation" }, severity = "low",\n%s\n' \
    '  where = { action = "Nothing" } }' >"$folder/rules/none.lua"
  rules="$folder/rules"
  : >"$folder/records.ndjson"
  start_zoom --generate operation=10
  start_slack
  configure wrong-secret
  with_http
  start_margay
  wait_for 30 has 2 alarm
  wait_for 30 eval '[ "$(slack_stats .accepted)" = 2 ]'
  run "$margay" status --state "$store"
  equal 1 "$status" "exit status of margay status"
  [[ "$output" == *"wrong: source 'Springfield' is quiet: nothing has come for "* ]] || fail "$output"
  [[ "$output" == *"wrong: source 'zoom' is refused its credentials: operation: Zoom gives no access token"* ]] ||
    fail "$output"
  get /metrics | grep -qxF 'margay_alarms{alarm="source_quiet"} 1' || fail "/metrics lacks the alarm"
  get /metrics | grep -qxF 'margay_source_up{source="zoom"} 0' || fail "/metrics says that the source is up"
  get /readyz | grep -qxF 'alarm: source_credentials' || fail "/readyz lacks the alarm"

  stop_margay "$pid"
  start_margay
  wait_for 30 restarted
  wait_for 30 has 2 alarm
  equal 2 "$(count alert "type = 2")" "system alerts after a restart"

  printf '{"time":"2024-03-21T07:09:03Z","operator":"h@example.com","category_type":"User","action":"Update"}\n' \
    >>"$folder/records.ndjson"
  wait_for 30 eval '[ "$(count alarm "kind = '"'source_quiet'"'")" = 0 ]'
  configure not-a-secret
  kill -HUP "$pid"
  wait_for 30 eval '[ "$(count alarm)" = 0 ]'
  wait_for 30 eval '[ "$(slack_stats .accepted)" = 4 ]'
  wait_for 30 eval '"$margay" status --state "$store" >"$folder/status"'
  run "$margay" status --state "$store" --format json
  equal working "$(jq -r '.sources[] | select(.id == "zoom") | .state' <<<"$output")" "the source"
  stop_margay "$pid"
  headings >"$folder/headings"
  cat "$folder/headings"
  equal 2 "$(sort -u "$folder/headings" | wc -l)" "different alerts"
  equal 2 "$(curl -sf "$slack/messages" | grep -o 'resolved by margay: ended after' | wc -l)" "messages of an end"
  equal 2 "$(count alert_count "state = 2")" "resolved alerts"
  equal 4 "$(slack_deliveries | sort -u | wc -l)" "deliveries"
}

# forge: a request with a signature that is not right.
forge() {
  curl -s -o /dev/null -w '%{http_code}' -H "x-zm-signature: v0=$(printf '%064d' 0)" \
    -H "x-zm-request-timestamp: $(date +%s)" -d '{"event":"meeting.started"}' "http://127.0.0.1:$port/zoom"
}

@test "webhooks with wrong signatures are reported, and a webhook source works from its start" {
  start_slack
  write_config '  - {id: hook, type: zoom_webhook, path: /zoom, secret_token: s3cret}' "$(slack_destination '[resolved]')"
  echo 'health: {bad_signatures: 3}' >>"$config"
  with_http
  start_margay
  wait_for 30 has 1 source_health "state = 'working'"
  equal '401 401 401' "$(forge) $(forge) $(forge)" "answers"
  wait_for 30 has 1 alarm "kind = 'source_signatures' AND subject = 'hook'"
  wait_for 30 eval '[ "$(slack_stats .accepted)" = 1 ]'
  [[ "$(headings)" == *"Source 'hook' gets requests with wrong signatures: 3 within N minutes"* ]] || fail "$(headings)"
  stop_margay "$pid"
}
