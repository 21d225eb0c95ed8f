metadata {
  id = "Zoom.Sign.In.Many.Clients",
  display_name = "Zoom user signed in with many kinds of clients",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One user signed in with four or more different kinds of clients within an hour: "
    .. "Windows, Mac, Linux, a phone, a browser. Few people own so many devices, and nobody uses "
    .. "all of them at once.\n\n"
    .. "False positives: people who test clients, and shared accounts.",
  runbook = "1. Compare the IP addresses of the sign-ins.\n"
    .. "2. Ask the user which devices are theirs.\n"
    .. "3. If nobody can explain it: end the user's sessions, reset their password, and require "
    .. "a second factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Many.Clients --except email=USER --reason TICKET` leaves out what is meant to "
    .. "happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in" },
  summary_attributes = { "client_type", "ip_address" },
  title = "{email} signed in with many kinds of clients",
  dedup = "email",
  alert_context = { "ip_address", client = "client_type", before = "answer:values" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
    ["client_type|re"] = "\\S",
  },
  distinct = { of = "client_type", per = "email", at_least = 4, within = "1h" },
}

tests {
  { name = "the fourth within the hour", fixture = "zoom/activity/sign_in_mobile.json", expect = true,
    known = { ["homer@example.com"] = { "Browser", "Windows", "Linux" } },
    title = "homer@example.com signed in with many kinds of clients", dedup = "homer@example.com" },
  { name = "four within the hour", alerts = { { match_count = 1 } }, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_windows.json", after = "10m" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "10m" },
    { fixture = "zoom/activity/sign_in_mobile.json", after = "10m" },
  } },
  { name = "one kind of client four times", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in_windows.json", times = 4 },
  } },
  { name = "without an email address, a client, or a sign-in", expect = false, events = {
    { fixture = "zoom/activity/sign_in_mobile.json", times = 5,
      set = { email = "", client_type = "Client {n}" } },
    { fixture = "zoom/activity/sign_in_mobile.json", times = 5, set = { client_type = " " } },
    { fixture = "zoom/activity/sign_out_windows.json", times = 5, set = { client_type = "Client {n}" } },
    { fixture = "zoom/activity/unknown_type.json", times = 5, set = { client_type = "Client {n}" } },
  } },
}
