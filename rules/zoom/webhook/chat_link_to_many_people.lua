local zoom = require "zoom.webhook"

local chat = require "chat"

local function to_contact(field)
  return {
    event = {
      "chat_message.sent", "chat_message.replied", "chat_message.updated",
      "team_chat.dm_message_posted", "team_chat.dm_message_updated",
    },
    ["payload.object.message|contains"] = { "http://", "https://" },
    ["payload.object." .. field .. "|re"] = ".",
  }
end

metadata {
  id = "Zoom.Chat.Link.To.Many.People",
  display_name = "Same link sent to many people in Zoom direct messages",
  log_types = { "Zoom.Chat" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One person sent the same link to ten or more people, one by one, within an hour. "
    .. "Whoever has something to announce uses a channel; a taken-over account writes to each "
    .. "person, because nobody else sees it then. The part of the link after ? or # may differ, as "
    .. "in links that track each reader. Only the first link of a message counts.\n\n"
    .. "False positives: invitations to a survey or an event.",
  runbook = "1. Open the link in a sandbox.\n"
    .. "2. Ask the sender through another channel whether they sent it.\n"
    .. "3. If it is malicious: delete the messages, end the sender's sessions, and find out who "
    .. "opened the link.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Link.To.Many.People --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1566.003", "TA0008:T1534" } },
  tags = { "Zoom", "Chat" },
  threshold = 10,
  unique = "payload.object.contact_email or payload.object.contact_id",
  -- A message in a channel names no contact, or an empty one.
  where = { to_contact("contact_email"), to_contact("contact_id") },
}

function rule(event)
  return chat.link_of(event) ~= nil
end

function title(event)
  return ("%s sent to many people by %s"):format(chat.link_of(event), zoom.operator_of(event))
end

function dedup(event)
  return zoom.operator_of(event):lower() .. " " .. chat.link_of(event)
end

function alert_context(event)
  return { link = chat.link_of(event), sender = zoom.operator_of(event) }
end

tests {
  { name = "a single match", fixture = "zoom/webhook/chat/message_direct_link.json", expect = true,
    title = "https://gifts.example.net/claim sent to many people by homer@example.com",
    dedup = "homer@example.com https://gifts.example.net/claim", unique = "bart@example.com" },
  { name = "to ten people", alerts = { { match_count = 10,
    alert_context = { link = "https://gifts.example.net/claim", sender = "homer@example.com" } } },
    events = {
      { fixture = "zoom/webhook/chat/message_direct_link.json", times = 10, every = "5m",
        set = { ["payload.object.contact_email"] = "user{n}@example.com",
          ["payload.object.message"] = "See https://gifts.example.net/claim?reader={n}" } },
    } },
  { name = "to nine people", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 9, every = "5m",
      set = { ["payload.object.contact_email"] = "user{n}@example.com" } },
  } },
  { name = "to one person often", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 20 },
  } },
  { name = "in messages of another kind, whose readers have only ids", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 4,
      set = { event = "team_chat.dm_message_posted", ["payload.object.contact_id"] = "p{n}" },
      unset = { "payload.object.contact_email" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 3,
      set = { event = "team_chat.dm_message_updated", ["payload.object.contact_id"] = "u{n}" },
      unset = { "payload.object.contact_email" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 2,
      set = { event = "chat_message.replied", ["payload.object.contact_id"] = "r{n}" },
      unset = { "payload.object.contact_email" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json",
      set = { event = "chat_message.updated" } },
  } },
  { name = "in a channel", fixture = "zoom/webhook/chat/message_link.json", expect = false },
  { name = "without encryption", fixture = "zoom/webhook/chat/message_direct_link.json", expect = true,
    set = { ["payload.object.message"] = "http://gifts.example.net" } },
  { name = "only the beginning of a link", fixture = "zoom/webhook/chat/message_direct_link.json",
    set = { ["payload.object.message"] = "http:// is the beginning" }, expect = false },
  { name = "no link", fixture = "zoom/webhook/chat/message_plain.json", expect = false },
  { name = "deleted", fixture = "zoom/webhook/chat/message_deleted.json", expect = false },
}
