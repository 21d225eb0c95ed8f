#!/usr/bin/env bats
# Repeated kill -9 at any moment: the store ends as if nothing had happened, and every alert is
# delivered, each delivery with the key of its alert.
#
# MARGAY_SEED selects other moments; every run prints the seed that it used.

load lib
# tests/run: a job for each test

# begin ARGUMENT…: starts a simulator with these arguments and a receiver, with an empty store.
begin() {
  start_zoom "$@"
  start_slack --fault "slow:ms=${slack_ms:-5}"
  store="$folder/store.$((++stores)).db"
  write_config "$(zoom_source 'poll_interval: 1s')" "$(slack_destination)"
  rows="$(zoom_stats '[.reports[].rows] | add')"
}

finish() {
  wait_for 90 complete "$rows"
  stop_margay "$pid"
}

# A run without kills for comparison; its store is in $reference.
run_undisturbed() {
  begin "$@"
  start_margay
  finish
  reference="$store" alerts="$(count alert)"
  [ "$alerts" -gt 20 ]
}

# Waits for a random moment: a time, a number of events, or a number of deliveries.
random_moment() {
  local now at
  case $((RANDOM % 3)) in
  0)
    moment="$((RANDOM % 900)) ms after its start"
    pause_for "${moment%% *}"
    ;;
  1)
    now="$(count event)" at=$((now + RANDOM % (rows - now + 1)))
    moment="at $at events"
    at_moment has "$at" event
    ;;
  2)
    now="$(count outbox 'state = 1')" at=$((now + RANDOM % (alerts - now + 1)))
    moment="at $at deliveries"
    at_moment has "$at" outbox 'state = 1'
    ;;
  esac
}

# Waits until the moment has come, at most three seconds: after the end of the work it never comes.
at_moment() {
  local end=$((SECONDS + 3))
  until "$@" || ((SECONDS >= end)); do
    pause_for 40
  done
}

check_against_reference() {
  sound
  equal_stores "$reference" "$store" "$remembered"
  sql "SELECT idempotency_key || ' ' || alert_id FROM outbox" | LC_ALL=C sort >"$folder/outbox"
  equal "$(count alert)" "$(wc -l <"$folder/outbox")" "rows of the outbox"
  # At least once; repeated deliveries have the same key.
  slack_deliveries | LC_ALL=C sort -u | same "$folder/outbox" - "the messages and the outbox"
}

# kill_often TIMES ARGUMENT…: kills the daemon that many times; starts over whenever it finishes first.
kill_often() {
  local times=$1 kills=0
  shift
  while ((kills < times)); do
    begin "$@"
    while ((kills < times)) && ! complete "$rows"; do
      start_margay
      random_moment
      kill_margay "$pid"
      echo "# kill $((++kills)): $moment, $(count event) of $rows events, $(slack_stats .accepted) messages" >&3
    done
    start_margay
    finish
    check_against_reference
  done
}

choose_moments() {
  RANDOM="${MARGAY_SEED:-20261121}"
  echo "# MARGAY_SEED=${MARGAY_SEED:-20261121}" >&3
  stores=0 remembered=
}

# Which alert a match joins may depend on earlier matches, and late rows arrive at any time, so here
# every matching row opens its own alert.
@test "eight kills with late and identical rows leave the same alerts, matches and events" {
  choose_moments
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  local arguments=(--seed 5 --generate operation=3000 --generate activity=2000
    --start "$(date -ud '20 hours ago' +%FT%TZ)" --end "$(date -u +%FT%TZ)"
    --fault late:share=0.05,after=20 --fault identical:share=0.01 --fault 500:every=13)
  run_undisturbed "${arguments[@]}"
  kill_often 8 "${arguments[@]}"
}

@test "eight kills over five months of history leave the same alerts, counts and times" {
  choose_moments
  lookback=155d
  local arguments=(--seed 6 --generate operation=3000 --generate activity=2000 --matches 0.03
    --start "$(date -ud '150 days ago' +%FT%TZ)" --end "$(date -u +%FT%TZ)"
    --fault identical:share=0.01 --fault 429:every=17 --latency 5)
  run_undisturbed "${arguments[@]}"
  kill_often 8 "${arguments[@]}"
}

@test "kills while files are read leave the same alerts, matches and events" {
  choose_moments
  "$margay" sim --print operation --count 12000 --seed 9 --matches 0.004 >"$folder/one.ndjson"
  "$margay" sim --print operation --count 8000 --seed 10 --matches 0.004 >"$folder/two.ndjson"
  local sources="  - {id: one, type: file, path: $folder/one.ndjson, follow: true}
  - {id: pattern, type: file, path: '$folder/tw*.ndjson', follow: true}"
  start_slack
  rules="$BATS_TEST_DIRNAME/rules/row.lua" rows=20000
  reference="$folder/reference.db" store="$folder/reference.db"
  write_config "$sources"
  start_margay
  finish
  alerts="$(count alert)" store="$folder/killed.db"
  write_config "$sources" "$(slack_destination)"
  local kills
  for kills in 1 2 3 4 5 6; do
    start_margay
    random_moment
    kill_margay "$pid"
    echo "# kill $kills: $moment, $(count event) of $rows events" >&3
  done
  start_margay
  finish
  check_against_reference
}

@test "kills while stateful rules run leave the same kv, and the same alerts about it" {
  choose_moments
  lookback=155d
  rules="$BATS_TEST_DIRNAME/rules/memory.lua" remembered=kv
  local arguments=(--seed 11 --generate operation=3000
    --start "$(date -ud '150 days ago' +%FT%TZ)" --end "$(date -u +%FT%TZ)"
    --fault identical:share=0.01 --fault 500:every=17 --latency 5)
  run_undisturbed "${arguments[@]}"
  kill_often 6 "${arguments[@]}"
}

@test "kills while correlations wait leave the same findings, and the same waiting state" {
  choose_moments
  lookback=155d
  rules="$BATS_TEST_DIRNAME/rules/correlation" remembered=correlations
  local arguments=(--seed 12 --generate operation=3000
    --start "$(date -ud '40 days ago' +%FT%TZ)" --end "$(date -ud '1 day ago' +%FT%TZ)"
    --fault identical:share=0.01 --fault 500:every=17 --latency 5)
  run_undisturbed "${arguments[@]}"
  kill_often 6 "${arguments[@]}"
}

@test "after kills during deliveries, repeated messages have the same key" {
  slack_ms=400 rules="$BATS_TEST_DIRNAME/rules/row.lua"
  begin --seed 7 --generate operation=300 --matches 0.1
  local i before
  for i in 1 2 3 4 5 6; do
    start_margay
    before="$(slack_stats .accepted)"
    # The receiver has accepted the message but margay does not have the answer yet when it dies.
    wait_for 30 more_messages_than "$before"
    kill_margay "$pid"
  done
  start_margay
  finish
  sound
  slack_deliveries | LC_ALL=C sort >"$folder/deliveries"
  [ "$(wc -l <"$folder/deliveries")" -gt "$(count alert)" ]
  sql "SELECT idempotency_key || ' ' || alert_id FROM outbox" | LC_ALL=C sort |
    same - <(uniq "$folder/deliveries") "the outbox and the messages"
}

more_messages_than() {
  [ "$(slack_stats .accepted)" -gt "$1" ]
}

@test "after a kill while a token is requested, the next start requests its own and keeps it" {
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  begin --seed 8 --generate operation=500 --fault slow:on=oauth,ms=1500
  local i
  for i in 1 2 3; do
    start_margay
    wait_for 30 minted "$i"
    kill_margay "$pid"
  done
  equal 0 "$(count event)" "events"
  start_margay
  finish
  equal 4 "$(zoom_stats .tokens_minted)" "tokens"
  start_margay
  wait_for 30 served_again
  stop_margay "$pid"
  equal 4 "$(zoom_stats .tokens_minted)" "tokens after another start"
  equal 0 "$(zoom_stats .unauthorized)" "requests without a valid token"
  sound
}

minted() {
  [ "$(zoom_stats .tokens_minted)" -ge "$1" ]
}

served_again() {
  [ "$(zoom_stats .rows_served)" -gt "$rows" ]
}
