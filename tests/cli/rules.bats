#!/usr/bin/env bats
# margay rules lists rules, shows one rule, and writes a layer of the ATT&CK matrix.

bats_require_minimum_version 1.5.0

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  mkdir "$folder/rules"
  cat >"$folder/rules/deleted.lua" <<'LUA'
metadata {
  id = "My.Deleted",
  display_name = "User deleted",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "high",
  description = "First line.\n\nThird line.",
  runbook = "1. Ask.",
  tags = { "Users" },
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0003:T1098.003" } },
  threshold = 3,
  dedup_period_minutes = 30,
  where = { { action = "Delete", category_type = "User" }, { action = "Batch Delete" } },
}
tests { { name = "one", fixture = "zoom/operation/user_deleted.json", expect = true } }
LUA
  cat >"$folder/rules/sign_in.lua" <<'LUA'
metadata {
  id = "My.SignIn",
  log_types = { "Zoom.Activity" },
  severity = "info",
  create_alert = false,
  enabled = false,
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0001:T1078" }, ["Own"] = { "7" } },
}
function rule(event) return event.type == "Sign in" end
LUA
}

teardown() {
  rm -rf "$folder"
}

rules() {
  run --separate-stderr "$margay" rules "$@"
  echo "$output"
  echo "${stderr:-}"
}

ids() {
  jq -r .id <<<"$output" | tr '\n' ' '
}

@test "rules are listed as a table" {
  rules "$folder/rules"
  [ "$status" -eq 0 ]
  # shellcheck disable=SC2001
  diff - <(sed 's/ *$//' <<<"$output") <<'TEXT'
ID          SEVERITY  LOG TYPES                  ATT&CK            KIND         NAME
My.Deleted  HIGH      Zoom.Operation, Zoom.User  T1531, T1098.003  3 in 30 min  User deleted
My.SignIn   INFO      Zoom.Activity              T1531, T1078      off, signal  My.SignIn

2 rules
TEXT
  listed="$output"
  rules list "$folder/rules"
  [ "$output" = "$listed" ]
}

@test "rules can be selected by log type, severity, tag and technique" {
  while IFS='|' read -r options expected; do
    # shellcheck disable=SC2086 # several words
    rules --format json $options "$folder/rules"
    [ "$status" -eq 0 ]
    [ "$(ids)" = "$expected" ]
  done <<'TABLE'
--log-type Zoom.User|My.Deleted 
--log-type zoom.activity|My.SignIn 
--log-type Zoom.User --log-type Zoom.Activity|My.Deleted My.SignIn 
--severity HIGH|My.Deleted 
--tag users|My.Deleted 
--technique T1531|My.Deleted My.SignIn 
--technique T1098|My.Deleted 
--technique t1098.003|My.Deleted 
--technique T1098.001|
--technique T1078 --severity high|
TABLE
}

@test "one rule is shown with all its metadata" {
  rules show My.Deleted "$folder/rules"
  [ "$status" -eq 0 ]
  # shellcheck disable=SC2001
  diff - <(sed "s|$folder/||; s/ *\$//" <<<"$output") <<'TEXT'
id            My.Deleted
name          User deleted
file          rules/deleted.lua
severity      HIGH
log types     Zoom.Operation, Zoom.User
kind          3 in 30 min
ATT&CK        T1531, T1098.003
tags          Users
window        30 minutes
tests         1

where
  any of
    action = "Batch Delete"
    all of
      action = "Delete"
      category_type = "User"

description
  First line.

  Third line.

runbook
  1. Ask.
TEXT
}

@test "what metadata says about a match is shown, with the patterns that it names" {
  cat >"$folder/rules/text.lua" <<'LUA'
metadata {
  id = "My.Text", log_types = { "Zoom.Operation" }, severity = "low", where = { action = "Add" },
  patterns = { who = "(?i)user ([a-z]+)", order = "order ([0-9]+)" },
  title = "{who in operation_detail} added", unique = "order in operation_detail",
}
LUA
  rules show My.Text "$folder/rules"
  [ "$status" -eq 0 ]
  diff - <(sed -n '/^title/,/^tests/p' <<<"$output") <<'TEXT'
title         {who in operation_detail} added
unique        order in operation_detail
pattern       order = order ([0-9]+)
pattern       who = (?i)user ([a-z]+)
tests         0
TEXT
}

@test "one rule is shown as JSON" {
  rules show My.Deleted --format json "$folder/rules"
  [ "$(jq -c '[.id, .severity, .log_types, .threshold, .tests, .where.any[0]]' <<<"$output")" = \
    '["My.Deleted","HIGH",["Zoom.Operation","Zoom.User"],3,1,"action = \"Batch Delete\""]' ]
  [ "$(jq -c '.techniques[1]' <<<"$output")" = '{"tactic":"TA0003","technique":"T1098.003"}' ]
}

@test "a correlation is shown with its steps" {
  cat >"$folder/rules/both.lua" <<'LUA'
correlation {
  id = "My.Both",
  severity = "high",
  within_minutes = 60,
  sequence = { { id = "out", rule = "My.Deleted", min = 2, on = "operator" },
    { id = "in", rule = "My.SignIn", absent = true, on = "email" } },
}
LUA
  sed -i '/enabled = false/d' "$folder/rules/sign_in.lua"
  rules show My.Both "$folder/rules"
  [ "$status" -eq 0 ]
  [[ "$output" == *$'\nsteps, in this order, within 60 minutes\n  out, at least 2: My.Deleted\n  in, none: My.SignIn'* ]]
  rules show My.Both --format json "$folder/rules"
  [ "$(jq -c '[.within_minutes, .sequence]' <<<"$output")" = \
    '[60,[{"id":"out","min":2,"rules":["My.Deleted"]},{"id":"in","min":0,"max":0,"rules":["My.SignIn"]}]]' ]
}

@test "the layer counts the rules of each technique" {
  rules --coverage mitre "$folder/rules"
  [ "$status" -eq 0 ]
  [ "$(jq -r '.domain, .versions.layer' <<<"$output" | tr '\n' ' ')" = 'enterprise-attack 4.5 ' ]
  [ "$(jq -r '.techniques[] | "\(.techniqueID) \(.tactic) \(.score)"' <<<"$output" | LC_ALL=C sort)" = \
    $'T1078 initial-access 1\nT1098.003 persistence 1\nT1531 impact 2' ]
}

# TA0005 means stealth since v19 of ATT&CK, and also defense impairment before.
@test "the layer of the bundled rules names a tactic for each technique, but for those of TA0005" {
  rules --coverage mitre
  [ "$status" -eq 0 ]
  [ "$(jq '.techniques | length' <<<"$output")" -gt 10 ]
  local ambiguous
  ambiguous="$(grep -rhoE 'TA0005:T[0-9.]+' "$root/rules/zoom" | sed 's/.*://' | LC_ALL=C sort -u)"
  [ "$(jq -r '.techniques[] | select(.tactic == null) | .techniqueID' <<<"$output" | LC_ALL=C sort)" = "$ambiguous" ]
}

@test "rules can be selected by pack and evidence, which have columns where a rule has them" {
  sed -i 's/severity = "high",/& pack = "my-pack", evidence = "guess",/' "$folder/rules/deleted.lua"
  rules --pack my-pack --evidence GUESS "$folder/rules"
  # shellcheck disable=SC2001
  diff - <(sed 's/ *$//' <<<"$output") <<'TEXT'
ID          SEVERITY  LOG TYPES                  ATT&CK            KIND         PACK     EVIDENCE  NAME
My.Deleted  HIGH      Zoom.Operation, Zoom.User  T1531, T1098.003  3 in 30 min  my-pack  guess     User deleted

1 rule
TEXT
  rules --format json --evidence guess --evidence sample "$folder/rules"
  [ "$(jq -c '[.id, .pack, .evidence]' <<<"$output")" = '["My.Deleted","my-pack","guess"]' ]
  rules show My.Deleted "$folder/rules"
  [[ "$output" == *$'\npack          my-pack\nevidence      guess\n'* ]]
  rules --pack my-pak "$folder/rules"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--pack 'my-pak': no rule is in it (did you mean 'my-pack'?)"* ]]
  rules --evidence sampel "$folder/rules"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"is none of documented, sample, guess (did you mean 'sample'?)"* ]]
}

@test "mistakes on the command line are reported" {
  rules show My.Delted "$folder/rules"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"(did you mean 'My.Deleted'?)"* ]]
  rules show
  [ "$status" -eq 2 ]
  rules --severity loud "$folder/rules"
  [ "$status" -eq 2 ]
  rules --coverage mitra "$folder/rules"
  [ "$status" -eq 2 ]
}

@test "a rule with a mistake is reported, and the others are listed" {
  echo 'metadata { id = "My.Broken" }' >"$folder/rules/broken.lua"
  rules "$folder/rules"
  [ "$status" -eq 1 ]
  [[ "$output" == *"2 rules" ]]
  [[ "$stderr" == *"broken.lua:1: "* ]]
}

@test "noise counts what margay run has found, of whom" {
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db}
rules: $folder/rules
schemas: $root/schemas
sources: [{id: file, type: file, path: $root/fixtures/zoom/operation/user_deleted.json, follow: false}]
destinations: [{id: screen, type: console}]
YAML
  sed -i 's/threshold = 3/threshold = 1/' "$folder/rules/deleted.lua"
  "$margay" run -c "$folder/margay.yml" >"$folder/run.out" 2>&1 3>&-
  rules noise -c "$folder/margay.yml" --since 2000-01-01 --format json
  [ "$status" -eq 0 ]
  [ "$(jq -r '"\(.rule_id) \(.matches) \(.alerts) \(.actors) \(.top_actor)"' <<<"$output")" = \
    "My.Deleted 1 1 1 $(jq -r .operator "$root/fixtures/zoom/operation/user_deleted.json")" ]
  cd "$folder"
  rules noise
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 rule had no match (--silent lists them)"* ]]
}

@test "what noise cannot be asked is a mistake" {
  rules noise --state "$folder/none.db" "$folder/rules"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"cannot read $folder/none.db"* ]]
  rules noise --state "$folder/none.db" --since often "$folder/rules"
  [ "$status" -eq 2 ]
  rules list --silent "$folder/rules"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--silent goes with 'noise'"* ]]
  rules nois
  [[ "$stderr" == *"(did you mean 'noise'?)"* ]]
}
