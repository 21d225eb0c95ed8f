metadata {
  id = "Zoom.Chat.Files.More.Than.Usual",
  display_name = "Far more files downloaded from Zoom chats by one person than usual",
  log_types = { "Zoom.Chat", "Zoom.Meeting", "Zoom.Webinar" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody downloaded at least fifteen files from chats on one day (UTC), and five times "
    .. "as many as on the days of the last month on which they did so. Whoever leaves, or uses a stolen "
    .. "account, takes everything at once. `Zoom.Chat.Many.Files.Downloaded` needs more files, and no "
    .. "past.\n\n"
    .. "False positives: people who move to another machine, or join a project. In the first week of "
    .. "each person the rule only learns.",
  runbook = "1. Ask the person, or their manager.\n"
    .. "2. Check the names of the files, and where the person signed in from.\n"
    .. "3. If nobody can explain it: end their sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Files.More.Than.Usual --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0010:T1567" } },
  tags = { "Zoom", "Chat", "Exfiltration", "Stateful" },
  dedup_period_minutes = 24 * 60,
  where = {
    event = {
      "team_chat.file_downloaded", "meeting.chat_message_file_downloaded",
      "webinar.chat_message_file_downloaded",
    },
  },
  spike = { per = "payload.operator", at_least = 15 },
  title = "{payload.operator} downloaded far more files from chats than usual",
  dedup = "payload.operator",
  alert_context = { operator = "payload.operator", count = "answer:count", usual = "answer:usual" },
}

local function downloads(times, every, after)
  return { fixture = "zoom/webhook/chat/file_downloaded.json", times = times,
    every = every, after = after }
end

tests {
  { name = "twenty on a day, after one on others", events = {
    downloads(12, "1d"), downloads(20, "10m", "1d"),
  }, alerts = { { title = "homer@example.com downloaded far more files from chats than usual",
    dedup = "homer@example.com" } } },
  { name = "as many as usual", known = { ["homer@example.com"] = 9 }, alerts = 0,
    events = { downloads(20, "1m") } },
  { name = "in a meeting and in a webinar", known = { ["homer@example.com"] = 1 }, alerts = 1,
    events = {
      { fixture = "zoom/webhook/chat/file_downloaded.json", times = 8,
        every = "1m", set = { event = "meeting.chat_message_file_downloaded" } },
      { fixture = "zoom/webhook/chat/file_downloaded.json", times = 7,
        every = "1m", set = { event = "webinar.chat_message_file_downloaded" } },
    } },
  { name = "a few", known = { ["homer@example.com"] = 1 }, alerts = 0, events = { downloads(14, "1m") } },
  { name = "in the first week", alerts = 0, events = { downloads(3, "1d"), downloads(20, "1m", "1d") } },
  { name = "shared", fixture = "zoom/webhook/chat/file_shared.json",
    expect = false },
}
