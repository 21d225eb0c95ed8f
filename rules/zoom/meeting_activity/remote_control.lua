local zoom = require "zoom.webhook"

local impostor = require "impostor"

metadata {
  id = "Zoom.Meeting.Activity.Remote.Control",
  display_name = "Zoom screen controlled by a guest",
  log_types = { "Zoom.MeetingActivity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "A guest controlled the screen of a participant, and so their machine. Thieves call "
    .. "themselves Zoom: the dialog that asks for consent then reads like one of the program's own "
    .. "(severity high). They need a few seconds to install a program.\n\n"
    .. "False positives: suppliers who help from afar; participants who joined without signing in.",
  runbook = "1. Call the participant whose screen it was: do they know the guest, and what did the "
    .. "guest do?\n"
    .. "2. If nobody can explain it: take the machine off the network, and examine what was "
    .. "installed and which windows were open.\n"
    .. "3. Turn off remote control for meetings with guests (Account Settings, In Meeting).\n"
    .. "4. `margay search --indicator EMAIL --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Activity.Remote.Control --except operator_email=EMAIL --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0011:T1219", "TA0005:T1684.001" } },
  tags = { "Zoom", "Meetings" },
  summary_attributes = { "operator" },
  alert_context = { controlled_by = "operator", detail = "activity_detail" },
  where = {
    activity_category = "Remote Control",
  },
}

-- The address of a guest is empty, null or absent. A name like the service's own counts with an
-- address, too.
function rule(event)
  local email = event.operator_email
  return type(email) ~= "string" or email == "" or impostor.is_name(event.operator)
end

function title(event)
  return ("Screen controlled by %s in meeting %s"):format(zoom.operator_of(event),
    zoom.text_of(event.meeting_number) or "(not named)")
end

function severity(event)
  return impostor.is_name(event.operator) and "HIGH" or "DEFAULT"
end

function dedup(event)
  return ("%s %s"):format(zoom.text_of(event.meeting_number), zoom.operator_of(event))
end

tests {
  { name = "by somebody who is called Zoom", fixture = "zoom/meeting_activity/remote_control.json",
    expect = true, severity = "HIGH", title = "Screen controlled by Zoom in meeting 982 132 5447",
    dedup = "982 132 5447 Zoom", alert_context = { controlled_by = "Zoom",
      detail = "Zoom is remote controlling Lenny Leonard's screen" } },
  { name = "by the help desk of a stranger", fixture = "zoom/meeting_activity/remote_control.json",
    set = { operator = "IT Help Desk", operator_email = "moe@example.net" }, expect = true,
    severity = "HIGH" },
  { name = "by another guest", fixture = "zoom/meeting_activity/remote_control.json",
    set = { operator = "Troy McClure" }, unset = { "operator_email" }, expect = true,
    severity = "MEDIUM" },
  { name = "by a user", fixture = "zoom/meeting_activity/remote_control.json",
    set = { operator = "Homer Simpson", operator_email = "homer@example.com" }, expect = false },
  { name = "a guest who joined", fixture = "zoom/meeting_activity/user_joined.json",
    expect = false },
}
