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
  threshold = 5,
  title = "{email} signed in from many addresses",
  dedup = "email",
  alert_context = { "client_type", first_address = "ip_address" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
    ["ip_address|exists"] = true,
  },
}

function rule(event)
  return ip.is(event.ip_address)
end

function unique(event)
  return ip.normalise(event.ip_address)
end

tests {
  { name = "without an email address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
  { name = "a single match", fixture = "zoom/activity/sign_in.json", expect = true,
    title = "homer@example.com signed in from many addresses", dedup = "homer@example.com" },
  { name = "five within the hour", events = {
    { fixture = "zoom/activity/sign_in.json", times = 5, every = "10m",
      set = { ip_address = "203.0.113.{n}" } },
  }, alerts = { { dedup = "homer@example.com" } } },
  { name = "two addresses in turn", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 5 },
    { fixture = "zoom/activity/sign_in_ipv6.json", times = 5 },
  } },
  { name = "a single match, IPv6", fixture = "zoom/activity/sign_in_ipv6.json", expect = true },
  { name = "no address", fixture = "zoom/activity/sign_in_no_ip.json", expect = false },
  { name = "an invalid address", fixture = "zoom/activity/sign_in_bad_ip.json",
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
}
