#!/usr/bin/env bats
# What the state file shows to others: nothing by its mode, and no access token where there is a key.

load lib
own_rules=tests/e2e/rules/row.lua

has_read() {
  [ "$(grep -c 'msg="report read"' "$log")" -gt "$1" ]
}

# Starts the daemon, and stops it when Zoom has taken its access token.
run_with_token() {
  local before
  before="$(grep -c 'msg="report read"' "$log" || true)"
  start_margay
  wait_for 30 has_read "$before"
  stop_margay "$pid"
}

with_key() {
  write_config "$(zoom_source)"
  [ -z "$1" ] || sed -i "s|^  path: .*|&\n  key: $1|" "$config"
}

token() {
  sql "SELECT token FROM token"
}

minted() {
  zoom_stats .tokens_minted
}

@test "the state's files are for their owner alone, whoever could read them before" {
  start_zoom --count 100
  with_key ''
  run_with_token
  chmod 0644 "$store"
  chmod 0664 "$store.lock"
  run_with_token
  equal 600 "$(stat -c %a "$store")" "mode of the state file"
  equal 600 "$(stat -c %a "$store.lock")" "mode of the lock"
  equal 2 "$(grep -c 'was open to others' "$log")" "warnings"
}

@test "the access token is sealed with state.key and used again with the same key" {
  start_zoom --count 100
  head -c 32 /dev/urandom | base64 >"$folder/key"
  with_key file:key
  run_with_token
  [[ "$(token)" == margay-sealed-1:* ]]
  run_with_token
  equal 1 "$(minted)" "tokens that Zoom made"
  run grep -F "$(cat "$folder/key")" "$log"
  [ "$status" -ne 0 ]
}

@test "another key, a missing one and a new one make the daemon take another token, and say why" {
  start_zoom --count 100
  with_key "$(head -c 32 /dev/urandom | base64)"
  run_with_token
  with_key "$(head -c 32 /dev/urandom | base64)"
  run_with_token
  grep -q 'stored access token is not used.*another state.key' "$log"
  equal 2 "$(minted)" "tokens that Zoom made"
  with_key ''
  run_with_token
  grep -q 'stored access token is not used.*there is no state.key' "$log"
  [[ "$(token)" != margay-sealed* ]]
  with_key "$(head -c 32 /dev/urandom | base64)"
  run_with_token
  grep -q 'stored access token is not used.*it is not sealed' "$log"
  equal 4 "$(minted)" "tokens that Zoom made"
}

@test "a key that is not 32 bytes is a mistake" {
  zoom=http://127.0.0.1:1
  for key in short "$(head -c 31 /dev/urandom | base64)" 'not base64 at all!'; do
    with_key "'$key'"
    run "$margay" check -c "$config"
    [ "$status" -eq 2 ]
    [[ "$output" == *"key is not 32 bytes in base64: make one with openssl rand -base64 32"* ]]
  done
}

@test "the daemon leaves no core dump, unless it is asked to" {
  start_zoom --count 100
  with_key ''
  start_margay
  wait_for 30 has_started
  grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits"
  stop_margay "$pid"
  start_margay --core-dumps
  wait_for 30 has_started
  equal "$(awk '/core file/' /proc/self/limits)" "$(awk '/core file/' "/proc/$pid/limits")" "the limit"
  stop_margay "$pid"
}
