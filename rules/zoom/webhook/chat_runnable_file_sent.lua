local zoom = require "zoom"

metadata {
  id = "Zoom.Chat.Runnable.File.Sent",
  display_name = "Zoom chat carried a file that can be run",
  log_types = { "Zoom.Chat", "Zoom.Meeting" },
  severity = "medium",
  description = "Somebody sent a program, a script or a disk image through a meeting's chat or "
    .. "Team Chat. Files in chats pass no mail gateway, and people trust whom they talk to.\n\n"
    .. "False positives: support teams and developers who send tools; better from a share.",
  runbook = "1. Ask the sender what the file is; a taken-over account answers, too, so ask on "
    .. "another way.\n"
    .. "2. Find out who opened it, and scan their machines.\n"
    .. "3. Restrict the kinds of files in chats (Account Settings, File transfer).",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1566.003", "TA0008:T1570" } },
  tags = { "Zoom", "Chat" },
  dedup_period_minutes = 60,
  where = {
    event = {
      "meeting.chat_message_file_sent", "team_chat.file_shared", "team_chat.file_uploaded",
      "team_chat.channel_message_posted", "team_chat.dm_message_posted",
    },
  },
}

local function runnable(event)
  local name = zoom.object_value(event, "chat_message_file", "file_name")
  if zoom.is_runnable(name) then
    return name
  end
  for _, file in ipairs(zoom.object_items(event, "files")) do
    name = zoom.item_value(file, "file_name")
    if zoom.is_runnable(name) then
      return name
    end
  end
  return nil
end

function rule(event)
  return runnable(event) ~= nil
end

function title(event)
  local sender = zoom.object_value(event, "chat_message_file", "sender_name")
  return ("%s sent by %s"):format(runnable(event), sender or zoom.operator_of(event))
end

tests {
  { name = "in a meeting", fixture = "zoom/webhook/meeting/chat_file_runnable.json",
    log_type = "Zoom.Meeting", expect = true, title = "Minutes.pdf.exe sent by Bart Simpson" },
  { name = "in a channel, beside another file",
    fixture = "zoom/webhook/chat/file_shared_runnable.json", log_type = "Zoom.Chat", expect = true,
    title = "Setup.MSI sent by homer@example.com" },
  { name = "a document", fixture = "zoom/webhook/chat/file_shared.json", log_type = "Zoom.Chat",
    expect = false },
  { name = "a document whose name holds it",
    fixture = "zoom/webhook/meeting/chat_file_document.json", log_type = "Zoom.Meeting",
    expect = false },
  { name = "deleted", fixture = "zoom/webhook/chat/file_deleted_runnable.json",
    log_type = "Zoom.Chat", expect = false },
}
