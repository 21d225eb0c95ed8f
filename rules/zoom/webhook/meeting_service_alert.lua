local zoom = require "zoom"

metadata {
  id = "Zoom.Meeting.Service.Alert",
  display_name = "Zoom meeting or webinar in trouble",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "info",
  create_alert = false,
  description = "Zoom reports a problem with a meeting or webinar: unstable audio, video or "
    .. "sharing, a host who was disconnected, or a machine that is too busy. Many at once are "
    .. "an outage, or somebody who attacks the network.\n\n"
    .. "False positives: single meetings from poor networks: it is a signal, and alerts nobody.",
  runbook = "1. Look at Zoom's status page.\n"
    .. "2. Compare with other meetings of the same time and office.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1498" } },
  tags = { "Zoom", "Meetings", "Quality" },
  dedup_period_minutes = 60,
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
  return ("%s is in trouble: %s"):format(zoom.meeting_of(event), issues(event))
end

function dedup(event)
  return tostring(zoom.object_value(event, "id"))
end

tests {
  { name = "a meeting", fixture = "zoom/webhook/meeting/alert.json", log_type = "Zoom.Meeting",
    expect = true,
    title = "Budget - Q3 review is in trouble: Unstable audio quality" },
  { name = "a webinar", fixture = "zoom/webhook/webinar/alert.json", log_type = "Zoom.Webinar",
    expect = true,
    title = "Budget - Q3 review is in trouble: Unstable audio quality, High CPU occupation" },
  { name = "a public link, which another rule tells",
    fixture = "zoom/webhook/meeting/risk_alert.json", log_type = "Zoom.Meeting", expect = false },
}
