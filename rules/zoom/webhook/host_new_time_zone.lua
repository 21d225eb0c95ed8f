metadata {
  id = "Zoom.Host.New.Time.Zone",
  display_name = "Zoom meeting scheduled in a new time zone",
  log_types = { "Zoom.Meeting" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "Somebody scheduled a meeting in a time zone that they have not used for ninety "
    .. "days. Clients take the time zone from the machine: a new one means another place or "
    .. "another machine.\n\n"
    .. "False positives: people who travel, and meetings with partners abroad. The rule is a "
    .. "signal and opens no alert. In the first fourteen days of each person the rule only "
    .. "learns.",
  runbook = "1. Check the addresses of the person's latest sign-ins.\n"
    .. "2. If they do not fit the time zone, ask the person.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Meetings", "Stateful" },
  where = {
    event = "meeting.created",
  },
  new_value = { of = "payload.object.timezone", per = "payload.operator" },
  title = "{payload.operator} scheduled a meeting in the time zone {answer:value}, for the first time "
    .. "in months",
  dedup = "payload.operator",
}

tests {
  { name = "a new time zone after three weeks", events = {
    { fixture = "zoom/webhook/meeting/created.json", times = 3, every = "10d" },
    { fixture = "zoom/webhook/meeting/created.json", after = "1d",
      set = { ["payload.object.timezone"] = "Asia/Vladivostok" } },
  }, expect = true,
    title = "homer@example.com scheduled a meeting in the time zone Asia/Vladivostok, "
      .. "for the first time in months" },
  { name = "the usual time zone", expect = false, events = {
    { fixture = "zoom/webhook/meeting/created.json", times = 5, every = "10d" },
  } },
  { name = "without a time zone", expect = false, events = {
    { fixture = "zoom/webhook/meeting/created.json", times = 3, every = "10d" },
    { fixture = "zoom/webhook/meeting/created.json", after = "1d",
      unset = { "payload.object.timezone" } },
  } },
  { name = "another event", fixture = "zoom/webhook/meeting/created.json",
    set = { event = "meeting.updated" }, expect = false },
  { name = "by an unknown operator", fixture = "zoom/webhook/meeting/created.json",
    set = { ["payload.operator"] = "" }, expect = false },
}
