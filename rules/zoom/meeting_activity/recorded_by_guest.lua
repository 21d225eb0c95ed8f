metadata {
  id = "Zoom.Meeting.Activity.Recorded.By.Guest",
  display_name = "Zoom meeting recorded locally by a guest",
  log_types = { "Zoom.MeetingActivity" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-extended",
  description = "A guest started to record a meeting on their own machine. The account does not "
    .. "control such a recording.\n\n"
    .. "False positives: interviews, and customers who asked first; participants who joined without "
    .. "signing in.",
  runbook = "1. Ask the host whether they allowed it, and who the guest is.\n"
    .. "2. If nobody can explain it: ask the guest to delete the recording, and turn off local "
    .. "recording for participants.\n"
    .. "3. `margay search --indicator EMAIL --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Activity.Recorded.By.Guest --except operator_email=EMAIL --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1123", "TA0009:T1125" } },
  tags = { "Zoom", "Meetings", "Recordings" },
  summary_attributes = { "operator" },
  title = "Meeting {meeting_number} recorded by the guest {operator_email or operator or 'an "
    .. "unknown operator'}",
  dedup = "meeting_number",
  alert_context = { meeting = "meeting_number", detail = "activity_detail" },
  where = {
    activity_category = "Local Recording",
    ["activity_detail|contains"] = "start",
  },
}

-- The address of a guest is empty, null or absent.
function rule(event)
  local email = event.operator_email
  return type(email) ~= "string" or email == ""
end

tests {
  { name = "by a guest", fixture = "zoom/meeting_activity/recording_started_by_guest.json",
    expect = true,
    title = "Meeting 98213254471 recorded by the guest Guest <b>of</b> @everyone" },
  { name = "by a user", fixture = "zoom/meeting_activity/recording_started.json", expect = false },
  { name = "in the cloud", fixture = "zoom/meeting_activity/cloud_recording_started.json",
    expect = false },
  { name = "a guest who joined", fixture = "zoom/meeting_activity/user_joined.json",
    expect = false },
  { name = "by a guest, without the field", expect = true,
    fixture = "zoom/meeting_activity/recording_started_by_guest.json",
    unset = { "operator_email" } },
  { name = "stopped by a guest", expect = false,
    fixture = "zoom/meeting_activity/recording_started_by_guest.json",
    set = { activity_detail = "Stop Recording" } },
  { name = "by a guest whose address is null", expect = true,
    fixture = "zoom/meeting_activity/recording_started_null_email.json" },
}
