local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Registrant.Denied.Then.Approved",
  display_name = "Zoom registrant approved after being denied",
  log_types = { "Zoom.Meeting", "Zoom.Webinar", "Zoom.Recording" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A registrant was denied at least twice and then approved for the same meeting, "
    .. "webinar or recording, or denied for three and then approved for another one. They may have "
    .. "tried until somebody gave in or did not check.\n\n"
    .. "False positives: people who mistyped their details at first.",
  runbook = "1. Ask the operator why the registrant was denied before.\n"
    .. "2. Find out who owns the address.\n"
    .. "3. If nobody can explain it: revoke the approval before the meeting, or check its "
    .. "participants afterwards.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Registrant.Denied.Then.Approved --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078", "TA0043:T1598" } },
  tags = { "Zoom", "Meetings", "Stateful" },
  stateful = true,
  alert_context = {
    operator = "payload.operator", registrant = "payload.object.registrant.email",
    topic = "payload.object.topic", id = "payload.object.id",
  },
  where = {
    event = {
      "meeting.registration_denied", "meeting.registration_approved",
      "webinar.registration_denied", "webinar.registration_approved",
      "recording.registration_denied", "recording.registration_approved",
    },
    ["payload.object.registrant.email|re"] = ".",
  },
}

local DENIALS = 2 -- for one event
local EVENTS = 3  -- for different events
local KEY_BYTES_MAX = 400 -- less than kv's limit for a key
local KEEP = { expires = 30 * 86400 }

-- What follows a "+" leads to the same mailbox.
local function email_of(event)
  local email = tostring(zoom.object_value(event, "registrant", "email")):lower():sub(1, KEY_BYTES_MAX)
  return (re.gsub(email, "\\+[^@]*@", "@"))
end

local function registrant_of(event)
  return (email_of(event) .. " " .. tostring(zoom.object_value(event, "id"))):sub(1, KEY_BYTES_MAX)
end

function rule(event)
  local registrant, elsewhere = registrant_of(event), email_of(event)
  if event.event:find("denied", 1, true) then
    kv.increment_counter(registrant, 1, KEEP)
    if kv.string_set_size(elsewhere) < EVENTS then
      kv.add_to_string_set(elsewhere, registrant, KEEP)
    end
    return false
  end
  return kv.get_counter(registrant) >= DENIALS or kv.string_set_size(elsewhere) >= EVENTS
end

function title(event)
  return ("%s approved for %s by %s, after being denied"):format(
    zoom.object_value(event, "registrant", "email"), zoom.meeting_of(event),
    zoom.operator_of(event))
end

function dedup(event)
  return registrant_of(event)
end

tests {
  { name = "denied twice, then approved", events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2, every = "1d" },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h" },
  }, alerts = {
    { title = "seymour@example.net approved for Budget - Q3 review by homer@example.com, "
    .. "after being denied" } } },
  { name = "with three names of one mailbox", expect = true, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json", times = 2, every = "1d",
      set = { ["payload.object.registrant.email"] = "eve+{n}@example.net" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json", after = "1h",
      set = { ["payload.object.registrant.email"] = "Eve@example.net" } },
  } },
  { name = "for a webinar", expect = true, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2, every = "1d", set = { event = "webinar.registration_denied" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h", set = { event = "webinar.registration_approved" } },
  } },
  { name = "for a recording", expect = true, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2, every = "1d", set = { event = "recording.registration_denied" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h", set = { event = "recording.registration_approved" } },
  } },
  { name = "denied for three webinars, approved for another", alerts = 1, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 3, every = "1d", set = { event = "webinar.registration_denied",
        ["payload.object.id"] = "w{n}" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h" },
  } },
  { name = "without an email address", expect = false, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2, unset = { "payload.object.registrant.email" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h", unset = { "payload.object.registrant.email" } },
  } },
  { name = "denied once", expect = false, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json" },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h" },
  } },
  { name = "somebody else was denied", expect = false, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2,
      set = { ["payload.object.registrant.email"] = "agnes@example.net" } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h" },
  } },
  { name = "denied for another meeting", expect = false, events = {
    { fixture = "zoom/webhook/meeting/registration_denied.json",
      times = 2, set = { ["payload.object.id"] = 1 } },
    { fixture = "zoom/webhook/meeting/registration_approved.json",
      after = "1h" },
  } },
}
