metadata {
  id = "Zoom.Sign.In.Unusual.Hour",
  display_name = "Zoom sign-in at an unusual hour",
  log_types = { "Zoom.Activity" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A user signed in at an hour of the day at which they have not in the last three "
    .. "months, nor two hours before or after it. People travel and work late, so the rule "
    .. "opens no alert: it records the event for searches and for correlations.\n\n"
    .. "False positives: late work, travel, and shifts that change.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the user whether it was them.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Signals" },
  create_alert = false,
  unusual_hour = { per = "email" },
  title = "{email} signed in at an unusual hour",
  dedup = "email",
  alert_context = { "email", "ip_address", "client_type" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
}

tests {
  { name = "after five weeks of mornings", expect = true, events = {
    { fixture = "zoom/activity/sign_in.json", times = 35, every = "1d", at = "2024-01-01T08:00:00Z" },
    { fixture = "zoom/activity/sign_in.json", after = "19h" },
  }, title = "homer@example.com signed in at an unusual hour" },
  { name = "an hour later than usual", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 35, every = "1d", at = "2024-01-01T08:00:00Z" },
    { fixture = "zoom/activity/sign_in.json", after = "25h" },
  } },
  { name = "in the first weeks", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 5, every = "1d", at = "2024-01-01T08:00:00Z" },
    { fixture = "zoom/activity/sign_in.json", after = "19h" },
  } },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
  { name = "without an address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
}
