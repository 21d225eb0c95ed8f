#!/usr/bin/env bats
# What is named as a file and is none, or cannot be read, is an error at once, whoever reads it.
# tests/run: a job for each test

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  ROOT="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  FOLDER="$(mktemp -d)"
  cd "$FOLDER"
  mkdir rules rules/lib schemas fixtures
  cat >schemas/a.yml <<'YAML'
schema: Test.Ev
fields:
  - {name: t, type: timestamp, timeFormat: rfc3339, isEventTime: true, required: true}
YAML
  cat >rules/a.lua <<'LUA'
metadata { id = "Test.Each", log_types = { "Test.Ev" }, severity = "low" }
function rule() return true end
function title() return "one" end
LUA
  cat >margay.yml <<'YAML'
state: {path: state.db}
sources: [{id: f, type: file, path: records.json, log_type: Test.Ev}]
destinations: [{id: c, type: console, format: json}]
YAML
  echo '{"t":"2024-01-01T00:00:00Z"}' >records.json
}

teardown() {
  rm -rf "$FOLDER"
}

# make_kind KIND PATH
make_kind() {
  case $1 in
    fifo) mkfifo "$2" ;;
    zero) ln -s /dev/zero "$2" ;;
    directory) mkdir "$2" ;;
    socket) perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un($ARGV[0])) or die $!' "$2" ;;
    circle) ln -s "${2##*/}" "$2" ;;
    dangling) ln -s "$FOLDER/nowhere" "$2" ;;
    unreadable) ln -s /proc/self/mem "$2" ;; # of mode 0600, and reading it fails: for root, too
    large) truncate -s 2G "$2" ;;
  esac
}

# What the error says of each kind.
words_of() {
  case $1 in
    fifo) echo "a FIFO" ;;
    zero) echo "a device" ;;
    directory) echo "a directory" ;;
    socket) echo "a socket" ;;
    circle) echo "in a circle" ;;
    dangling) echo "not there" ;;
    unreadable) echo "Input/output error" ;;
    large) echo "larger than" ;;
  esac
}

# refused PATH COMMAND…: makes each kind at the path, and expects the command to name it.
refused() {
  local path=$1 kind
  shift
  for kind in ${KINDS:-fifo zero directory socket circle dangling unreadable large}; do
    rm -rf "$path"
    make_kind "$kind" "$path"
    run timeout 20 "$MARGAY" "$@"
    echo "$kind: status $status: $output"
    [ "$status" -ne 0 ]
    [ "$status" -ne 124 ]
    [[ "$output" == *"$(words_of "$kind")"* ]]
  done
}

@test "a configuration" {
  refused other.yml check -c other.yml
}

@test "a rule" {
  KINDS="fifo zero socket circle dangling unreadable large" refused rules/b.lua check
}

@test "a rule that is named itself" {
  KINDS="fifo zero socket circle dangling unreadable large" refused b.lua scan -s schemas -r b.lua records.json
}

@test "a library" {
  KINDS="fifo zero socket circle dangling unreadable large" refused rules/lib/b.lua check
}

@test "a schema" {
  KINDS="fifo zero socket circle dangling unreadable large" refused schemas/b.yml check
}

@test "a mapping for Sigma rules" {
  refused mapping.yml scan --sigma mapping.yml -s schemas -r rules records.json
}

@test "a lookup table" {
  for ending in "csv, key: k" "json, key: k" "yml, key: k" mmdb; do
    echo "lookups: [{name: l, path: l.$ending}]" | cat margay.yml - >with.yml
    ending=${ending%%,*}
    refused "l.$ending" check -c with.yml
    rm -rf "l.$ending"
  done
}

@test "a fixture" {
  cat >>rules/a.lua <<'LUA'
tests { { name = "one", fixture = "b.json", expect = true } }
LUA
  KINDS="fifo directory socket circle large" \
    refused fixtures/b.json test -s schemas --fixtures fixtures rules
}

@test "a secret" {
  sed 's/^destinations.*/destinations: [{id: s, type: slack, url: "file:secret"}]/' margay.yml >with.yml
  refused secret check -c with.yml
}

@test "a certificate" {
  echo 'http: {listen: "127.0.0.1:8440", tls: {cert: pem, key: key}}' | cat margay.yml - >with.yml
  : >key
  refused pem run -c with.yml
}

@test "the records of a source" {
  KINDS="fifo zero socket circle dangling" refused records.json run
}

@test "an empty file is an error where something is needed" {
  : >rules/b.lua
  run "$MARGAY" check
  [ "$status" -ne 0 ]
  [[ "$output" == *"rules/b.lua"* ]]
}

@test "what the shell hands over is read: a configuration, a rule and a secret" {
  run --separate-stderr "$MARGAY" check -c <(sed "s|^|&|; \$a rules: [$FOLDER/rules]\nschemas: $FOLDER/schemas" margay.yml)
  echo "$output$stderr"
  [ "$status" -eq 0 ]
  run --separate-stderr "$MARGAY" scan -s schemas -r <(cat rules/a.lua) records.json
  echo "$output$stderr"
  [ "$status" -eq 0 ]
  [[ "$output" == *'"Test.Each"'* ]]
  sed 's/^destinations.*/destinations: [{id: s, type: slack, url: "file:\/dev\/stdin"}]/' margay.yml >with.yml
  run --separate-stderr "$MARGAY" check -c with.yml < <(echo http://127.0.0.1:1/x)
  echo "$output$stderr"
  [ "$status" -eq 0 ]
}

@test "a folder that a symbolic link leads back to is looked into once" {
  mkdir -p loop/rules loop/schemas
  cp rules/a.lua loop/rules/
  ln -s . loop/rules/again
  ln -s ../rules loop/rules/up
  run "$MARGAY" rules list --format json loop/rules
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "$(find loop/rules -name '*.lua' | wc -l)" ]
  cp schemas/a.yml loop/schemas/
  ln -s ../schemas loop/schemas/again
  run "$MARGAY" rules list --schemas loop/schemas --format json loop/rules
  [ "$status" -eq 0 ]
}
