metadata {
  id = "Zoom.Sign.In.New.Client",
  display_name = "Zoom sign-in with a new kind of client",
  log_types = { "Zoom.Activity" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-extended",
  create_alert = false,
  description = "A user signed in with a kind of client (Windows, Mac, Linux, a phone, a "
    .. "browser) that they have not used for ninety days. Alone this means little; together with "
    .. "a new country or a changed setting it means a lot.\n\n"
    .. "False positives: new machines and phones. The rule is a signal and opens no alert. In "
    .. "the first fourteen days of each user the rule only learns.",
  runbook = "1. Look at the IP address: is it one that the user usually has?\n"
    .. "2. If it is not, ask the user.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Stateful" },
  summary_attributes = { "client_type" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  new_value = { of = "client_type", per = "email" },
  title = "{email} signed in with {answer:value}, for the first time in months",
  dedup = "email",
}

tests {
  { name = "without an email address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
  { name = "without a client", fixture = "zoom/activity/sign_in.json", set = { client_type = "" },
    expect = false },
  { name = "a new client after three weeks", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
  }, expect = true, title = "homer@example.com signed in with Linux, for the first time in months" },
  { name = "the same client repeatedly", expect = false, events = {
    { fixture = "zoom/activity/sign_in_linux.json", times = 4, every = "10d" },
  } },
  { name = "in the first days", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
  } },
  { name = "of another user", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d",
      set = { email = "lisa@example.com" } },
  } },
  { name = "the usual client", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json", times = 9, every = "10d" },
  } },
}
