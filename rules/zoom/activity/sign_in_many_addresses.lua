metadata {
  id = "Zoom.Sign.In.Many.Addresses",
  display_name = "Zoom user signed in from many addresses",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One user signed in from five or more different IP addresses within an hour. "
    .. "Most people use one or two. Many addresses suggest a shared password, or proxies that "
    .. "change with every request.\n\n"
    .. "False positives: shared accounts, mobile networks that change addresses, and VPNs with "
    .. "many exits.",
  runbook = "1. Find out who owns the addresses.\n"
    .. "2. Ask the user where they were.\n"
    .. "3. If nobody can explain it: end the user's sessions, reset their password, and require "
    .. "a second factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Many.Addresses --except email=USER --reason TICKET` leaves out what is meant to "
    .. "happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0011:T1090" } },
  tags = { "Zoom", "Sign-in" },
  summary_attributes = { "ip_address", "client_type" },
  title = "{email} signed in from many addresses",
  dedup = "email",
  alert_context = { "client_type", address = "ip_address", count = "answer:count",
    before = "answer:values" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
    ["ip_address|contains"] = { ".", ":" }, -- no "unknown"
  },
  distinct = { of = "ip_address", per = "email", at_least = 5, within = "1h" },
}

tests {
  { name = "the fifth within the hour", fixture = "zoom/activity/sign_in.json", expect = true,
    known = { ["homer@example.com"] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::4" } },
    title = "homer@example.com signed in from many addresses", dedup = "homer@example.com" },
  { name = "one that was among them", fixture = "zoom/activity/sign_in.json", expect = false,
    known = { ["homer@example.com"] = { "203.0.113.24", "192.0.2.2", "192.0.2.3", "192.0.2.4" } } },
  { name = "nine within the hour", events = {
    { fixture = "zoom/activity/sign_in.json", times = 9, every = "5m",
      set = { ip_address = "203.0.113.{n}" } },
  }, alerts = { { dedup = "homer@example.com", match_count = 5 } } },
  { name = "five too slowly", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 5, every = "16m",
      set = { ip_address = "203.0.113.{n}" } },
  } },
  { name = "two addresses in turn", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 5 },
    { fixture = "zoom/activity/sign_in_ipv6.json", times = 5 },
  } },
  { name = "without an email address, an address, or a sign-in", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 6, set = { email = "", ip_address = "203.0.113.{n}" } },
    { fixture = "zoom/activity/sign_in_no_ip.json", times = 6 },
    { fixture = "zoom/activity/sign_in_bad_ip.json", times = 6, set = { ip_address = "unknown {n}" } },
    { fixture = "zoom/activity/sign_out.json", times = 6, set = { ip_address = "203.0.113.{n}" } },
  } },
}
