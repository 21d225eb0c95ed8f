#!/usr/bin/env bats
# Mails by a real mail server, OpenSMTPD, read back from its mailboxes. It needs root, for it delivers as
# another user, and a mount namespace, where its spool and its socket are: nothing of it is left behind.

load lib

setup_file() {
  smtpd="$(command -v smtpd || ls /usr/sbin/smtpd 2>/dev/null || true)" missing=''
  if ! "${smtpd:-false}" -h 2>&1 | grep -q OpenSMTPD; then
    missing="there is no OpenSMTPD"
  elif [ "$(id -u)" != 0 ]; then
    missing="OpenSMTPD needs root"
  elif ! unshare -m mount -t tmpfs none /run 2>/dev/null; then
    missing="there are no mount namespaces here"
  fi
  export smtpd missing
  [ -z "$missing" ] || return 0
  boxes="$(mktemp -d /tmp/margay-mail.XXXXXX)" # where somebody else may enter
  export boxes
  chmod 777 "$boxes"
}

teardown_file() {
  [ -z "${boxes:-}" ] || rm -rf "$boxes"
}

# start_smtpd [OPTION…]: a server for soc@ and lisa@example.com, whose mails go below $boxes; OPTION are those of
# `listen on`. Sets $port.
start_smtpd() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/key.pem" -out "$folder/cert.pem" -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
  chmod 600 "$folder/key.pem"
  start_server --receiver # a port that nobody listens on at this moment
  kill_server "$server"
  port="${url##*:}"
  cat >"$folder/smtpd.conf" <<END
pki localhost cert "$folder/cert.pem"
pki localhost key "$folder/key.pem"
table users { "soc@example.com" = nobody, "lisa@example.com" = nobody }
listen on 127.0.0.1 port $port hostname localhost $*
action keep maildir "$boxes/%{rcpt.user}" virtual <users>
match from any for domain "example.com" action keep
END
  cat >"$folder/start" <<END
mount -t tmpfs none /var/spool && mount -t tmpfs none /run && mkdir -m 711 /var/spool/smtpd &&
  exec "$smtpd" -d -f "$folder/smtpd.conf"
END
  unshare -m sh "$folder/start" >"$folder/smtpd.log" 2>&1 3>&- &
  watched=$!
  pids+=("$watched")
  wait_for 30 listens
}

listens() {
  (exec 8<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# run_mails SETTING: an alert is opened, and delivered to soc@, carl@ and lisa@example.com.
run_mails() {
  rules="$folder/rules"
  mkdir "$rules"
  cat >"$rules/owner.lua" <<'LUA'
metadata {
  id = "Test.Owner", log_types = { "Zoom.Operation" }, severity = "high", runbook = "Ask the owner.",
  title = "Changed: {operation_detail}",
}
function rule(event) return true end
LUA
  printf '%s\n' '{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"<b>Lenny & Carl</b>\n.\nBcc: x"}' \
    >"$folder/records.ndjson"
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: false}" \
    "  - {id: mail, type: email, server: \"localhost:$port\", from: margay@example.com, $1,
     to: [soc@example.com, carl@example.com, lisa@example.com]}"
  run_margay
}

# part TYPE: of the mail in $mail, decoded.
part() {
  tr -d '\r' <"$mail" | sed -n "\\|^Content-Type: $1;|,/^--=/p" | sed '1,/^$/d; /^--=/d' | base64 -d
}

# came_to BOX: sets $mail to the mail in it.
came_to() {
  mail="$(find "$boxes/$1/new" -type f 2>/dev/null)"
  [ -n "$mail" ]
}

# Both boxes hold the mail, with its parts as they were written; who is unknown holds up nobody.
mails_are_there() {
  local box
  for box in soc lisa; do
    wait_for 30 came_to "$box"
    grep -q '^From: margay <margay@example.com>' "$mail"
    grep -q '^Subject: HIGH: Changed: ' "$mail"
    ! grep -qi '^Bcc' "$mail"
    part text/plain >"$folder/text"
    part text/html >"$folder/html"
    grep -qF 'Who: homer@example.com' "$folder/text"
    grep -qF 'operation_detail: <b>Lenny & Carl</b>' "$folder/text"
    grep -qF 'Ask the owner.' "$folder/text"
    grep -qF '&lt;b&gt;Lenny &amp; Carl&lt;/b&gt;' "$folder/html"
    ! grep -qF '<b>Lenny' "$folder/html"
  done
  grep -q 'msg="alert delivered, but not to all of its recipients" .*carl@example.com (5[0-9]*)' "$log"
}

@test "mails arrive in the mailboxes of those whom the server knows" {
  [ -z "$missing" ] || skip "$missing"
  start_smtpd
  run_mails "tls: none"
  mails_are_there
}

@test "over STARTTLS, verified" {
  [ -z "$missing" ] || skip "$missing"
  start_smtpd tls-require pki localhost
  printf 'EHLO test\r\nQUIT\r\n' |
    openssl s_client -starttls smtp -quiet -connect "127.0.0.1:$port" 2>/dev/null | grep -q '^221 ' ||
    skip "this OpenSMTPD speaks no TLS with its OpenSSL"
  run_mails "ca_file: $folder/cert.pem"
  mails_are_there
}
