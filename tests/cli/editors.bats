#!/usr/bin/env bats
# rules/types.lua declares everything that rules can call, and the documents describe the same.

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  cd "$root" || exit
}

declared() {
  grep -qE -- "$1" rules/types.lua || { echo "rules/types.lua has no $1" >&2; return 1; }
}

@test "every function of the modules is declared" {
  names="$("$margay" scan --lua 'local names = {}
    for module, functions in pairs { re = re, ip = ip, time = time, kv = kv } do
      for name in pairs(functions) do names[#names + 1] = module .. "." .. name end
    end
    return names' fixtures/zoom/operation/user_deleted.json | jq -r '.[]')"
  [ "$(wc -l <<<"$names")" -gt 20 ]
  for name in $names; do
    declared "^function ${name/./\\.}\\("
  done
}

@test "every declared function exists" {
  declarations="$(sed -nE 's/^function ((re|ip|time|kv)\.[a-z_]+)\(.*/\1/p' rules/types.lua)"
  [ "$(wc -l <<<"$declarations")" -gt 20 ]
  for name in $declarations; do
    [ "$("$margay" scan --lua "type($name)" fixtures/zoom/operation/user_deleted.json)" = '"function"' ]
  done
}

@test "every method of events is declared" {
  methods="$(sed -nE 's/^\| `event:([a-z_]+)\(.*/\1/p' docs/rules.md | sort -u)"
  [ "$(wc -l <<<"$methods")" -ge 6 ]
  for name in $methods; do
    declared "^function event:$name\\("
  done
}

# keys PAGE HEADING: the words in the first column of the tables below the heading, in docs/PAGE.md.
# shellcheck disable=SC2016 # the quotes are Markdown's
keys() {
  sed -n "/^## $2\$/,/^## /p" "docs/$1.md" | sed -nE '/^\| `/s/^\| ([^|]*)\|.*/\1/p' |
    grep -oE '`[a-zA-Z_]+`' | tr -d '`' | sort -u
}

# fields_of CLASS: the fields that rules/types.lua declares for the class, by name.
fields_of() {
  sed -n "/^---@class margay\.$1\( \|\$\)/,/^\$/p" rules/types.lua | sed -nE 's/^---@field ([a-z_]+)\??( .*)?$/\1/p'
}

@test "every key of metadata and of tests is declared" {
  for key in $(keys rules Metadata) $(keys testing "The keys of a test"); do
    declared "^---@field $key\\??( |$)"
  done
}

@test "the documents describe every key that editors know" {
  documented="$(for heading in "The keys of a schema" "The keys of a field"; do keys schemas "$heading"; done)"
  for key in $(jq -r '.properties, (.["$defs"] // .definitions).field.properties | keys[]' \
    editors/log-type.schema.json); do
    grep -qx "$key" <<<"$documented" || { echo "docs/schemas.md: $key"; return 1; }
  done
  documented="$(keys rules Metadata)"
  for key in $(fields_of Declaration) $(fields_of Metadata); do
    grep -qx "$key" <<<"$documented" || { echo "docs/rules.md: $key"; return 1; }
  done
  documented="$(keys testing "The keys of a test")"
  for key in $(fields_of Test) $(fields_of TestEvent); do
    grep -qx "$key" <<<"$documented" || { echo "docs/testing.md: $key"; return 1; }
  done
}

@test "the documents describe every option of margay test" {
  options="$("$margay" test --help | sed -nE 's/^  (-[a-z],|   ) (--[a-z-]+).*/\2/p' | grep -vx -- --help)"
  [ "$(wc -l <<<"$options")" -gt 12 ]
  for option in $options; do
    grep -qF -- "\`$option" docs/testing.md || { echo "docs/testing.md: $option"; return 1; }
  done
}

@test "every function of a rule is declared" {
  for name in $(keys rules Functions); do
    declared "^function $name\\(event\\)"
  done
}

@test "a file for editors only is neither a rule nor a mistake" {
  run "$margay" check -c demo.yml
  [ "$status" -eq 0 ]
  [[ "$output" != *types.lua* ]]
}
