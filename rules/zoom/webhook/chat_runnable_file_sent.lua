local zoom = require "zoom.webhook"

local chat = require "chat"

metadata {
  id = "Zoom.Chat.Runnable.File.Sent",
  display_name = "Executable file sent in a Zoom chat",
  log_types = { "Zoom.Chat", "Zoom.Meeting", "Zoom.Webinar" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody sent a program, a script, a disk image, a document with macros, a web "
    .. "page or a profile of settings through a meeting's chat or Team Chat; an archive counts if its "
    .. "name promises a program. Files in chats do not pass a mail gateway, and people trust the people they "
    .. "chat with.\n\n"
    .. "False positives: support teams and developers who send tools; a file share is better for "
    .. "that.",
  runbook = "1. Ask the sender what the file is. Use another channel, because whoever took over "
    .. "an account would answer, too.\n"
    .. "2. Find out who opened it, and scan their machines.\n"
    .. "3. Restrict the file types in chats (Account Settings, File transfer).\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Runnable.File.Sent --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1566.003", "TA0008:T1570" } },
  tags = { "Zoom", "Chat" },
  where = {
    {
      event = { "meeting.chat_message_file_sent", "webinar.chat_message_file_sent" },
      ["payload.object.chat_message_file.file_name|contains"] = ".",
    },
    {
      -- Most messages have no file; an edit may add one.
      event = {
        "team_chat.file_shared", "team_chat.file_uploaded", "team_chat.file_changed",
        "team_chat.channel_message_posted", "team_chat.channel_message_updated",
        "team_chat.dm_message_posted", "team_chat.dm_message_updated",
      },
      ["payload.object.files|exists"] = true,
    },
    {
      -- Zoom documents one file for downloads; some apps report what is sent in the same form.
      event = { "team_chat.file_shared", "team_chat.file_uploaded", "team_chat.file_changed" },
      ["payload.object.file.file_name|contains"] = ".",
    },
  },
}

local function runnable(event)
  local name = zoom.object_value(event, "chat_message_file", "file_name")
    or zoom.object_value(event, "file", "file_name")
  if chat.is_harmful(name) then
    return name
  end
  for _, file in ipairs(zoom.object_items(event, "files")) do
    name = zoom.item_value(file, "file_name")
    if chat.is_harmful(name) then
      return name
    end
  end
  return nil
end

function rule(event)
  return runnable(event) ~= nil
end

-- Offices send documents with macros and web pages, too: those count less.
function severity(event)
  return chat.is_program(runnable(event)) and "DEFAULT" or "LOW"
end

function title(event)
  local sender = zoom.object_value(event, "chat_message_file", "sender_name")
  return ("%s sent by %s"):format(runnable(event), sender or zoom.operator_of(event))
end

-- Guests choose their own names and those of files, so there is one alert per meeting or sender.
function dedup(event)
  if not re.find(event.event, "^team_chat") then
    return "meeting " .. tostring(zoom.object_value(event, "meeting_id")
      or zoom.object_value(event, "webinar_id"))
  end
  return zoom.operator_of(event)
end

function alert_context(event)
  return { file = runnable(event), meeting = zoom.object_value(event, "meeting_id") }
end

tests {
  { name = "in a meeting", fixture = "zoom/webhook/meeting/chat_file_runnable.json",
    expect = true, title = "Minutes.pdf.exe sent by Bart Simpson" },
  { name = "in a channel, next to another file",
    fixture = "zoom/webhook/chat/file_shared_runnable.json", expect = true,
    title = "Setup.MSI sent by homer@example.com" },
  { name = "many names in one meeting",
    alerts = { { match_count = 50, dedup = "meeting 98213254471" } }, events = {
      { fixture = "zoom/webhook/meeting/chat_file_runnable.json", times = 50,
        set = { ["payload.object.chat_message_file.file_name"] = "{n}.exe",
          ["payload.object.chat_message_file.sender_name"] = "Guest {n}" } },
    } },
  { name = "uploaded", fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.file_uploaded" }, expect = true },
  { name = "changed", fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.file_changed" }, expect = true },
  { name = "with a message", fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.channel_message_posted" }, expect = true },
  { name = "with a message to one person", expect = true,
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.dm_message_posted" } },
  { name = "with an edited message", expect = true,
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.channel_message_updated" } },
  { name = "with an edited message to one person", expect = true,
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { event = "team_chat.dm_message_updated" } },
  { name = "a message without a file", fixture = "zoom/webhook/chat/channel_message_link.json",
    expect = false },
  { name = "a file without an extension", expect = false,
    fixture = "zoom/webhook/meeting/chat_file_runnable.json",
    set = { ["payload.object.chat_message_file.file_name"] = "README" } },
  { name = "a script of macOS, a document with macros, a profile", alerts = { { match_count = 3 } },
    events = {
      { fixture = "zoom/webhook/chat/file_shared_runnable.json",
        set = { ["payload.object.files"] = { { file_name = "zoom_sdk_support.scpt" } } } },
      { fixture = "zoom/webhook/chat/file_shared_runnable.json",
        set = { ["payload.object.files"] = { { file_name = "Bonus.XLSM" } } } },
      { fixture = "zoom/webhook/chat/file_shared_runnable.json",
        set = { ["payload.object.files"] = { { file_name = "Zoom.mobileconfig" } } } },
    } },
  { name = "an archive that promises a program", expect = true,
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { ["payload.object.files"] = { { file_name = "zoom_update.zip" } } } },
  { name = "a document with macros", expect = true, severity = "LOW",
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { ["payload.object.files"] = { { file_name = "Budget.xlsm" } } } },
  { name = "a script of macOS", expect = true, severity = "MEDIUM",
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { ["payload.object.files"] = { { file_name = "zoom_sdk_support.scpt" } } } },
  { name = "another archive", expect = false,
    fixture = "zoom/webhook/chat/file_shared_runnable.json",
    set = { ["payload.object.files"] = { { file_name = "photos.zip" } } } },
  { name = "a document", fixture = "zoom/webhook/chat/file_shared.json",
    expect = false },
  { name = "a document whose name contains exe", fixture = "zoom/webhook/meeting/chat_file_document.json",
    expect = false },
  { name = "deleted", fixture = "zoom/webhook/chat/file_deleted_runnable.json", expect = false },
  { name = "as one file", fixture = "zoom/webhook/chat/file_shared_runnable.json",
    unset = { "payload.object.files" }, set = { ["payload.object.file.file_name"] = "update.scpt" },
    expect = true },
  { name = "in a webinar", fixture = "zoom/webhook/meeting/chat_file_runnable.json",
    set = { event = "webinar.chat_message_file_sent" }, expect = true },
}
