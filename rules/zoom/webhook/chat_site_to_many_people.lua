local people = require "zoom.people"
local webhook = require "zoom.webhook"

local chat = require "chat"

-- Sites on which companies keep documents and meetings, and whatever is below them.
local KNOWN = "(?:^|\\.)(?:zoom\\.us|zoom\\.com|sharepoint\\.com|office\\.com|microsoft\\.com"
  .. "|live\\.com|google\\.com|youtube\\.com|youtu\\.be|atlassian\\.net"
  .. "|github\\.com|gitlab\\.com|slack\\.com|notion\\.so|figma\\.com"
  .. "|miro\\.com|salesforce\\.com|force\\.com|service-now\\.com|box\\.com|dropbox\\.com|linkedin\\.com"
  .. "|wikipedia\\.org)$"

metadata {
  base = "Zoom.Chat.Link.To.Many.People",
  id = "Zoom.Chat.Site.To.Many.People",
  display_name = "Links to one site sent to many people in Zoom direct messages",
  pack = "zoom-extended",
  stateful = true,
  description = "One person sent fifteen or more people links to the same unknown site within an hour, "
    .. "a different link to each: a path for each reader says who clicked. "
    .. "Zoom.Chat.Link.To.Many.People asks for the same link, and reports an announcement or a lure "
    .. "that all get alike, so of one link nine readers count here. The company's own sites, and those "
    .. "on which everybody keeps documents, do not count.\n\n"
    .. "False positives: invitations with a personal link: surveys, training, gifts.",
  runbook = "1. Ask the sender, in another way than by chat.\n"
    .. "2. Block the site, and find out who clicked.\n"
    .. "3. End the sender's sessions, and reset the password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Site.To.Many.People --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/team-chat/events/",
  threshold = 15,
}

local function receiver(event)
  return webhook.object_text(event, "contact_email") or webhook.object_text(event, "contact_id")
end

-- The site of the first link, or nil if it is known.
local function site_of(event)
  local link = chat.link_of(event)
  local site = link and re.match(link, "^https?://(?:[^/@]*@)?([^/:]+)")
  if not site or re.find(site, KNOWN) or people.is_own_domain(event, "@" .. site) then
    return nil
  end
  return site
end

-- From how many on the other rule reports a link.
local SAME_LINK = 10

function rule(event)
  local to = receiver(event)
  if not to or not site_of(event) then
    return false
  end
  local key = (webhook.operator_of(event) .. " " .. chat.link_of(event)):lower():sub(1, 500)
  return kv.add_to_string_set(key, to:lower():sub(1, 200), { expires = 60 * 60 }) < SAME_LINK
end

function title(event)
  return ("Links to %s sent to many people by %s"):format(site_of(event), webhook.operator_of(event))
end

function dedup(event)
  return webhook.operator_of(event):lower() .. " " .. site_of(event)
end

tests {
  { name = "another link for each of fifteen people", alerts = { { match_count = 15,
    title = "Links to gifts.example.net sent to many people by homer@example.com" } }, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 15, every = "3m",
      set = { ["payload.object.contact_email"] = "user{n}@example.com",
        ["payload.object.message"] = "See https://gifts.example.net/claim/{n}" } },
  } },
  { name = "one link to forty people, which another rule reports", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 40, every = "1m",
      set = { ["payload.object.contact_email"] = "user{n}@example.com" } },
  } },
  { name = "two links, eight readers each", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 8, every = "3m",
      set = { ["payload.object.contact_email"] = "a{n}@example.com" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 8, every = "3m", after = "1m",
      set = { ["payload.object.contact_email"] = "b{n}@example.com",
        ["payload.object.message"] = "See https://gifts.example.net/now" } },
  } },
  { name = "to one person", alerts = 0, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 20, every = "1m",
      set = { ["payload.object.message"] = "See https://gifts.example.net/claim/{n}" } },
  } },
  { name = "to nobody", fixture = "zoom/webhook/chat/message_direct_link.json", expect = false,
    unset = { "payload.object.contact_email", "payload.object.contact_id" } },
  { name = "a document", fixture = "zoom/webhook/chat/message_direct_link.json", expect = false,
    set = { ["payload.object.message"] = "See https://contoso.sharepoint.com/x" } },
  { name = "the company's own site", fixture = "zoom/webhook/chat/message_direct_link.json", expect = false,
    set = { ["payload.object.message"] = "See https://intranet.example.com/x" } },
  { name = "in messages of another kind", alerts = 1, events = {
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 4,
      set = { event = "team_chat.dm_message_posted", ["payload.object.contact_email"] = "p{n}@example.com",
        ["payload.object.message"] = "http://gifts.example.net/{n}" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 4,
      set = { event = "team_chat.dm_message_updated",
        ["payload.object.contact_email"] = "u{n}@example.com",
        ["payload.object.message"] = "http://gifts.example.net/u{n}" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 4,
      set = { event = "chat_message.replied", ["payload.object.contact_email"] = "r{n}@example.com" } },
    { fixture = "zoom/webhook/chat/message_direct_link.json", times = 3,
      set = { event = "chat_message.updated", ["payload.object.contact_email"] = "e{n}@example.com" } },
  } },
}
