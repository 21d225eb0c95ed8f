local zoom = (require "zoom.detail").rules

metadata {
  id = "Zoom.Recording.Passcode.Removed",
  display_name = "Zoom recording lost its passcode",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-audit",
  description = "The passcode of a shared recording was turned off. The link alone now opens it.\n\n"
    .. "False positives: recordings that require sign-in instead.",
  runbook = "1. Ask the owner of the recording whether they meant to share it, and with whom.\n"
    .. "2. Play the recording: does it contain anything that must not leave the company?\n"
    .. "3. If nobody can explain it: stop sharing it, and check its view and download report.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recording.Passcode.Removed --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  title = "Passcode of a recording turned off by {operator or 'an unknown operator'}",
  dedup = "operator",
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "Recording",
    ["action|contains"] = { "Update", "Edit" },
    ["operation_detail|re|i"] = "pass(?:code|word)[^:]*: "
      .. "(?:(?:from )?on to off|from \\S+ to (?:none|empty)\\b)",
  },
}

-- What people write, as a topic, may contain the words, too.
function rule(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    if re.find(change.setting, "(?i)pass(?:code|word)")
      and re.find(change.to, "(?i)^(?:off|none|empty)\\b") then
      return true
    end
  end
  return false
end

tests {
  { name = "as a topic", fixture = "zoom/operation/recording_made_public.json", expect = false,
    set = { action = "Update", operation_detail = "Rename Recording  - Topic: from Budget to Passcode "
      .. "protection: from On to Off" } },
  { name = "turned off", fixture = "zoom/operation/recording_passcode_off.json", expect = true,
    title = "Passcode of a recording turned off by homer@example.com" },
  { name = "turned on", fixture = "zoom/operation/recording_passcode_on.json", expect = false },
  { name = "the passcode of a group's meetings", fixture = "zoom/operation/passcode_disabled.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/recording_passcode_off.json",
    set = { action = "Add" },
    expect = false },
  { name = "emptied", fixture = "zoom/operation/recording_passcode_off.json", expect = true,
    set = { operation_detail = "Edit Recording  - Meeting ID: 1 - Passcode: from ******** to None" } },
  { name = "edited", fixture = "zoom/operation/recording_passcode_off.json", set = { action = "Edit" },
    expect = true },
}
