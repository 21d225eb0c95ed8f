-- The places of the addresses in the tests.
local CH, NZ = { country = { iso_code = "CH" } }, { country = { iso_code = "NZ" } }
local PLACES = { geo = { ["203.0.113.24"] = CH, ["192.0.2.200"] = NZ } }

metadata {
  id = "Zoom.Sign.In.New.Country.And.Client",
  display_name = "Zoom sign-in from a new country with a new kind of client",
  log_types = { "Zoom.Activity" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "A user signed in from a country from which they have not signed in for ninety days, with a "
    .. "kind of client that they have not used for as long. People who travel take their machines "
    .. "with them; thieves bring their own. The rule needs the lookup table \"geo\" "
    .. "(docs/detections.md); without it the rule does nothing.\n\n"
    .. "False positives: people who travel and borrow a machine. In the first fourteen days of each "
    .. "user the rule only learns and opens no alert.",
  runbook = "1. Ask the user whether they are in that country.\n"
    .. "2. Check the client, and what the user has done since.\n"
    .. "3. If they are not: end the user's sessions, reset their password, and require a second "
    .. "factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.New.Country.And.Client --except email=USER --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Stateful" },
  summary_attributes = { "ip_address" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  -- Both are remembered, whichever is new.
  new_value = {
    {
      of = { lookup = "geo", key = "ip_address", value = { "country.iso_code", "country" } },
      per = "email",
      learn = "14d",
      keep = "90d",
    },
    { of = "client_type", per = "email", learn = "14d", keep = "90d" },
  },
  title = "{email} signed in from {answer:value} with {client_type}, both for the first time in months",
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
  { name = "without a client", fixture = "zoom/activity/sign_in.json", set = { client_type = "" },
    expect = false },
  { name = "after three weeks at home", mocks = { ["event:lookup"] = PLACES }, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d", set = { ip_address = "192.0.2.200" } },
  }, alerts = { { dedup = "homer@example.com", severity = "HIGH",
    title = "homer@example.com signed in from NZ with Linux, both for the first time in months",
    alert_context = { country = "NZ", ip_address = "192.0.2.200", client_type = "Linux" } } } },
  { name = "a new country with the usual client", mocks = { ["event:lookup"] = PLACES }, expect = false,
    events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "1d" },
  } },
  { name = "a new client at home", mocks = { ["event:lookup"] = PLACES }, expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d", set = { ip_address = "203.0.113.24" } },
  } },
  { name = "without a table", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d", set = { ip_address = "192.0.2.200" } },
  } },
}
