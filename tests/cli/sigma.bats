#!/usr/bin/env bats
# Sigma rules in the commands: mappings, unsupported rules, and exit statuses.
# shellcheck disable=SC2154 # bats sets stderr

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  cd "$folder" || return
  mkdir rules
  cp -R "$root/schemas" .
  write_rule zoom '{product: zoom, service: operation}' '{s: {action: Delete}, condition: s}'
}

teardown() {
  rm -rf "$folder"
}

# rules/$1.yml with a logsource and a detection.
write_rule() {
  printf 'title: %s rule\nname: %s\nlogsource: %s\ndetection: %s\n%s' "$1" "$1" "$2" "$3" "$4" \
    >"rules/$1.yml"
}

write_config() {
  printf 'state: {path: x.db}\nsources: [{id: a, type: file, path: in}]\ndestinations: []\n%s\n' "$1" \
    >margay.yml
}

@test "rules --unsupported exits with 0 if every rule is supported" {
  run "$margay" rules --unsupported rules
  [ "$status" -eq 0 ]
  [ "$output" = "1 rule supported, 0 not" ]
}

@test "rules --unsupported exits with 1 and says where and why" {
  write_rule other '{product: windows}' '{s: {a: 1}, condition: s}'
  write_rule count '{product: zoom}' '{s: {a: 1}, condition: s | near t}'
  run "$margay" rules --unsupported rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"rules/count.yml:4  count rule  its condition has '| near'"* ]]
  [[ "$output" == *"rules/other.yml:3  other rule  no log type for product: windows"* ]]
  [[ "$output" == *"1 rule supported, 2 not" ]]
}

@test "rules --unsupported prints one JSON object per line" {
  write_rule other '{product: windows}' '{s: {a: 1}, condition: s}'
  run "$margay" rules --unsupported --format json rules
  [ "$status" -eq 1 ]
  [ "$output" = '{"file":"rules/other.yml","line":3,"id":"","title":"other rule","reason":"no log type for product: windows"}' ]
}

@test "rules --unsupported exits with 1 if a rule has a mistake, and with --strict with 2" {
  write_rule wrong '{product: windows}' '{s: {a|b: 1}, condition: t}'
  write_rule bad '{product: zoom}' '{s: {a|b: 1}, condition: t}'
  run "$margay" rules --unsupported rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"rules/bad.yml:4:37: condition: there is no search identifier 't'"* ]]
  [[ "$output" == *"no log type for product: windows"* ]]
  run "$margay" rules --unsupported --strict rules
  [ "$status" -eq 2 ]
  [[ "$output" == *"rules/bad.yml:4:37:"*" mistakes" ]]
}

@test "a file with a mistake costs itself in scan, rules and test, unless they are strict" {
  write_rule bad '{product: zoom}' '{s: {a|b: 1}, condition: s}'
  cat >>rules/zoom.yml <<'YAML'
tests:
  - {name: matches, expect: true, log_type: Zoom.Operation, event: {action: Delete}}
YAML
  echo '{"action":"Delete"}' >in
  printf 'logsources:\n  - {product: zoom, log_types: Zoom.Operation}\n' >mapping.yml
  common=(--no-schema --sigma mapping.yml)
  run --separate-stderr "$margay" scan "${common[@]}" -t Zoom.Operation --rules rules --format text in
  [ "$status" -eq 1 ]
  [[ "$output" == *"zoom rule"* ]]
  [[ "$stderr" == *"rules/bad.yml:4:"*"unknown modifier 'b'"*"1 mistake: these rules are left out"* ]]
  run --separate-stderr "$margay" test "${common[@]}" rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"1 passed, 0 failed"* && "$stderr" == *"1 mistake"* ]]
  run --separate-stderr "$margay" rules rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"zoom rule"*"1 rule" && "$stderr" == *"1 mistake"* ]]
  for command in "scan -t Zoom.Operation --rules rules in" "test rules"; do
    # shellcheck disable=SC2086 # the words of a command line
    run --separate-stderr "$margay" ${command%% *} --strict "${common[@]}" ${command#* }
    [ "$status" -eq 2 ]
    [ -z "$output" ]
  done
}

@test "rules that are not supported are counted on standard error; when no others are left, the status is 1" {
  write_rule old '{product: zoom, service: operation}' '{s: {a: 1}, condition: s}' 'status: deprecated'
  echo '{"action":"Delete"}' >in
  run --separate-stderr "$margay" scan -t Zoom.Operation --rules rules in
  [[ "$stderr" == *"1 Sigma rule is not supported ('margay rules --unsupported' on the same files says why)"* ]]
  run --separate-stderr "$margay" rules rules
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"1 Sigma rule is not supported"* ]]
  run "$margay" rules rules/old.yml
  [ "$status" -eq 1 ]
  run --separate-stderr "$margay" rules --status deprecated rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"2 rules" && "$stderr" != *"not supported"* ]]
  run "$margay" rules --status stable rules
  [ "$status" -eq 2 ]
  [[ "$output" == *"--status 'stable' is none of deprecated, unsupported"* ]]
}

@test "without a schema, windows take the time that records usually have, or that --time-field names" {
  cat >rules/zoom.yml <<'YAML'
title: thrice
name: thrice
correlation: {type: event_count, rules: one, timespan: 10m, condition: {gte: 3}}
---
title: one
name: one
logsource: {product: any}
detection: {s: {a: 1}, condition: s}
YAML
  printf 'logsources:\n  - {log_types: T}\n' >mapping.yml
  alerts=("$margay" scan --alerts --no-schema -t T --sigma mapping.yml --rules rules --format text)
  for minute in 1 5 9; do echo "{\"a\":1,\"UtcTime\":\"2024-03-21 07:0$minute:00.000\"}"; done >near
  for hour in 1 5 9; do echo "{\"a\":1,\"seen\":{\"at\":\"2024-03-21T0$hour:00:00Z\"}}"; done >far
  run "${alerts[@]}" near
  [ "$status" -eq 0 ]
  [[ "$output" == *"2024-03-21 07:01:00 UTC"*"thrice, 3 matches"*"1 alert"* ]]
  run "${alerts[@]}" far
  [ "$status" -eq 1 ]
  [[ "$output" == *"6 of the matches are in no alert: windows need the time of an event, and their records have none at timestamp, @timestamp and the like (--time-field names another place)"* ]]
  [[ "$output" == *"0 alerts"* ]]
  run "${alerts[@]}" --time-field seen.at far
  [ "$status" -eq 0 ]
  [[ "$output" == *"0 alerts"* ]]
}

@test "what is odd about a rule is a warning" {
  write_rule odd '{product: zoom, service: operation}' '{s: {a: 1}, condition: s}' 'falsepositive: none'
  run --separate-stderr "$margay" rules rules
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"warning: rules/odd.yml:5:1: unknown key 'falsepositive' (did you mean 'falsepositives'?)"* ]]
}

@test "placeholders take their values from a lookup table of the configuration" {
  write_rule who '{product: zoom, service: operation}' "{s: {operator|expand: '%admins%'}, condition: s}"
  printf 'name\nned\n' >people.csv
  echo '{"operator":"NED"}' >in
  write_config "rules: [rules]
lookups: [{name: people, path: people.csv}]
sigma:
  logsources: [{product: zoom, log_types: [T]}]
  placeholders: {admins: {lookup: people}}"
  run "$margay" scan -c margay.yml --no-schema -t T --format text in
  [[ "$output" == *"who rule"* ]]
}

@test "hostile titles are escaped on the terminal" {
  printf 'title: "\\e[2J"\nlogsource: {product: "\\e[2J"}\ndetection: {}\n' >rules/hostile.yml
  for format in text json; do
    run "$margay" rules --unsupported --format "$format" rules
    [ "$status" -eq 1 ]
    [[ "$output" != *$'\x1b'* ]]
  done
}

@test "rules show describes how a correlation counts" {
  cat >rules/count.yml <<'YAML'
title: Many
name: many
correlation: {type: value_count, rules: zoom, group-by: [operator, action], timespan: 90s, condition: {gte: 3, field: operation_detail}}
YAML
  run "$margay" rules show many rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"kind          3 in 90s"*"window        90s"*"grouped by    operator, action"*"counts        operation_detail"* ]]
}

@test "rules show says what a correlation measures" {
  cat >rules/sum.yml <<'YAML'
title: Much
name: much
correlation: {type: value_avg, rules: zoom, timespan: 90s, condition: {gt: 3.5, lte: 9, field: size}}
YAML
  run "$margay" rules show much rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"average of size > 3.5 and <= 9"*"zoom: zoom"* ]]
}

@test "check reports the number of unsupported rules" {
  write_config ''
  run "$margay" check
  [ "$status" -eq 0 ]
  [[ "$output" != *"not supported"* ]]
  write_rule other '{product: windows}' '{s: {a: 1}, condition: s}'
  run "$margay" check
  [ "$status" -eq 0 ]
  [[ "$output" == *"Sigma rules that are not supported: 1 ("* ]]
}

@test "a mapping defines other logsources, on the command line and in the configuration" {
  printf 'logsources:\n  - {product: windows, log_types: Win, fields: {Image: exe}, where: {kind: 1}}\n' \
    >mapping.yml
  write_rule other '{product: windows}' "{s: {Image|endswith: '\\a.exe'}, condition: s}"
  cat >in <<'JSON'
{"exe":"C:\\A.EXE","kind":1}
{"exe":"C:\\A.EXE","kind":2}
JSON
  run "$margay" scan --no-schema -t Win --sigma mapping.yml --rules rules --format text in
  [ "$status" -eq 0 ]
  [[ "$output" == *"other rule"*"2 events"*"1 match"* ]]
  run "$margay" explain --no-schema -t Win --sigma mapping.yml --rules rules other in
  [ "$status" -eq 0 ]

  write_config 'sigma: {mapping: mapping.yml}'
  run "$margay" scan -c margay.yml --no-schema -t Win --format text in
  [[ "$output" == *"1 match"* ]]
  write_config "sigma:
  logsources:
    - {product: windows, log_types: [Win], fields: {Image: exe}}"
  run "$margay" scan -c margay.yml --no-schema -t Win --format text in
  [[ "$output" == *"2 matches"* ]]
}

@test "without schemas the Sigma rules that only a schema could place are counted" {
  write_rule other '{product: windows}' '{s: {a: 1}, condition: s}'
  echo '{"a":1}' >in
  run "$margay" scan --no-schema -t Win --rules rules in
  [ "$status" -eq 1 ]
  [[ "$output" == *"--no-schema leaves out 2 Sigma rules, the first at rules/other.yml:3: no log type for product: windows: no schemas are loaded, and no mapping names it"* ]]
  printf 'logsources:\n  - {log_types: Win}\n' >mapping.yml
  run "$margay" scan --no-schema -t Win --sigma mapping.yml --rules rules in
  [ "$status" -eq 0 ]
  [[ "$output" != *"leaves out"* ]]
}

@test "a schema of one's own names a logsource" {
  mkdir own
  printf 'schema: Office.Door\nlogsource: {product: badges}\nfields: [{name: person, type: string}]\n' >own/door.yml
  rm rules/*
  write_rule door '{product: badges}' '{s: {person: homer}, condition: s}'
  run "$margay" rules --schemas own rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"Office.Door"* ]]
  echo '{"person":"homer"}' >in
  run "$margay" scan --schemas own --rules rules --format text in
  [ "$status" -eq 0 ]
  [[ "$output" == *"door rule"* ]]
}

@test "mistakes in a mapping are reported at their place" {
  printf 'logsource: []\nlogsources:\n  - {product: windows}\n  - {log_types: [], prodcut: x}\n' >mapping.yml
  run "$margay" scan --sigma mapping.yml --rules rules /dev/null
  [ "$status" -eq 2 ]
  [[ "$output" == *"mapping.yml:1:1: unknown key 'logsource' in a Sigma mapping (did you mean 'logsources'?)"* ]]
  [[ "$output" == *"mapping.yml:3:5: a logsource needs 'log_types'"* ]]
  [[ "$output" == *"mapping.yml:4:21: unknown key 'prodcut' in a logsource (did you mean 'product'?)"* ]]
  write_config "sigma: {mapping: mapping.yml, logsources: []}"
  run "$margay" check
  [ "$status" -eq 2 ]
  [[ "$output" == *"margay.yml:4:8: sigma: the mapping stands in a file or here, not both"* ]]
}

@test "a mistake in a test is reported with its line" {
  write_rule zoom '{product: zoom}' '{s: {a: 1}, condition: s}' 'tests:
  - name: x
    expect: true
    event: {a: 1}
    title:
      a: list
---
title: other
logsource: {product: zoom}
detection: {s: {a: 1}, condition: s}
tests:
  - name: x
    event:
      a: 1
    exepct: true
    title: null
'
  run "$margay" test rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"rules/zoom.yml:9: title must be"* ]]
  [[ "$output" == *"rules/zoom.yml:19: unknown key 'exepct' in a test (did you mean 'expect'?)"* ]]
  [[ "$output" == *"rules/zoom.yml:20: title must be a string, not null"* ]]
}

@test "a Sigma rule alerts, and margay test runs its tests" {
  printf 'title: zoom rule\nlogsource: {product: zoom, service: operation}\ndetection: {s: {action: Delete}, condition: s}\n' >rules/zoom.yml
  cat >>rules/zoom.yml <<'YAML'
tests:
  - name: deleted
    expect: true
    title: zoom rule
    event: {time: '2024-03-21T07:09:03Z', operator: h@example.com, category_type: User, action: DELETE}
  - name: wrong
    expect: true
    event: {time: '2024-03-21T07:09:03Z', operator: h@example.com, category_type: User, action: Add}
YAML
  run "$margay" test rules
  [ "$status" -eq 1 ]
  [[ "$output" == *"[PASS] deleted"* ]]
  [[ "$output" == *"[FAIL] wrong (rules/zoom.yml:9)"*"'action' does not hold for \"Add\""* ]]
  echo '{"time":"2024-03-21T07:09:03Z","operator":"h@example.com","category_type":"User","action":"Delete"}' >in
  run "$margay" scan --alerts --rules rules --format text in
  [ "$status" -eq 0 ]
  [[ "$output" == *"zoom rule"* ]]
}

# operation TIME ACTION WHO: a line of Zoom's operation log.
operation() {
  printf '{"time":"2024-01-01T%sZ","operator":"%s","category_type":"User","action":"%s","operation_detail":"x"}\n' \
    "$1" "$3" "$2" >>records
}

# correlation TYPE CONDITION: over the rules add and zoom, by operator, within an hour.
correlation() {
  write_rule add '{product: zoom, service: operation}' '{s: {action: Add}, condition: s}'
  printf 'title: both\nlevel: high\ncorrelation:\n  type: %s\n  rules: [add, zoom]\n  group-by: [operator]\n  timespan: 1h\n%s' \
    "$1" "$2" >rules/both.yml
}

alerts_of_scan() {
  "$margay" scan --alerts --format json --rules rules records 2>/dev/null |
    jq -r '[.first_event_time[11:19], .event.operator] | join(" ")'
}

@test "temporal matches both rules for one operator within the timespan, in any order" {
  correlation temporal ''
  operation 01:00:00 Add a
  operation 01:10:00 Delete b
  operation 01:20:00 Add b
  operation 01:30:00 Add c
  operation 02:10:00 Delete a
  operation 02:30:00 Delete c
  run alerts_of_scan
  [ "$output" = $'01:20:00 b\n02:30:00 c' ]
}

@test "temporal_ordered matches only in the given order" {
  correlation temporal_ordered ''
  operation 01:10:00 Delete b
  operation 01:20:00 Add b
  operation 01:30:00 Add c
  operation 02:00:00 Delete c
  run alerts_of_scan
  [ "$output" = '02:00:00 c' ]
}

@test "event_count over several rules counts the matches of all of them" {
  correlation event_count $'  condition: {gte: 3}\n'
  operation 01:00:00 Add a
  operation 01:05:00 Add b
  operation 01:10:00 Delete a
  operation 01:15:00 Add b
  operation 01:20:00 Add a
  operation 02:20:00 Delete b
  run alerts_of_scan
  [ "$output" = '01:20:00 a' ]
}
