metadata {
  id = "Zoom.Chat.Many.Files.Downloaded",
  display_name = "Many files downloaded from Zoom chats",
  log_types = { "Zoom.Chat", "Zoom.Meeting", "Zoom.Webinar" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person downloaded thirty or more different files from chats within a day. "
    .. "Nobody reads that many: it looks like somebody who takes what they can before they "
    .. "leave.\n\n"
    .. "False positives: people who move to another machine.",
  runbook = "1. Ask the person, or their manager.\n"
    .. "2. Check the names of the files, and where the person signed in from.\n"
    .. "3. If nobody can explain it: end their sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Many.Files.Downloaded --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0010:T1567" } },
  tags = { "Zoom", "Chat" },
  threshold = 30,
  dedup_period_minutes = 24 * 60,
  title = "Many files downloaded from chats by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  unique = "payload.object.file.file_id or payload.object.files.0.file_id or payload.object.file_id"
    .. " or payload.object.chat_message_file.file_id or payload.object.file.file_name",
  alert_context = { operator = "payload.operator", first_file = "payload.object.file.file_name" },
  where = {
    event = {
      "team_chat.file_downloaded", "meeting.chat_message_file_downloaded",
      "webinar.chat_message_file_downloaded",
    },
  },
}

tests {
  { name = "a single match", fixture = "zoom/webhook/chat/file_downloaded.json", expect = true,
    title = "Many files downloaded from chats by homer@example.com" },
  { name = "thirty, as some apps report them", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/file_downloaded_list.json", times = 30, every = "1m",
      set = { ["payload.object.files.1.file_id"] = "f{n}" } },
  } },
  { name = "thirty within a day", alerts = { { match_count = 30 } }, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 30, every = "45m",
      set = { ["payload.object.file.file_id"] = "f{n}" } },
  } },
  { name = "thirty within two days", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 30, every = "100m",
      set = { ["payload.object.file.file_id"] = "f{n}" } },
  } },
  { name = "one file repeatedly", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 40 },
  } },
  { name = "shared", fixture = "zoom/webhook/chat/file_shared.json", expect = false },
  { name = "in meetings", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 30, every = "1m",
      set = { event = "meeting.chat_message_file_downloaded",
        ["payload.object.chat_message_file.file_id"] = "f{n}" }, unset = { "payload.object.file" } },
  } },
  { name = "in a webinar", fixture = "zoom/webhook/chat/file_downloaded.json",
    set = { event = "webinar.chat_message_file_downloaded" }, expect = true },
}
