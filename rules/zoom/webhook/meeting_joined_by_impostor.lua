local zoom = require "zoom.webhook"

local impostor = require "impostor"

-- Each name that the library knows has one of these.
local NAMES = { "zoom", "support", "help", "service", "system", "admin", "host" }

metadata {
  id = "Zoom.Meeting.Joined.By.Impostor",
  display_name = "Guest in the service's name in a Zoom meeting",
  log_types = { "Zoom.Meeting", "Zoom.Webinar", "Zoom.MeetingActivity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A guest who did not sign in joined a meeting under a name like \"Zoom\", \"Zoom Support\" "
    .. "or \"IT Helpdesk\". When such a guest asks for control of a screen, the dialog says that "
    .. "\"Zoom\" asks: people click it away as a question of the program.\n\n"
    .. "False positives: guests who never changed the name of a shared computer.",
  runbook = "1. Ask the host, in another way than in the meeting, who the guest is.\n"
    .. "2. Remove the guest from the meeting, and lock it.\n"
    .. "3. If somebody gave control: take the computer off the network, and treat it as broken "
    .. "into.\n"
    .. "4. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Joined.By.Impostor --except payload.object.host_id=HOST_ID --except "
    .. "meeting_number=NUMBER --reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1566.004", "TA0011:T1219" } },
  tags = { "Zoom", "Meetings" },
  where = {
    {
      event = {
        "meeting.participant_joined", "meeting.participant_joined_waiting_room",
        "webinar.participant_joined",
      },
      ["payload.object.participant.user_name|contains"] = NAMES,
    },
    { activity_category = "User Join", ["operator|contains"] = NAMES },
  },
}

local function name_of(event)
  return zoom.object_text(event, "participant", "user_name") or zoom.text_of(event.operator)
end

local function email_of(event)
  return zoom.object_text(event, "participant", "email") or zoom.text_of(event.operator_email) or ""
end

-- Who signed in has an id.
function rule(event)
  return impostor.is_name(name_of(event)) and email_of(event) == ""
    and zoom.object_text(event, "participant", "id") == nil
end

local function meeting_of(event)
  return zoom.text_of(event.meeting_number) or zoom.meeting_of(event)
end

function title(event)
  return ('Guest called "%s" joined meeting %s'):format(name_of(event), meeting_of(event))
end

function dedup(event)
  return zoom.text_of(event.meeting_number or zoom.object_value(event, "id")) or meeting_of(event)
end

function alert_context(event)
  return { name = name_of(event), meeting = meeting_of(event),
    host_id = zoom.object_value(event, "host_id") }
end

tests {
  { name = "a guest called Zoom", fixture = "zoom/webhook/meeting/participant_joined.json", expect = true,
    set = { ["payload.object.participant.user_name"] = "Zoom Support",
      ["payload.object.participant.email"] = "", ["payload.object.participant.id"] = "" },
    title = 'Guest called "Zoom Support" joined meeting Budget - Q3 review' },
  { name = "somebody who signed in", fixture = "zoom/webhook/meeting/participant_joined.json",
    expect = false,
    set = { ["payload.object.participant.user_name"] = "Support",
      ["payload.object.participant.email"] = "a@x.example", ["payload.object.participant.id"] = "b" } },
  { name = "another guest", fixture = "zoom/webhook/meeting/participant_joined.json", expect = false,
    set = { ["payload.object.participant.user_name"] = "Adam Zoomer",
      ["payload.object.participant.email"] = "", ["payload.object.participant.id"] = "" } },
  { name = "in the report", fixture = "zoom/meeting_activity/user_joined.json",
    expect = true, set = { operator = "Zoom" } },
  { name = "another guest in the report", fixture = "zoom/meeting_activity/user_joined.json",
    expect = false },
  { name = "in the waiting room, and in a webinar", alerts = 2, events = {
    { fixture = "zoom/webhook/meeting/participant_joined.json",
      set = { event = "meeting.participant_joined_waiting_room",
        ["payload.object.participant.user_name"] = "Help Desk",
        ["payload.object.participant.email"] = "", ["payload.object.participant.id"] = "" } },
    { fixture = "zoom/webhook/meeting/participant_joined.json",
      set = { event = "webinar.participant_joined", ["payload.object.id"] = "98213254472",
        ["payload.object.uuid"] = "w", ["payload.object.participant.user_name"] = "IT Support",
        ["payload.object.participant.email"] = "", ["payload.object.participant.id"] = "" } },
  } },
}
