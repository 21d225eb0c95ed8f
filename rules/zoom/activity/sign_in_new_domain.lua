metadata {
  id = "Zoom.Sign.In.New.Domain",
  display_name = "Zoom sign-in by a user of a new domain",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody signed in with an address of a domain that the account has not seen "
    .. "for ninety days. Mergers bring new domains, but an address in another domain also lets "
    .. "an intruder keep access after being locked out.\n\n"
    .. "False positives: acquired companies, and guests with licenses. In the first fourteen "
    .. "days the rule only learns and opens no alert.",
  runbook = "1. Who owns the domain, and when was it registered?\n"
    .. "2. Who added the user, and why?\n"
    .. "3. If nobody can explain it: deactivate the user.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.New.Domain --except email=USER --reason TICKET` leaves out what is meant to "
    .. "happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003", "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Stateful" },
  summary_attributes = { "email" },
  alert_context = { "ip_address", "client_type" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  new_value = { of = { field = "email", part = "domain" }, learn = "14d", keep = "90d" },
  title = "{email} signed in: the first user of {answer:value} in months",
  dedup = "answer:value",
}

tests {
  { name = "without an email address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
  { name = "a new domain after three weeks", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_other_domain.json", after = "1d" },
  }, alerts = { { title = "homer@example.net signed in: the first user of example.net in months" } } },
  { name = "in the first days", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_other_domain.json", after = "1d" },
  } },
  { name = "another user of the domain", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_non_ascii_email.json", after = "1d" },
  } },
  { name = "an invalid address", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in.json", after = "1d", set = { email = "homer@" } },
  } },
}
