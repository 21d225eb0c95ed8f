#!/usr/bin/env bats
# margay check reports every mistake in one run, each with its place and what to do.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  ROOT="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  FOLDER="$(mktemp -d)"
}

teardown() {
  rm -rf "$FOLDER"
}

check() {
  run --separate-stderr "$MARGAY" check "$@"
  echo "status $status"
  echo "$output"
  echo "$stderr"
}

# Each line of standard input must be a line of the report, and the report must have no other lines.
# The report is compared without absolute names of the test's folder, and without the lists of kinds.
reported_exactly() {
  local expected reported
  expected=$(sort)
  reported=$(sed "s|$FOLDER/||g; s|known: [a-z_, ]*)|known: …)|" <<<"$stderr" | sed '$d' | sort)
  diff <(echo "$expected") <(echo "$reported")
}

@test "the bundled configurations have no mistakes, and margay.yml takes what it needs from the environment" {
  cd "$ROOT"
  check -c demo.yml
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  check
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay.yml:"*": the environment variable ZOOM_ACCOUNT_ID is not set"* ]]
  export ZOOM_ACCOUNT_ID=a ZOOM_CLIENT_ID=b ZOOM_CLIENT_SECRET=c SLACK_WEBHOOK_URL=https://hooks.slack.com/services/x
  check
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ "$output" == "margay.yml: no mistakes (sources: 1, destinations: 2, schemas: "*", rules: "* ]]
  cd /
  check -c "$ROOT/margay.yml"
  [ "$status" -eq 0 ]
}

@test "the file that a user edits holds nothing that only the simulator takes" {
  run grep -nEi 'springfield|not-a-secret|127\.0\.0\.1|simulat.*http' "$ROOT/margay.yml"
  [ "$status" -eq 1 ]
}

@test "the complete example of docs/configuration.md has no mistakes" {
  mkdir "$FOLDER/secrets" "$FOLDER/rules"
  awk '/^```yaml complete/ { inside = 1; next } /^```/ { inside = 0 } inside' \
    "$ROOT/docs/configuration.md" | sed "s|/var/lib/margay|$FOLDER|" >"$FOLDER/margay.yml"
  [ -s "$FOLDER/margay.yml" ]
  echo a-secret >"$FOLDER/secrets/zoom"
  echo https://hooks.slack.com/services/T0/B0/x >"$FOLDER/secrets/slack"
  export ZOOM_ACCOUNT_ID=a ZOOM_CLIENT_ID=b ALERT_WEBHOOK_SECRET=whsec_dGVzdHRlc3R0ZXN0dGVzdA==
  cd /
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 0 ]
  rm "$FOLDER/secrets/zoom"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay.yml:14:20: cannot read the secret's file $FOLDER/secrets/zoom: No such file or directory"* ]]
}

@test "every mistake in the configuration is reported with file, line, column and what to do" {
  mkdir "$FOLDER/rules" "$FOLDER/schemas"
  export MARGAY_TEST_PORT=70000
  unset MARGAY_TEST_UNSET
  cat >"$FOLDER/margay.yml" <<'YAML'
rulez: [rules]
workers: 100
fixtures:
state: {path: m.db, keep_event: true, retention: 30 parsecs}
log: {level: noisy, format: logfmtt}
sources:
  - {id: a, type: zoom_report}
  - {id: b, type: zoom_reports, account_id: x, client_idd: y, client_secret: "${MARGAY_TEST_UNSET}", reports: [operations]}
  - {id: c, type: file, path: x, follow: yep}
  - {id: d, type: file, path: x}
  - {id: d, type: file, path: x}
  - {type: file}
  - file
  - {id: e}
  - {id: f, type: file, path: "${oops", log_type: [Zoom.Operation]}
  - {id: g, type: file, path: x, poll_interval: 5, label: "${MARGAY_TEST_UNSET:-${HOME}}"}
destinations:
  - {id: s, type: slak, url: x}
  - {id: t, type: slack, url: hooks.slack.com}
  - {id: u, type: slack, url: "file:/nope/secret"}
  - {id: v, type: console, severities: [hihg], alert_types: rule}
  - {id: w, type: console, max_per_second: "${MARGAY_TEST_PORT}"}
  - {id: x, type: slack}
YAML
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  reported_exactly <<'TABLE'
margay.yml:1:1: unknown key 'rulez' in margay.yml (did you mean 'rules'?)
margay.yml:2:10: workers: expected a whole number from 1 to 64, found '100'
margay.yml:3:10: fixtures: expected a list, found nothing
margay.yml:4:21: unknown key 'keep_event' in state (did you mean 'keep_events'?)
margay.yml:4:50: retention: expected a duration: a whole number and one of s, m, h, d, w (such as 90s, 5m, 24h), found '30 parsecs'
margay.yml:5:14: level: unknown value 'noisy' (expected debug, info, warn, error)
margay.yml:5:29: format: unknown value 'logfmtt' (did you mean 'logfmt'? expected logfmt, json)
margay.yml:7:19: unknown source type 'zoom_report' (did you mean 'zoom_reports'? known: …)
margay.yml:8:5: source 'b' needs 'client_id': the app's client ID
margay.yml:8:48: unknown key 'client_idd' in source 'b' (did you mean 'client_id'?)
margay.yml:8:78: the environment variable MARGAY_TEST_UNSET is not set; set it, or write ${MARGAY_TEST_UNSET:-default}
margay.yml:8:112: reports: unknown value 'operations' (did you mean 'operation'? expected operation, activity, meeting_activity, phone_operation, contact_center_operation, remote_support, chat_channel_activity, video_sdk_operation)
margay.yml:9:42: follow: expected true or false, found 'yep'
margay.yml:11:10: a second source with the id 'd': give it another
margay.yml:12:5: a source needs 'id': a short name; checkpoints are kept under it, so a source with a new name starts afresh
margay.yml:12:5: a source needs 'path': a file, a folder with all files in it and below it, or a pattern for several files such as `/var/log/zoom/*.ndjson`
margay.yml:13:5: a source: expected a mapping (key: value), found 'file'
margay.yml:14:5: a source needs 'type' (known: …)
margay.yml:15:31: unfinished ${…}: write ${NAME} or ${NAME:-default}, and $$ for a dollar sign
margay.yml:15:51: log_type: expected a single value, found a list
margay.yml:16:49: poll_interval: expected a duration: a whole number and one of s, m, h, d, w (such as 90s, 5m, 24h), found '5'
margay.yml:16:59: '${MARGAY_TEST_UNSET:-…}': a default is plain text and holds no other ${…}; set MARGAY_TEST_UNSET instead
margay.yml:18:19: unknown destination type 'slak' (did you mean 'slack'? known: …)
margay.yml:19:31: url must be a URL that begins with https:// or http://, and names a host
margay.yml:20:31: cannot read the secret's file /nope/secret: No such file or directory
margay.yml:21:41: severities: unknown value 'hihg' (did you mean 'high'? expected info, low, medium, high, critical)
margay.yml:21:61: alert_types: expected a list, found 'rule'
margay.yml:22:44: max_per_second: expected a whole number from 0 to 1000, found a text (not shown: it may be secret)
margay.yml:23:5: destination 'x': needs 'url' (an incoming webhook's), or 'token' and 'channel' of a bot
TABLE
  [[ "${stderr##*$'\n'}" == "29 mistakes" ]]
  [[ "$stderr" == *"(did you mean 'zoom_reports'? known: "*"file"*", zoom_reports"* ]]
}

@test "no mistake shows a secret, even one in the wrong place or shape" {
  cat >"$FOLDER/margay.yml" <<'YAML'
workers: "${MARGAY_TEST_SECRET}"
log: {level: "${MARGAY_TEST_SECRET}"}
sources:
  - {id: a, type: file, path: x, poll_interval: "${MARGAY_TEST_SECRET}"}
  - {id: b, type: zoom_reports, account_id: x, client_id: y, client_secret: [sesame]}
destinations:
  - {id: c, type: webhook, url: "https://x.example/", headers: "Authorization: Bearer sesame"}
  - {id: d, type: webhook, url: "https://x.example/", headers: [sesame]}
  - {id: e, type: webhook, url: "https://x.example/", headers: ["Bearer sesame: x"]}
  - {id: f, type: webhook, url: "https://x.example/", secret: {sesame: 1}}
  - {id: g, type: webhook, url: "sesame"}
  - {id: h, type: webhook, url: "${sesame-sesame}"}
YAML
  MARGAY_TEST_SECRET=opensesame check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"headers: expected a list, found a text (not shown: it may be secret)"* ]]
  [[ "$stderr" == *"workers: expected a whole number from 1 to 64, found a text (not shown"* ]]
  [[ "$stderr" == *"10 mistakes" ]]
  stderr=${stderr//"'\${sesame'"/} # the name of a variable is shown
  [[ "$stderr" != *sesame* ]]
}

@test "a warning is printed with its place, and is no mistake" {
  printf '%s\n' "rules: ['$ROOT/tests/e2e/rules/row.lua']" "schemas: '$ROOT/schemas'" \
    'http: {listen: 0.0.0.0:8440}' 'sources: [{id: zoom, type: file, path: /dev/null}]' \
    >"$FOLDER/margay.yml"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"margay.yml:3:16: warning: http.listen: 0.0.0.0 is reachable from other machines"* ]]
  [[ "$output" == *"no mistakes"* ]]
}

@test "every mistake in the schemas is reported in the same run" {
  mkdir "$FOLDER/rules" "$FOLDER/schemas"
  echo "rules: [rules]" >"$FOLDER/margay.yml"
  cat >"$FOLDER/schemas/a.yml" <<'YAML'
schema: Acme.A
versoin: 1
fields:
  - name: time
    type: timestmp
  - nam: x
    type: string
    requierd: true
  - name: when
    type: timestamp
    isEventTime: perhaps
  - name: ip
    type: string
    indicators: [ipp]
  - name: ip
    type: string
YAML
  printf 'schema: [\n' >"$FOLDER/schemas/b.yml"
  printf 'fields: []\n' >"$FOLDER/schemas/c.yml"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  while IFS='|' read -r place part; do
    grep -F "schemas/$place: " <<<"$stderr" | grep -qF -- "$part" || {
      echo "missing: $place: $part"
      false
    }
  done <<'TABLE'
a.yml:2:1|unknown key 'versoin' in a schema (did you mean 'version'?)
a.yml:5:11|unknown type 'timestmp' (did you mean 'timestamp'?)
a.yml:6:5|unknown key 'nam' in a field (did you mean 'name'?)
a.yml:6:5|the key 'name' is missing
a.yml:8:5|unknown key 'requierd' in a field (did you mean 'required'?)
a.yml:11:18|isEventTime: expected true or false, found 'perhaps'
a.yml:14:18|'ipp' (did you mean 'ip'?)
a.yml:15:11|'ip'
b.yml:2:1|
c.yml:1:1|the key 'schema' is missing
TABLE
}

@test "every mistake in the rules is reported in the same run" {
  mkdir -p "$FOLDER/rules"
  printf 'rules: [rules]\nschemas: %s\n' "$ROOT/schemas" >"$FOLDER/margay.yml"
  rule() {
    cat >"$FOLDER/rules/$1.lua"
  }
  rule unknown_key <<'LUA'
metadata {
  id = "A.UnknownKey",
  serverity = "low",
  log_types = { "Zoom.Operation" },
  where = { action = "1" },
}
LUA
  rule severity <<'LUA'
metadata {
  id = "A.Severity",
  log_types = { "Zoom.Operation" },
  severity = "hgh",
  where = { action = "1" },
}
LUA
  rule log_type <<'LUA'
metadata {
  id = "A.LogType",
  log_types = { "Zoom.Operaton" },
  severity = "low",
  where = { action = "1" },
}
LUA
  rule function <<'LUA'
metadata { id = "A.Function", log_types = { "Zoom.Operation" }, severity = "low" }
function rul(event)
  return true
end
LUA
  rule syntax <<'LUA'
metadata { id = "A.Syntax", log_types = { "Zoom.Operation" }, severity = "low" }
function rule(event)
  retrun true
end
LUA
  rule modifier <<'LUA'
metadata {
  id = "A.Modifier",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { ["action|containz"] = "a", ["operator|re"] = "(" },
}
LUA
  rule library <<'LUA'
local zoom = require "zom"
LUA
  rule forbidden <<'LUA'
os.execute("true")
LUA
  rule first <<'LUA'
metadata { id = "A.Taken", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "1" } }
LUA
  rule second <<'LUA'
metadata { id = "A.Taken", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "1" } }
LUA
  rule nothing <<'LUA'
metadata { id = "A.Nothing", log_types = { "Zoom.Operation" }, severity = "low" }
LUA
  rule endless <<'LUA'
while true do pcall(function() end) end
LUA
  rule empty </dev/null
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  while IFS='|' read -r place part; do
    grep -F "rules/$place: " <<<"$stderr" | grep -qF -- "$part" || {
      echo "missing: $place: $part"
      false
    }
  done <<'TABLE'
unknown_key.lua:3|unknown key 'serverity' in metadata (did you mean 'severity'?)
unknown_key.lua:1|metadata lacks severity
severity.lua:4|severity 'hgh' is none of info, low, medium, high, critical (did you mean 'high'?)
log_type.lua:1|no schema for the log type 'Zoom.Operaton' (did you mean 'Zoom.Operation'?)
function.lua:2|function 'rul' is none that margay calls (did you mean 'rule'?
syntax.lua:3|syntax error near 'true'
modifier.lua:5|unknown modifier 'containz' in where key 'action|containz' (did you mean 'contains'?)
modifier.lua:5|bad regex in where key 'operator|re'
library.lua:1|there is no library 'zom'
forbidden.lua:1|'os'
second.lua:1|the id 'A.Taken' is taken by
nothing.lua:1|
endless.lua:1|
empty.lua:1|the file has no metadata
TABLE
}

@test "a destination that a rule names and nobody has configured is a mistake" {
  mkdir -p "$FOLDER/rules"
  cat >"$FOLDER/margay.yml" <<'YAML'
sources: [{id: a, type: file, path: x}]
destinations: [{id: pagerduty, type: console}]
YAML
  cat >"$FOLDER/rules/a.lua" <<'LUA'
-- The names of destinations are those of the configuration.
metadata { id = "Test.A", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "x" },
  destinations = { "pagerdutty", "pagerduty" } }
LUA
  sed 's/Test.A/Test.B/; s/severity/enabled = false, severity/' "$FOLDER/rules/a.lua" >"$FOLDER/rules/b.lua"
  printf 'rules: [rules]\nschemas: %s\n' "$ROOT/schemas" >>"$FOLDER/margay.yml"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"rules/a.lua:2: destinations: no destination 'pagerdutty' is configured (did you mean 'pagerduty'?)"* ]]
  [[ "$stderr" == *$'\n'"1 mistake" ]]
}

@test "rules that need one with a mistake are listed last, in check and scan" {
  mkdir "$FOLDER/rules"
  printf 'rules: [rules]\nschemas: %s\n' "$ROOT/schemas" >"$FOLDER/margay.yml"
  echo 'metadata { id = "A", log_types = { "Zoom.Operation" }, severity = "low", wehre = {} }' >"$FOLDER/rules/a.lua"
  echo 'metadata { id = "B", base = "A" }' >"$FOLDER/rules/b.lua"
  echo 'correlation { id = "C", severity = "low", within_minutes = 5, group = { "B" } }' >"$FOLDER/rules/c.lua"
  local last="rules/b.lua:1: 'B' is left out, too: it needs 'A'"$'\n'"rules/c.lua:1: 'C' is left out, too: it needs 'B'"
  cd "$FOLDER"
  run --separate-stderr "$MARGAY" check
  [ "$status" -eq 2 ]
  [[ "$stderr" == *" mistake"*$'\n'"$last" ]]
  run --separate-stderr "$MARGAY" scan --rules rules /dev/null
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"these rules are left out"$'\n'"$last"* ]]
}

@test "mistakes in configuration, schemas and rules are reported in one run, and counted" {
  mkdir "$FOLDER/rules" "$FOLDER/schemas"
  printf 'workers: none\nsources: [{id: a, type: file, path: x}]\n' >"$FOLDER/margay.yml"
  printf 'schema: 7:\n' >"$FOLDER/schemas/a.yml"
  printf 'metadata {' >"$FOLDER/rules/a.lua"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay.yml:1:10: "*"rules/a.lua:1: "*"schemas/a.yml:1:"*"3 mistakes" ]]
}

@test "a file that cannot be read is reported with what to do" {
  cd "$FOLDER"
  check
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay.yml: cannot read the configuration: No such file or directory (-c FILE names another)"* ]]
  check -c "$FOLDER"
  [ "$status" -eq 2 ]
  [[ "$stderr" == "$FOLDER: cannot read the configuration: it is a directory, not a regular file"* ]]
  printf 'rules: [nope]\nschemas: neither\n' >margay.yml
  check
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"neither: "*"No such file"* ]]
  [[ "$stderr" == *"nope: "*"No such file"* ]]
}

@test "a file that is not YAML is reported with line and column" {
  printf 'rules: [rules\nworkers: 2\n' >"$FOLDER/margay.yml"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" =~ margay.yml:[0-9]+:[0-9]+: ]]
  head -c 4096 /dev/urandom >"$FOLDER/margay.yml"
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
}

@test "text of hostile files is escaped on the terminal, and secrets never appear there" {
  mkdir "$FOLDER/rules"
  printf 'rules: [rules]\n"\\e[2J": 1\nlog: {level: "\\e[2J\\a"}\nsources: [{id: "\\e[2J", type: "\\e[2J"}, {id: "\\e[2J", type: file}]\n' \
    >"$FOLDER/margay.yml"
  printf 'metadata { ["\\27[2J"] = 1, id = "\\27[2J" }\n' >"$FOLDER/rules/"$'a\x1b[2J.lua'
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" != *[$'\x01'-$'\x09'$'\x0b'-$'\x1f']* ]]
  cat >"$FOLDER/margay.yml" <<YAML
rules: [rules]
destinations:
  - {id: a, type: slack, url: "hooks.example.com/topsecret"}
  - {id: b, type: webhook, url: "https://topsecret.example.com/a b", secret: whsec_topsecret!}
sources:
  - {id: z, type: zoom_reports, account_id: a, client_id: b, client_secret: [topsecret]}
YAML
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" != *topsecret* ]]
}

@test "every mistake in lookups and their files is reported with its place" {
  mkdir "$FOLDER/rules" "$FOLDER/data"
  printf 'email,team\nhomer@example.com,safety\nHOMER@example.com,safety\n' >"$FOLDER/data/people.csv"
  printf 'nothing' >"$FOLDER/data/geo.mmdb"
  cat >"$FOLDER/margay.yml" <<YAML
rules: [$ROOT/rules]
schemas: $ROOT/schemas
lookups:
  - { name: people, path: data/people.csv, key: emial }
  - { name: twice, path: data/people.csv, match: ignore_case }
  - { name: gone, path: data/gone.csv }
  - { name: later, path: data/later.csv, optional: true }
  - { name: later, path: data/later.json, optional: true }
  - { name: text, path: data/people.txt }
  - { name: geo, path: data/geo.mmdb }
  - { name: geo2, path: data/geo.mmdb, match: cidr }
  - { name: odd, path: data/later.csv, macth: cidr }
  - { path: data/later.csv, match: prefix }
sources: [{id: a, type: file, path: x}]
destinations: [{id: c, type: console}]
YAML
  cd /
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 2 ]
  reported_exactly <<'EXPECTED'
data/people.csv:1: there is no column 'emial', which is to be the key (did you mean 'email'?)
data/people.csv:3: the key 'HOMER@example.com' is in line 2, too
margay.yml:6: lookup 'gone': data/gone.csv: No such file or directory (with optional: true it may come later)
margay.yml:8:13: a second lookup with the name 'later': give it another
margay.yml:9:25: path: 'data/people.txt' ends in none of .csv, .json, .yml, .yaml, .mmdb
data/geo.mmdb: not an MMDB file, or a damaged one: The MaxMind DB file contains invalid metadata
margay.yml:11:5: an MMDB file is always looked up by address: leave key and match out
margay.yml:12:40: unknown key 'macth' in lookup 'odd' (did you mean 'match'?)
margay.yml:13:5: a lookup needs 'name': the name of the table in rules
margay.yml:13:36: match: unknown value 'prefix' (expected exact, ignore_case, cidr)
EXPECTED
}

# Rules whose files take more than a second to load: the number is shown after half of one.
slow_rules() {
  mkdir "$FOLDER/rules"
  for ((i = 1; i <= 1200; i++)); do
    printf '%s\n' "metadata { id = 'Slow.$i', log_types = { 'Zoom.Operation' }, severity = 'low'," \
      "  where = { action = 'a$i' } }" 'local n = 0' 'for i = 1, 75000 do n = n + i end' \
      >"$FOLDER/rules/$i.lua"
  done
  printf '%s\n' "rules: ['$FOLDER/rules']" "schemas: '$ROOT/schemas'" \
    'sources: [{id: zoom, type: file, path: rules/1.lua}]' 'destinations: [{id: c, type: console}]' \
    >"$FOLDER/margay.yml"
}

@test "the number of loaded rules is shown only on a terminal, if loading takes long" {
  slow_rules
  screen=$(script -qec "'$MARGAY' check -c '$FOLDER/margay.yml'" /dev/null)
  grep -E $'\x1b\\[Kloading rules [0-9,]+ of 1,200' <<<"$screen"
  [[ "$(tail -n 1 <<<"$screen")" == *$'\r\x1b[K'* ]] # cleared before what follows
  check -c "$FOLDER/margay.yml"
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
}

@test "the number of loaded rules is not shown if loading is quick" {
  printf '%s\n' "rules: ['$ROOT/tests/e2e/rules/row.lua']" "schemas: '$ROOT/schemas'" \
    'sources: [{id: zoom, type: file, path: rules/1.lua}]' >"$FOLDER/margay.yml"
  screen=$(script -qec "'$MARGAY' check -c '$FOLDER/margay.yml'" /dev/null)
  [[ "$screen" != *loading* ]]
}

@test "a source whose log type no schema has is a mistake with its place and the nearest" {
  mkdir "$FOLDER/rules"
  cat >"$FOLDER/m.yml" <<END
state: {path: m.db}
rules: [rules]
schemas: $ROOT/schemas
sources:
  - {id: one, type: file, path: a.ndjson, log_type: Zoom.Operation}
  - {id: two, type: file, path: b.ndjson, log_type: Zoom.Operations}
destinations: [{id: out, type: console}]
END
  check -c "$FOLDER/m.yml"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"m.yml:6:53: log_type: no schema for the log type 'Zoom.Operations', so every record would be refused"*"Zoom.Operation"* ]]
}
