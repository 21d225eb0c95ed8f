#!/usr/bin/env bats
# margay alerts on a store that margay run has written.

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export folder
  folder="$(mktemp -d)"
  mkdir "$folder/rules"
  cat >"$folder/rules/owner.lua" <<'LUA'
metadata {
  id = "Test.OwnerChanged",
  display_name = "An owner was changed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  where = { category_type = "User" },
}
function title(event)
  return "Changed by " .. event.operator
end
LUA
  cat >"$folder/records.ndjson" <<'JSON'
{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"a\u001b[31m"}
{"time":"2024-03-21T07:10:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"b"}
{"time":"2024-03-21T07:11:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"c"}
{"time":"2024-03-21T07:12:03Z","operator":"marge@example.com","category_type":"Account","action":"Update","operation_detail":"d"}
JSON
  # The simulator answers 404 for an unknown path, which parks a webhook's delivery.
  mkfifo "$folder/out"
  exec 9<>"$folder/out"
  "$margay" sim >"$folder/out" 2>/dev/null 3>&- 9>&- &
  sim=$!
  read -r -t 60 _ _ url <&9
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db}
rules: [rules]
schemas: $BATS_TEST_DIRNAME/../../schemas
sources:
  - {id: records, type: file, path: $folder/records.ndjson, follow: false}
destinations:
  - {id: screen, type: console}
  - {id: hook, type: webhook, url: "$url/nowhere", secret: whsec_dGVzdHRlc3R0ZXN0dGVzdA==}
YAML
  "$margay" run -c "$folder/margay.yml" >"$folder/run.out" 2>"$folder/run.err" 3>&- 9>&- || {
    cat "$folder/run.err"
    false
  }
  kill "$sim"
  wait "$sim" || true
}

teardown_file() {
  rm -rf "$folder"
}

alerts() {
  run --separate-stderr "$margay" alerts "$@" -c "$folder/margay.yml"
}

outbox() {
  run --separate-stderr "$margay" outbox "$@" -c "$folder/margay.yml"
}

# The id of the first alert whose line of NDJSON contains $1.
id_of() {
  "$margay" alerts list -f json -c "$folder/margay.yml" |
    sed -n "/$1/s/.*\"alert_id\":\"\\([0-9a-f]*\\)\".*/\\1/p" | head -n 1
}

bats_require_minimum_version 1.5.0

@test "help names examples" {
  alerts --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"margay alerts show 3f9c21"* ]]
}

@test "the list has one line per alert" {
  alerts
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ "$output" == *"HIGH"*"Test.OwnerChanged"*"2"*"parked 1/2"*"Changed by homer@example.com"* ]]
  [[ "$output" == *"Changed by marge@example.com"* ]]
}

@test "the list has no colours if the output is not a terminal" {
  alerts
  [[ "$output" != *$'\x1b'* ]]
}

@test "filters leave out alerts" {
  alerts --severity critical
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$stderr" = "no alerts" ]
  alerts --rule Test.OwnerChanged --since 1h -n 1
  [ "${#lines[@]}" -eq 2 ]
}

@test "show prints the events and why a delivery was parked" {
  alerts show "$(id_of homer)"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"screen  delivered"* ]]
  [[ "$output" == *"hook  parked"*"last error: "*"404"* ]]
  [[ "$output" == *'"operation_detail": "a\u001b[31m"'* ]]
  [[ "$output" == *'"operation_detail": "b"'* ]]
  [[ "$output" != *$'\x1b'* ]]
}

@test "the first characters of an id are enough" {
  id="$(id_of marge)"
  alerts show "${id:0:10}"
  [ "$status" -eq 0 ]
  [[ "$output" == *"$id"* ]]
}

@test "parked deliveries are listed and can be sent again" {
  outbox
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  outbox retry "$(id_of homer)"
  [ "$status" -eq 0 ]
  [[ "$output" == "1 parked delivery is pending again"* ]]
  outbox --state-filter pending --format json
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == *'"destination":"hook"'* ]]
}

@test "mistakes exit with 2, unknown alerts with 1" {
  alerts lst
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"did you mean 'list'?"* ]]
  run "$margay" alerts --state "$folder/typo.db"
  [ "$status" -eq 2 ]
  [ ! -e "$folder/typo.db" ]
  alerts show ffffffff
  [ "$status" -eq 1 ]
}

@test "the list says when there are more alerts than it shows" {
  alerts -n 1
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 2 ]
  [[ "$stderr" == *"only the newest 1 are listed: -n lists more, --until older ones"* ]]
  alerts -n 2
  [ "${#lines[@]}" -eq 3 ]
  [ -z "$stderr" ]
}

@test "a rule's id may be written in any case" {
  alerts --rule test.OWNERCHANGED
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  for command in "scan --rule" "test --rule" "explain"; do
    # shellcheck disable=SC2086
    case $command in
      scan*) run "$margay" $command test.ownerchanged --rules "$folder/rules" "$folder/records.ndjson" ;;
      test*) run "$margay" $command test.ownerchanged "$folder/rules" ;;
      *) run "$margay" $command --rules "$folder/rules" test.ownerchanged "$folder/records.ndjson" ;;
    esac
    echo "$output"
    [[ "$output" != *"no rule with the id"* ]]
  done
  run "$margay" rules show test.ownerCHANGED "$folder/rules"
  [[ "$output" == *"Test.OwnerChanged"* ]]
}

@test "a reader that had enough ends every command without a word" {
  for command in "alerts list -c $folder/margay.yml" "alerts -f json -c $folder/margay.yml" \
    "alerts show $(id_of homer) -c $folder/margay.yml" "rules list" "check --json-schema" \
    "check --settings-markdown" "sim --print operation --count 20000" \
    "scan --alerts $folder/records.ndjson"; do
    # A descriptor that nobody reads any more.
    # shellcheck disable=SC2086
    status=0 stderr="$(exec 2>&1; { sleep 0.2; "$margay" $command; echo "status $?" >&2; } | :)"
    echo "$command: $stderr"
    [[ "$stderr" == *"status 0"* ]]
    [[ "$stderr" != *"cannot write"* ]]
    [[ "$stderr" != *roken* ]]
  done
}

@test "what is followed shows changes, in words and as JSON" {
  id="$(id_of marge)"
  mkfifo "$folder/followed" "$folder/json"
  exec 8<>"$folder/followed" 9<>"$folder/json"
  "$margay" alerts list --follow --since 1h --status open -c "$folder/margay.yml" >"$folder/followed" 3>&- 8>&- 9>&- &
  words=$!
  "$margay" alerts list --follow --since 1h -f json -c "$folder/margay.yml" >"$folder/json" 3>&- 8>&- 9>&- &
  json=$!
  for fd in 8 9; do # they are there
    read -r -t 60 -u "$fd" line
    read -r -t 60 -u "$fd" line
  done
  "$margay" alerts ack "$id" --by lisa --note "on it" -c "$folder/margay.yml"
  read -r -t 60 -u 8 line
  echo "$line"
  [[ "$line" == *"HIGH"*"${id:0:12}  lisa: acknowledged: on it  Changed by marge@example.com" ]]
  read -r -t 60 -u 9 line
  kill "$words" "$json"
  wait "$words" "$json" || true
  exec 8>&- 9>&-
  [[ "$line" == *"\"alert_id\":\"$id\""*'"state":"acknowledged"'*'"change":{"at":'*'"who":"lisa","via":"cli","action":"acknowledged","note":"on it"}}' ]]
}

@test "the words of 0.1.0 for the outbox still work" {
  run --separate-stderr "$margay" alerts outbox --state /nowhere.db
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay outbox: cannot read /nowhere.db"* ]]
  run --separate-stderr "$margay" alerts retry --state /nowhere.db
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay outbox: "* ]]
}
