#!/usr/bin/env bats
# Zoom begins to send another type in one field of each report and webhook, while margay runs: no event is
# lost, rules go on, and what has changed is said once.

load lib

rows=400 # of each report

# webhooks FROM TO TYPE: bodies with a number where there was a text, if the type is "changed".
webhooks() {
  local number account='"AbCdEf"'
  [ "$3" = plain ] || account=7
  for ((number = $1; number <= $2; number++)); do
    printf '{"event":"user.deleted","event_ts":%d,"payload":{"account_id":%s,"operator":"a@example.com",' \
      $((1711004943000 + number)) "$account"
    printf '"object":{"id":"u%d","email":"user%d@example.com"}}}\n' "$number" "$number"
  done
}

# warnings SOURCE: the fields that were warned about, as "type field", sorted.
warnings() {
  sed -nE "s/.*level=warn msg=\"values are not what the schema says.*source=$1 log_type=([^ ]+) field=([^ ]+) .*/\1 \2/p" \
    "$log" | LC_ALL=C sort
}

# counted FIELD LINES: the sum of a counter over log lines.
counted() {
  grep "$2" "$log" | sed -nE "s/.* $1=([0-9]+).*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}

@test "a field of each report and webhook that changes its type costs no event and one warning" {
  start_zoom --generate operation=$rows --generate activity=$rows --generate meeting_activity=$rows \
    --matches 0.1 --fault retype:field=operator,share=0.5 --fault retype:field=client_type,share=0.5 \
    --fault retype:field=activity_detail,share=0.25
  webhooks 1 50 plain >"$folder/webhooks.ndjson"
  write_config "$(zoom_source 'poll_interval: 1s' 'reports: [operation, activity, meeting_activity]')
  - {id: hooks, type: file, path: $folder/webhooks.ndjson, follow: true, poll_interval: 20ms}"
  start_margay
  wait_for 60 has $((3 * rows + 50)) event
  webhooks 51 100 changed >>"$folder/webhooks.ndjson"
  wait_for 60 has $((3 * rows + 100)) event
  stop_margay "$pid"

  equal $((3 * rows)) "$(stored | grep -c '^"[^"]*","Zoom\.[^"]*","zoom",')" "rows"
  equal 100 "$(count event "log_type = 'Zoom.User'")" "webhooks"
  equal 0 "$(count dead_letter)" "dead letters"
  same_matches
  equal 100 "$(sql "SELECT count(*) FROM rule_match WHERE rule_id = 'Zoom.User.Created.Or.Removed'")" "matches of webhooks"
  equal 0 "$(count alert "type = 1")" "rule errors"

  equal "Zoom.Activity client_type
Zoom.MeetingActivity activity_detail
Zoom.MeetingActivity operator
Zoom.Operation operator" "$(warnings zoom)" "what was warned about"
  equal "Zoom.User payload.account_id" "$(warnings hooks)" "what was warned about in webhooks"
  ! grep -F 'a@example.com' "$log" || fail "a value of a record is in the log"
  equal $((rows / 2 + rows / 2 + rows / 2 + rows / 4)) "$(counted schema_errors 'report read')" "values in the poll lines"
  equal 0 "$(counted dead_letters 'report read')" "dead letters in the poll lines"
  equal $((rows / 2 + rows / 2 + rows / 2 + rows / 4 + 50)) "$(counted schema_errors 'msg=stopped')" "values at the end"
}

@test "a file source says at its end what became of its records" {
  mkdir "$folder/schemas" "$folder/no_rules"
  {
    webhooks 1 3 plain
    webhooks 4 5 changed
    echo '{"event":"user.deleted","p_log_type":"Zoom.None"}'
    head -c 100 /dev/zero
  } >"$folder/webhooks.ndjson"
  write_config "  - {id: hooks, type: file, path: $folder/webhooks.ndjson}"
  run_margay
  grep -q 'msg="everything was read" source=hooks records=7 events=5 dead_letters=2 schema_errors=2' "$log"
  equal 2 "$(grep -c 'level=warn msg="records are refused' "$log")" "warnings of refused records"
}
