local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Service.Alert",
  display_name = "Zoom meeting or webinar has technical problems",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "Zoom reports a problem with a meeting or webinar: unstable audio, video or "
    .. "sharing, a host who was disconnected, or an overloaded machine. Many such alerts at once "
    .. "mean an outage, or an attack on the network.\n\n"
    .. "False positives: single meetings on poor networks. The rule is a signal and opens no "
    .. "alert.",
  runbook = "1. Check Zoom's status page.\n"
    .. "2. Compare with other meetings at the same time and in the same office.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1498" } },
  tags = { "Zoom", "Meetings", "Quality" },
  dedup = "payload.object.id",
  where = {
    event = { "meeting.alert", "webinar.alert" },
  },
}

local function issues(event)
  local found = {}
  for i, issue in ipairs(zoom.object_items(event, "issues")) do
    found[i] = tostring(issue)
  end
  return table.concat(found, ", ")
end

function title(event)
  return ("%s has technical problems: %s"):format(zoom.meeting_of(event), issues(event))
end

tests {
  { name = "a meeting", fixture = "zoom/webhook/meeting/alert.json",
    expect = true,
    title = "Budget - Q3 review has technical problems: Unstable audio quality" },
  { name = "a webinar", fixture = "zoom/webhook/webinar/alert.json",
    expect = true,
    title = "Budget - Q3 review has technical problems: Unstable audio quality, High CPU occupation" },
  { name = "a public link, which another rule reports",
    fixture = "zoom/webhook/meeting/risk_alert.json", expect = false },
}
