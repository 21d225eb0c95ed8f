#!/usr/bin/env bats
# Chats that are down, slow or refuse messages: alerts wait and are delivered once, or are parked and
# shown; other deliveries continue.

load lib
own_rules=tests/e2e/rules/row.lua

begin() {
  start_zoom --seed 4 --generate operation=400 --matches 0.06
  start_slack "$@"
  write_config "$(zoom_source 'poll_interval: 1s')" "$(slack_destination)"
}

# Every alert was accepted once, and none is left.
delivered_once() {
  [ "$(count alert)" -gt 10 ] || fail "too few alerts" || return 1
  equal "$(count alert)" "$(slack_deliveries | wc -l)" "messages" &&
    sql "SELECT idempotency_key || ' ' || alert_id FROM outbox ORDER BY 1" |
    same - <(slack_deliveries | LC_ALL=C sort) "the outbox and the messages"
}

delivered() {
  [ "$(count outbox 'state = 1')" -ge "$1" ] && all_delivered
}

# The webhook's URL is a secret.
no_secret_in_log() {
  ! grep -F services/security "$log"
}

@test "a destination that is down is reported once, and gets every alert once when it is back" {
  begin
  local port="${slack##*:}"
  kill_server "$server"
  start_margay
  wait_for 60 has 1 outbox 'attempts > 0'
  wait_for 60 has 400 event
  equal 0 "$(count outbox 'state <> 0')" "alerts that do not wait"
  start_slack --port "$port"
  wait_for 60 delivered 10
  stop_margay "$pid"
  delivered_once
  equal 1 "$(grep -c 'level=warn.*could not connect' "$log")" "warnings"
  no_secret_in_log
}

@test "a destination that is down at the end of one run gets the alerts from the next" {
  begin
  local port="${slack##*:}"
  kill_server "$server"
  start_margay
  wait_for 60 has 400 event
  wait_for 60 has 1 outbox 'attempts > 0'
  stop_margay "$pid"
  start_slack --port "$port"
  start_margay
  wait_for 60 delivered 10
  stop_margay "$pid"
  delivered_once
}

@test "a destination that is busy or failing gets every alert once" {
  begin --fault 429:at=2,retry-after=1 --fault 503:at=5 --fault 500:at=7 --fault close:at=9
  start_margay
  wait_for 60 delivered 10
  stop_margay "$pid"
  delivered_once
  no_secret_in_log
}

@test "a refused alert is parked and shown, not sent again, and the others continue" {
  begin --fault 400:first=2
  start_margay
  wait_for 60 delivered 10
  stop_margay "$pid"
  equal 2 "$(count outbox 'state = 2 AND attempts = 1')" "parked alerts"
  equal "$(count alert)" "$(slack_stats .requests)" "requests: one for each alert"
  equal 2 "$(grep -c 'level=error msg="alert not delivered: it is parked' "$log")" "errors"
  no_secret_in_log
  run "$margay" outbox --config "$config"
  [ "$status" -eq 0 ]
  equal 2 "$(grep -c 'parked.*security.*400' <<<"$output")" "parked alerts that are shown"

  # After the cause is fixed.
  "$margay" outbox retry --all --config "$config" | grep -q '2 parked deliveries are pending again'
  start_margay
  wait_for 60 all_delivered
  stop_margay "$pid"
  delivered_once
}
