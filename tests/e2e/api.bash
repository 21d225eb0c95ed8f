# What the tests of the API share; lib.bash comes before.
# shellcheck shell=bash disable=SC2154

# ask STATUS PATH [OPTION…]: asks for a path below /api/v1; the answer is in $answer, its head in $folder/head.
ask() {
  local status
  status="$(curl -s --max-time 10 -o "$folder/answer" -D "$folder/head" -w '%{http_code}' "${@:3}" \
    "http://127.0.0.1:$port/api/v1$2")"
  answer="$(<"$folder/answer")"
  [ "$status" = "$1" ] || fail "$2: expected $1, got $status: $answer"
}

# is EXPECTED FILTER: what a jq filter makes of the answer.
is() {
  equal "$1" "$(jq -r "$2" <<<"$answer")" "$2 of $answer"
}

# header NAME: that header of the last answer.
header() {
  sed -nE "s/^$1: ([^\r]*)\r?$/\1/Ip" "$folder/head"
}
