correlation {
  id = "Zoom.Takeover.Unusual.Sign.In.Then.Links.Sent",
  display_name = "Unusual Zoom sign-in, then links sent to many people",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "email" },
  description = "Somebody signed in from a new country, with a new client, from a bad address, or from "
    .. "too far away to have travelled. Within twelve hours the same account sent links to eight "
    .. "or more people in direct messages, within half an hour. Thieves of an account write to "
    .. "its colleagues first.\n\n"
    .. "False positives: people who travel and invite many colleagues one by one.",
  runbook = "1. Call the person, and end all of their sessions in the meantime.\n"
    .. "2. Open the link in a sandbox; if it is malicious, delete the messages, and block the "
    .. "site.\n"
    .. "3. Find out who opened the link, and treat their accounts as taken over, too.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0001:T1566.003", "TA0008:T1534" } },
  tags = { "Zoom", "Takeover", "Chat" },
  sequence = {
    { id = "sign_in", on = "email", rule = {
      "Zoom.Sign.In.New.Country", "Zoom.Sign.In.New.Client", "Zoom.Sign.In.Impossible.Travel",
      "Zoom.Sign.In.From.Threat.Address", "Zoom.Sign.In.Country.New.To.Company",
    } },
    { id = "links", on = "payload.operator", min = 8, unique = "payload.object.contact_id",
      rule = "Zoom.Chat.Link.To.Many.People" },
  },
  on = "email",
  within_minutes = 12 * 60,
}

function title(event)
  return ("%s sent links to many people after an unusual sign-in"):format(event.email)
end

tests {
  { name = "to eight people", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/webhook/chat/message_direct_link.json", after = "9m", times = 8, every = "1m",
      set = { ["payload.object.contact_id"] = "p{n}" } },
  }, alerts = { { severity = "CRITICAL",
    title = "homer@example.com sent links to many people after an unusual sign-in" } } },
  { name = "to one person often", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/webhook/chat/message_direct_link.json", after = "9m", times = 8, every = "1m" },
  } },
  { name = "a day later", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/webhook/chat/message_direct_link.json", after = "1d", times = 8, every = "1m",
      set = { ["payload.object.contact_id"] = "p{n}" } },
  } },
}
