#!/usr/bin/env bats
# Logging in to the dashboard with a token, in Chromium, and what a role may not do.

load lib

http_more=', login: token'

token() {
  "$margay" token new "$1" --role "$1" -c "$folder/margay.yml" 2>/dev/null
}

# api, for who has a token
api() {
  curl -sf --max-time 10 -H "Authorization: Bearer $(<"$folder/token")" "$url/api/v1$1"
}

# In place of the login page's 401, which the console reports.
only_401() {
  no "$(console_errors | grep -v 'status of 401')" "in the console"
}

@test "a page leads to the login, and from there back to the page" {
  token viewer >"$folder/token"
  open_page "$url/alerts?status=open"
  await 'location.pathname === "/login" && text("h1") === "Log in" && document.activeElement.name === "token"'
  equal 320 "$(viewport 320 640 && js 'return String(document.documentElement.scrollWidth)')" width
  viewport 1280 900
  type_into '[name=token]' 'mgy_wrong'
  press Enter
  await 'text(".form-problem").includes("not known")'
  js 'document.querySelector("[name=token]").value = ""' >/dev/null
  type_into '[name=token]' "$(<"$folder/token")"
  press Enter
  await 'location.pathname + location.search === "/alerts?status=open" && $$("table.alerts tbody tr").length === 2'
  equal '' "$(js 'return document.cookie')" "the cookie is not for scripts"
  only_401
}

@test "a viewer sees, and is offered nothing that a viewer may not do" {
  open_page "$url/alerts/$(alert_id 'High: two')"
  await '$(".alert-head") && text(".account").includes("viewer")'
  equal 0 "$(js 'return String(document.querySelectorAll("main [data-action], main form").length)')" "buttons"
}

@test "logging out ends the session" {
  open_page "$url/"
  click '.account button'
  await 'location.pathname === "/login"'
  open_page "$url/alerts"
  await 'location.pathname === "/login"'
  only_401
}

@test "a link to the login page leads nowhere but into the dashboard" {
  open_page "$url/login?back=//example.com/"
  type_into '[name=token]' "$(<"$folder/token")"
  press Enter
  await 'location.pathname === "/" && $(".tiles")'
  only_401
}

@test "single sign-on is offered where it is configured, and says why it did not work" {
  open_page "$url/login?problem=role"
  await 'text(".form-problem").includes("no role") && $("a.button").pathname === "/api/v1/session/oidc"'
  open_page "$url/login?problem=__proto__"
  await 'text(".form-problem").includes("provider") && $("[name=token]")'
}
