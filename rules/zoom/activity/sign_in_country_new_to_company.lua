-- The places of the addresses in the tests.
local CH, NZ = { country = { iso_code = "CH" } }, { country = { iso_code = "NZ" } }
local PLACES = { geo = { ["203.0.113.24"] = CH, ["192.0.2.200"] = NZ } }

metadata {
  id = "Zoom.Sign.In.Country.New.To.Company",
  display_name = "First Zoom sign-in of the company from a country",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody signed in from a country from which nobody in the company has signed in for "
    .. "ninety days. The rule needs the lookup table \"geo\" (docs/detections.md); without it the "
    .. "rule does nothing.\n\n"
    .. "False positives: the first to travel there, and VPNs. In the first fourteen days the rule "
    .. "only learns and opens no alert.",
  runbook = "1. Ask the user whether they are in that country.\n"
    .. "2. Check the client, and what the user has done since.\n"
    .. "3. If they are not: end the user's sessions, reset their password, and require a second "
    .. "factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Country.New.To.Company --except email=USER --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Stateful" },
  summary_attributes = { "ip_address" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  new_value = {
    of = { lookup = "geo", key = "ip_address", value = { "country.iso_code", "country" } },
    learn = "14d",
    keep = "90d",
  },
  title = "{email} is the first of the company in months to sign in from {answer:value}",
  dedup = "answer:value",
  alert_context = { "ip_address", "client_type", country = "answer:value" },
}

tests {
  { name = "without an email address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
  { name = "without an IP address",
    fixture = "zoom/activity/sign_in.json", set = { ip_address = "" },
    expect = false },
  { name = "after three weeks at home", mocks = { ["event:lookup"] = PLACES }, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d",
      set = { email = "lisa@example.com" } },
  }, alerts = { { dedup = "NZ",
    title = "lisa@example.com is the first of the company in months to sign in from NZ",
    alert_context = { country = "NZ", ip_address = "192.0.2.200", client_type = "Browser" } } } },
  { name = "where a colleague was", mocks = { ["event:lookup"] = PLACES }, expect = false, events = {
    { fixture = "zoom/activity/sign_in_second_network.json" },
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d",
      set = { email = "lisa@example.com" } },
  } },
  { name = "without a table", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  } },
}
