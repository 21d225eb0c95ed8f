metadata {
  id = "Zoom.App.Deauthorized",
  display_name = "Zoom app removed",
  log_types = { "Zoom.App" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody removed an app that was allowed to read this account. If it is the app "
    .. "that feeds your monitoring, you see nothing from then on.\n\n"
    .. "False positives: apps that are no longer used.",
  runbook = "1. Find out from its client ID which app it was (App Marketplace, Manage).\n"
    .. "2. Check that margay still receives events and reports.\n"
    .. "3. If it was your monitoring: authorise it again, and find out who removed it.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.App.Deauthorized --except payload.client_id=CLIENT_ID --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/marketplace/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685.002" } },
  tags = { "Zoom", "Apps", "Monitoring" },
  title = "App {payload.client_id or '(not named)'} removed from the account",
  alert_context = { client_id = "payload.client_id", user_id = "payload.user_id" },
  where = {
    event = "app_deauthorized",
  },
}

tests {
  { name = "removed", fixture = "zoom/webhook/account/app_deauthorized.json", expect = true,
    title = "App ADZ9k9bTWmGUoUbECUKU_a removed from the account" },
  { name = "without a client ID", fixture = "zoom/webhook/account/app_deauthorized.json",
    unset = { "payload.client_id" },
    expect = true, title = "App (not named) removed from the account" },
  { name = "an app asked for", fixture = "zoom/webhook/app/authorization_requested.json", expect = false },
}
