#!/usr/bin/env bats
# margay check --online tries what a configuration names, against a simulated Zoom and a simulated chat.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  FOLDER="$(mktemp -d)"
  pids=()
  cd "$FOLDER" || return
}

teardown() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$FOLDER"
}

# start NAME ARGUMENT…: a simulator in the background; sets $url once it listens.
start() {
  mkfifo "$1.out"
  exec 9<>"$1.out"
  "$MARGAY" sim "${@:2}" >"$1.out" 3>&- 9>&- &
  pids+=($!)
  read -r -t 60 _ _ url <&9
  exec 9>&-
}

start_both() {
  start zoom --generate operation=20 --generate activity=10 "$@"
  zoom=$url
  start chat --receiver
  chat=$url
  write_config
}

write_config() {
  cat >margay.yml <<YAML
rules: $BATS_TEST_DIRNAME/../e2e/rules/row.lua
sources:
  - {id: zoom, type: zoom_reports, account_id: springfield, client_id: margay,
     client_secret: ${secret:-not-a-secret}, api_url: $zoom/v2, token_url: $zoom/oauth/token}
destinations:
  - {id: terminal, type: console}
  - {id: soc, type: slack, url: $chat/services/T0/sesame}
  - {id: hook, type: webhook, url: $chat/hook}
YAML
}

check() {
  run --separate-stderr "$MARGAY" check "$@"
  echo "status $status"
  echo "$output"
  echo "${stderr:-}"
}

# The number of messages that the chat has taken.
messages() {
  curl -sf "$chat/stats" | jq .accepted
}

@test "the token, a page of each report and the address of each destination are tried, and nothing is sent" {
  start_both
  check --online
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "margay.yml: no mistakes"* ]]
  [ "${lines[1]}" = "source 'zoom': access token: Zoom gave one" ]
  [ "${lines[2]}" = "source 'zoom': scopes: granular scopes, all that the reports need" ]
  [[ "${lines[3]}" =~ ^"source 'zoom': report operation: a page of today's rows was read ("[0-9]+")"$ ]]
  [[ "${lines[4]}" == "source 'zoom': report activity: a page of today's rows was read ("* ]]
  [ "${lines[5]}" = "destination 'terminal': it prints; there is nothing to try online" ]
  [[ "${lines[6]}" == "destination 'soc': address: something answers there (a GET, with the status "*"); --send posts a test message" ]]
  [[ "${lines[7]}" == "destination 'hook': address: something answers there"* ]]
  [ "$(messages)" -eq 0 ]
  [ ! -e margay.db ]
}

@test "--send posts one test message to each destination, which says that it is one" {
  start_both
  check --online --send
  [ "$status" -eq 0 ]
  [[ "$output" == *"destination 'soc': test message: it was taken"* ]]
  [[ "$output" == *"destination 'hook': test message: it was taken"* ]]
  [[ "$output" == *"A test alert of margay: nothing has happened"* ]]
  [ "$(messages)" -eq 2 ]
  [ "$(curl -sf "$chat/messages" | grep -c 'A test alert of margay')" -eq 2 ]
}

@test "what Zoom refuses and what nobody answers fails, with the reason and without secrets" {
  start_both --no-scope activity
  chat=http://127.0.0.1:1 write_config
  check --online
  [ "$status" -eq 1 ]
  [[ "$output" == *"source 'zoom': report operation: a page"* ]]
  [[ "$output" == *"source 'zoom': scopes: FAILED: the app, which has granular scopes, lacks activity: report:read:user_activities:admin (classic: report:read:admin; role: User activity reports > Sign In/Sign Out): add "*", and activate it again"* ]]
  [[ "$output" == *"source 'zoom': report activity: FAILED: "*"report:read:user_activities:admin"* ]]
  [[ "$output" == *"destination 'soc': address: FAILED: "* ]]
  [[ "$stderr" == *"4 of these failed"* ]]
  [[ "$output$stderr" != *sesame* ]]
  secret=wrong-sesame write_config
  check --online
  [ "$status" -eq 1 ]
  [[ "$output" == *"source 'zoom': access token: FAILED: "* ]]
  [[ "$output" != *"report operation"* ]]
  [[ "$output$stderr" != *sesame* ]]
}

@test "a fault is reported at once and not tried again" {
  start_both --fault 429:retry-after=600
  check --online
  [ "$status" -eq 1 ]
  [[ "$output" == *"FAILED: "* ]]
}

@test "nothing is tried when there are mistakes, and --send goes with --online" {
  printf 'rulez: x\nsources: [{id: a, type: file, path: x}]\n' >margay.yml
  check --online
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  check --send
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--send goes with --online"* ]]
}
