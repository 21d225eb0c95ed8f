local chat = require "chat"

local zoom = require "zoom.webhook"

metadata {
  base = "Zoom.Chat.Many.Files.Downloaded",
  id = "Zoom.Chat.Files.Taken.In.Bulk",
  display_name = "Files taken from Zoom chats in bulk",
  severity = "high",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One person downloaded sixty or more different files from chats within a day: twice what "
    .. "Zoom.Chat.Many.Files.Downloaded reports.\n\n"
    .. "False positives: people who move to another machine.",
  runbook = "1. Ask the person's manager whether they are about to leave, before you ask them.\n"
    .. "2. Look at which channels and files it was, and from where they signed in.\n"
    .. "3. If nobody can explain it: end their sessions, keep the machine, and follow your procedure for "
    .. "insiders.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Chat.Files.Taken.In.Bulk --except payload.operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  threshold = 60,
  title = "Files taken from chats in bulk by {payload.operator or 'an unknown operator'}",
}

function alert_context(event)
  return { operator = zoom.operator_of(event), first_file = chat.file_of(event) }
end

tests {
  { name = "one file", fixture = "zoom/webhook/chat/file_downloaded.json", expect = true,
    severity = "HIGH", title = "Files taken from chats in bulk by homer@example.com" },
  { name = "sixty within the hour", alerts = { { match_count = 60,
    alert_context = { operator = "homer@example.com", first_file = "f1" } } }, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 60, every = "30s",
      set = { ["payload.object.file.file_id"] = "f{n}" } },
  } },
  { name = "fifty-nine", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 59, every = "1m",
      set = { ["payload.object.file.file_id"] = "f{n}" } },
  } },
  { name = "shared", fixture = "zoom/webhook/chat/file_shared.json", expect = false },
  { name = "in a meeting and in a webinar", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 30,
      set = { event = "meeting.chat_message_file_downloaded", ["payload.object.file.file_id"] = "m{n}" } },
    { fixture = "zoom/webhook/chat/file_downloaded.json", times = 30,
      set = { event = "webinar.chat_message_file_downloaded", ["payload.object.file.file_id"] = "w{n}" } },
  } },
}
