local zoom = require "zoom.webhook"

local chat = require "chat"

metadata {
  id = "Zoom.Chat.Link.In.Many.Channels",
  display_name = "Same link posted in more than three Zoom chat channels",
  log_types = { "Zoom.Chat" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "One person posted the same link in more than three channels within an hour. A "
    .. "taken-over account spreads phishing this way, because people click on links from "
    .. "colleagues. The part of the link after ? or # may differ, as in links that track each "
    .. "reader. Only the first link of a message counts. "
    .. "Announcements look the same, so the severity is medium; the same link to many people "
    .. "one by one is high.\n\n"
    .. "False positives: announcements, and links to the company's own pages.",
  runbook = "1. Open the link in a sandbox.\n"
    .. "2. Ask the sender through another channel whether they posted it.\n"
    .. "3. If it is malicious: delete the messages, end the sender's sessions, and find out who "
    .. "opened the link.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Link.In.Many.Channels --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1566.002", "TA0008:T1534" } },
  tags = { "Zoom", "Chat" },
  threshold = 4,
  unique = "payload.object.channel_id",
  where = {
    event = {
      "chat_message.sent", "chat_message.replied", "chat_message.updated",
      "team_chat.channel_message_posted", "team_chat.channel_message_updated",
    },
    ["payload.object.message|contains"] = { "http://", "https://" },
    ["payload.object.channel_id|re"] = ".",
  },
}

function rule(event)
  return chat.link_of(event) ~= nil
end

function title(event)
  return ("%s posted in more than three channels by %s"):format(chat.link_of(event),
    zoom.operator_of(event))
end

function dedup(event)
  return zoom.operator_of(event) .. " " .. chat.link_of(event)
end

function alert_context(event)
  return { link = chat.link_of(event), sender = zoom.operator_of(event) }
end

tests {
  { name = "a single match", fixture = "zoom/webhook/chat/message_link.json", expect = true,
    dedup = "homer@example.com https://gifts.example.net/claim" },
  { name = "a link that tracks its reader",
    fixture = "zoom/webhook/chat/message_link.json", expect = true,
    set = { event = "chat_message.replied",
      ["payload.object.message"] = "See HTTPS://gifts.example.net/Claim?reader=7#top" },
    dedup = "homer@example.com https://gifts.example.net/claim" },
  { name = "added by an edit", fixture = "zoom/webhook/chat/message_link.json", expect = true,
    set = { event = "chat_message.updated" } },
  { name = "added by an edit, in a channel", expect = true,
    fixture = "zoom/webhook/chat/channel_message_link.json",
    set = { event = "team_chat.channel_message_updated" } },
  { name = "by four people", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_link.json", times = 4, every = "5m",
      set = { ["payload.operator"] = "user{n}@example.com",
        ["payload.object.channel_id"] = "c{n}" } },
  } },
  { name = "in four channels", events = {
    { fixture = "zoom/webhook/chat/message_link.json" },
    { fixture = "zoom/webhook/chat/message_link_2.json", after = "10m" },
    { fixture = "zoom/webhook/chat/channel_message_link.json", after = "10m" },
    { fixture = "zoom/webhook/chat/channel_message_link.json", after = "10m",
      set = { ["payload.object.channel_id"] = "c4" } },
  }, alerts = { { title = "https://gifts.example.net/claim posted in more than three channels "
      .. "by homer@example.com",
    alert_context = { link = "https://gifts.example.net/claim",
      sender = "homer@example.com" } } } },
  { name = "often in one channel", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_link.json", times = 9 },
  } },
  { name = "no link", fixture = "zoom/webhook/chat/message_plain.json", expect = false },
  { name = "only the beginning of a link", fixture = "zoom/webhook/chat/message_plain.json",
    set = { ["payload.object.message"] = "http:// is the beginning" }, expect = false },
  { name = "to one person", fixture = "zoom/webhook/chat/message_direct_link.json",
    expect = false },
}
