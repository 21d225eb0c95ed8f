local people = require "zoom.people"
local webhook = require "zoom.webhook"

local impostor = require "impostor"

metadata {
  id = "Zoom.Meeting.Host.Given.To.Outsider",
  display_name = "Zoom meeting handed to an outsider",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor", "payload.object.id" },
  description = "A participant who belongs to no user of the account, as far as Zoom says, became "
    .. "host or co-host. A host admits people, records, streams, and throws others out. "
    .. "Somebody who is called Zoom or Support got the role by deceit (severity high).\n\n"
    .. "False positives: joint meetings, and people of the company who joined without signing in.",
  runbook = "1. Ask the host of the meeting who the outsider is, and who gave them the role.\n"
    .. "2. Check whether the meeting was recorded or streamed after that.\n"
    .. "3. If nobody can explain it: end the meeting, and hold it again with a waiting room and "
    .. "another link.\n"
    .. "4. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Host.Given.To.Outsider --except payload.object.host_id=HOST_ID --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1684.001", "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  where = {
    event = { "meeting.participant_role_changed", "webinar.participant_role_changed" },
    ["payload.object.participant.new_role"] = { "host", "co-host", "cohost", "co_host", "alternative host" },
  },
}

local function name_of(event)
  return webhook.object_text(event, "participant", "user_name")
end

-- Guests have no address, or one that they typed without signing in: then there is no id. Who signed in to
-- another company's account has both; the lookup table own_domains finds them.
function rule(event)
  local email = webhook.object_text(event, "participant", "email")
  return email == nil or webhook.object_text(event, "participant", "id") == nil
    or impostor.is_name(name_of(event)) or people.is_own_domain(event, email) == false
end

function title(event)
  return ("%s of meeting %s is the outsider %s"):format(
    webhook.object_text(event, "participant", "new_role") == "host" and "Host" or "Co-host",
    webhook.meeting_of(event), name_of(event) or webhook.participant_of(event))
end

function severity(event)
  return impostor.is_name(name_of(event)) and "HIGH" or "DEFAULT"
end

function dedup(event)
  return ("%s %s"):format(webhook.object_value(event, "id") or webhook.object_value(event, "uuid"),
    webhook.object_value(event, "participant", "user_id") or name_of(event))
end

function alert_context(event)
  return { name = name_of(event), email = webhook.object_value(event, "participant", "email"),
    old_role = webhook.object_value(event, "participant", "old_role"),
    host_id = webhook.object_value(event, "host_id") }
end

tests {
  { name = "a guest", fixture = "zoom/webhook/meeting/role_changed_guest.json",
    expect = true, severity = "MEDIUM", dedup = "98213254471 16778240",
    title = "Host of meeting Budget - Q3 review is the outsider Troy McClure",
    alert_context = { name = "Troy McClure", email = "", old_role = "attendee",
      host_id = "uLoRgfbbTayCX6r2Q_qQsQ" } },
  { name = "who is called Zoom", fixture = "zoom/webhook/meeting/role_changed_guest.json",
    set = { ["payload.object.participant.user_name"] = "Zoom Support",
      ["payload.object.participant.id"] = "z",
      ["payload.object.participant.email"] = "zoom@example.net" },
    expect = true, severity = "HIGH" },
  { name = "a co-host with an address that nobody checked",
    fixture = "zoom/webhook/meeting/role_changed_guest.json",
    set = { event = "webinar.participant_role_changed",
      ["payload.object.participant.new_role"] = "co-host",
      ["payload.object.participant.email"] = "homer@example.com" }, expect = true,
    title = "Co-host of meeting Budget - Q3 review is the outsider Troy McClure" },
  { name = "a user", fixture = "zoom/webhook/meeting/role_changed_guest.json",
    set = { ["payload.object.participant.id"] = "b",
      ["payload.object.participant.email"] = "bart@example.com" }, expect = false },
  { name = "an attendee again", fixture = "zoom/webhook/meeting/role_changed_guest.json",
    set = { ["payload.object.participant.new_role"] = "attendee" },
    expect = false },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json", expect = false },
  { name = "somebody of another company", fixture = "zoom/webhook/meeting/role_changed_guest.json",
    set = { ["payload.object.participant.id"] = "b",
      ["payload.object.participant.email"] = "bart@partner.example" },
    mocks = { ["event:lookup"] = { own_domains = { ["example.com"] = { value = true } } } }, expect = true },
  { name = "a co-host, spelled otherwise", alerts = { { match_count = 3 } }, events = {
    { fixture = "zoom/webhook/meeting/role_changed_guest.json",
      set = { ["payload.object.participant.new_role"] = "cohost" } },
    { fixture = "zoom/webhook/meeting/role_changed_guest.json",
      set = { ["payload.object.participant.new_role"] = "co_host" } },
    { fixture = "zoom/webhook/meeting/role_changed_guest.json",
      set = { ["payload.object.participant.new_role"] = "alternative host" } },
  } },
}
