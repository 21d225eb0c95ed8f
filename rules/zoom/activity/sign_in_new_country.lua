-- The places of the addresses in the tests.
local CH = { country = { iso_code = "CH" }, location = { latitude = 47.4, longitude = 8.5 } }
local NZ = { country = { iso_code = "NZ" }, location = { latitude = -36.8, longitude = 174.8 } }
local PLACES = { geo = { ["203.0.113.24"] = CH, ["192.0.2.200"] = NZ } }

metadata {
  id = "Zoom.Sign.In.New.Country",
  display_name = "Zoom sign-in from a new country",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  create_alert = false,
  description = "A user signed in from a country from which they have not signed in for ninety "
    .. "days. People travel every day, so the rule opens no alert: it records the event for other "
    .. "rules, which look for a second sign. It needs the lookup table \"geo\" "
    .. "(docs/detections.md); without it the rule does nothing.\n\n"
    .. "False positives: people who travel, and VPNs. In the first fourteen days of each user "
    .. "the rule only learns.",
  runbook = "1. Ask the user whether they are in that country.\n"
    .. "2. Check the client, and what the user has done since.\n"
    .. "3. If they are not: end the user's sessions, reset their password, and require a second "
    .. "factor.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Signals", "Stateful" },
  summary_attributes = { "ip_address" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  new_value = {
    of = { lookup = "geo", key = "ip_address", value = { "country.iso_code", "country" } },
    per = "email",
    learn = "14d",
    keep = "90d",
  },
  title = "{email} signed in from {answer:value}, for the first time in months",
  dedup = "email",
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
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  }, expect = true, title = "homer@example.com signed in from NZ, for the first time in months",
    dedup = "homer@example.com",
    alert_context = { country = "NZ", ip_address = "192.0.2.200", client_type = "Browser" } },
  { name = "in the first days", mocks = { ["event:lookup"] = PLACES }, expect = false, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  } },
  { name = "a country that is known", mocks = { ["event:lookup"] = PLACES }, expect = false,
    events = {
    { fixture = "zoom/activity/sign_in_second_network.json" },
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  } },
  { name = "an address that is not in the table", mocks = { ["event:lookup"] = PLACES },
    expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_mobile.json", after = "1d" },
  } },
  { name = "without a table", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  } },
}
