#!/usr/bin/env bats
# The main job from end to end: Zoom's reports in, alerts to a chat, nothing lost or doubled.

load lib

# Rows of the last 20 hours, all of them already available.
start_busy_zoom() {
  start_zoom --seed 11 --generate operation=6000 --generate activity=4000 \
    --start "$(date -ud '20 hours ago' +%FT%TZ)" --matches 0.02 "$@"
}

@test "10,000 records on 40 pages with every fault of a real network arrive once" {
  # The first fault that strikes wins, so each fault has its own requests.
  start_busy_zoom --fault page-token:page=5 --fault 429:at=3+19,retry-after=1 --fault 429:at=7+31 \
    --fault 500:every=9 --fault late:share=0.03,after=20 --fault identical:share=0.01
  start_slack
  write_config "$(zoom_source 'poll_interval: 1s')" "$(slack_destination)"
  start_margay

  local rows
  rows="$(zoom_stats '[.reports[].rows] | add')"
  [ "$(zoom_stats '[.reports[].late] | add')" -gt 200 ]
  [ "$(zoom_stats '[.reports[].identical] | add')" -gt 50 ]
  wait_for 90 has "$rows" event
  wait_for 60 all_delivered
  stop_margay "$pid"
  [ "$(zoom_stats .pages)" -ge 40 ]
  equal '' "$(zoom_stats '.faults | to_entries[] | select(.value == 0).key |
    select(test("late|identical") | not)')" "faults that did not happen"

  equal "$rows" "$(sql 'SELECT count(*) FROM event')" "events"
  equal 0 "$(sql 'SELECT count(*) FROM dead_letter')" "dead letters"
  same_matches

  # The receiver has every alert exactly once, each with its own key.
  slack_deliveries | LC_ALL=C sort >"$folder/delivered"
  sql "SELECT idempotency_key || ' ' || alert_id FROM outbox" | LC_ALL=C sort >"$folder/outbox"
  same "$folder/outbox" "$folder/delivered" "the messages at Slack and the outbox"
  equal "$(sql 'SELECT count(*) FROM alert')" "$(wc -l <"$folder/delivered")" "messages"
  equal '' "$(cut -d' ' -f1 "$folder/delivered" | uniq -d)" "keys used twice"
  "$margay" alerts list --config "$config" --format json --limit 1000 | jq -r .alert_id |
    LC_ALL=C sort >"$folder/listed"
  cut -d' ' -f2 "$folder/delivered" | LC_ALL=C sort | same - "$folder/listed" "the alerts"

  # The poll that wrote it may have begun on the previous day.
  local checkpoint
  checkpoint="$(sql "SELECT checkpoint FROM checkpoint WHERE source_id = 'zoom'")"
  [[ "$(date -u +%F)$(date -ud '1 minute ago' +%F)" == *"$(jq -r .operation <<<"$checkpoint")"* ]]
  equal "$(jq -r .operation <<<"$checkpoint")" "$(jq -r .activity <<<"$checkpoint")" "both days"

  # A second run reads everything again and finds nothing new.
  cp "$store" "$folder/before.db"
  local served accepted
  served="$(zoom_stats .rows_served)" accepted="$(slack_stats .accepted)"
  write_config "$(zoom_source 'poll_once: true' 'overlap: 30d')" "$(slack_destination)"
  run_margay
  equal 0 "$status" "exit status of the second run"
  [ "$(zoom_stats .rows_served)" -ge $((served + rows)) ]
  equal_stores "$folder/before.db" "$store"
  equal "$accepted" "$(slack_stats .accepted)" "messages after the second run"
  sound
}
