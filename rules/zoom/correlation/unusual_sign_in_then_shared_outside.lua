correlation {
  id = "Zoom.Takeover.Unusual.Sign.In.Then.Shared.Outside",
  display_name = "Unusual Zoom sign-in, then things shared with outsiders",
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "email" },
  description = "Somebody signed in from a new country, with a new client, from a bad address, or from "
    .. "too far away to have travelled. Within twelve hours the same account shared AI summaries "
    .. "of meetings, or a calendar, with people outside the company three or more times. An "
    .. "intruder takes what meetings decided, and when the next one is.\n\n"
    .. "False positives: people who travel to customers, and send them summaries from there.",
  runbook = "1. Call the person, and end all of their sessions in the meantime.\n"
    .. "2. Unshare the summaries and the calendar; look at who got them.\n"
    .. "3. Reset the password, and look for recordings that were downloaded or deleted since the "
    .. "sign-in.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0010:T1567" } },
  tags = { "Zoom", "Takeover", "Exfiltration" },
  sequence = {
    { id = "sign_in", on = "email", rule = {
      "Zoom.Sign.In.New.Country", "Zoom.Sign.In.New.Client", "Zoom.Sign.In.Impossible.Travel",
      "Zoom.Sign.In.From.Threat.Address", "Zoom.Sign.In.Country.New.To.Company",
    } },
    { id = "shared", on = "payload.operator", min = 3, rule = {
      "Zoom.Meeting.Summary.Shared.Outside", "Zoom.Calendar.Shared.With.Outsider",
    } },
  },
  on = "email",
  within_minutes = 12 * 60,
}

function title(event)
  return ("%s shared with outsiders after an unusual sign-in: %s"):format(event.email,
    event.steps.shared.events[1].title)
end

local function shared(number, after)
  return { event = { event = "meeting.summary_shared", event_ts = 1711004943216, payload = { account_id = "a",
    operator = "homer@example.com", operator_id = "b", object = { meeting_host_id = "b",
      meeting_host_email = "homer@example.com", meeting_uuid = "u" .. number, meeting_id = 98213254471,
      meeting_topic = "Budget", share_with_users = { { user_email = "bart@x.example" } } } } },
    after = after }
end

tests {
  { name = "three summaries", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    shared(1, "5m"), shared(2, "1m"), shared(3, "1m"),
  }, alerts = { { severity = "HIGH", title = "homer@example.com shared with outsiders after an unusual "
    .. "sign-in: Summary of Budget shared with bart@x.example by homer@example.com" } } },
  { name = "two summaries", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    shared(1, "5m"), shared(2, "1m"),
  } },
  { name = "a day later", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    shared(1, "1d"), shared(2, "1m"), shared(3, "1m"),
  } },
}
