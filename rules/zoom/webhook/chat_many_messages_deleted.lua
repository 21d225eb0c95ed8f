metadata {
  id = "Zoom.Chat.Many.Messages.Deleted",
  display_name = "Many Zoom chat messages deleted",
  log_types = { "Zoom.Chat" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person deleted twenty or more messages within a day. People remove traces "
    .. "of fraud or harassment this way.\n\n"
    .. "False positives: people who clean up a channel; deleted channels.",
  runbook = "1. Export the person's chats from the archive, if there is one.\n"
    .. "2. Ask the person why.\n"
    .. "3. If nobody can explain it: turn off message deletion for the account while you "
    .. "investigate.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Many.Messages.Deleted --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1070", "TA0040:T1485" } },
  tags = { "Zoom", "Chat" },
  threshold = 20,
  dedup_period_minutes = 24 * 60,
  title = "Many chat messages deleted by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  unique = "payload.object.message_id or payload.object.id",
  alert_context = {
    operator = "payload.operator", channel = "payload.object.channel_name",
    message = "payload.object.message",
  },
  where = {
    event = {
      "chat_message.deleted", "team_chat.channel_message_deleted", "team_chat.dm_message_deleted",
    },
  },
}

tests {
  { name = "a single match", fixture = "zoom/webhook/chat/message_deleted.json", expect = true,
    title = "Many chat messages deleted by homer@example.com" },
  { name = "twenty within the hour", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/message_deleted.json", times = 20, every = "1m",
      set = { ["payload.object.id"] = "m{n}" } },
  } },
  { name = "one an hour", alerts = { { match_count = 20 } }, events = {
    { fixture = "zoom/webhook/chat/message_deleted.json", times = 20, every = "1h",
      set = { ["payload.object.id"] = "m{n}", ["payload.object.message_id"] = "m{n}" } },
  } },
  { name = "the same message twenty times", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_deleted.json", times = 20 },
  } },
  { name = "sent", fixture = "zoom/webhook/chat/message_plain.json", expect = false },
  { name = "in a channel", fixture = "zoom/webhook/chat/message_deleted.json",
    set = { event = "team_chat.channel_message_deleted" }, expect = true },
  { name = "to one person", fixture = "zoom/webhook/chat/message_deleted.json",
    set = { event = "team_chat.dm_message_deleted" }, expect = true },
}
