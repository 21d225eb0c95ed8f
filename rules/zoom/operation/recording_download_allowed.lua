local recording = require "recording"
local zoom = require "zoom.setting"

metadata {
  id = "Zoom.Recording.Download.Allowed",
  display_name = "Zoom recording may be downloaded",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "Viewers of a shared recording can now download it. A downloaded copy cannot be "
    .. "recalled. Hosts allow it every day, so the rule opens no alert: it records the event for other "
    .. "rules.\n\n"
    .. "False positives: recordings that are meant to be distributed.",
  runbook = "1. Ask the owner of the recording whether they meant to share it, and with whom.\n"
    .. "2. Play the recording: does it contain anything that must not leave the company?\n"
    .. "3. If nobody can explain it: stop sharing it, and check its view and download report.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567", "TA0009:T1530" } },
  tags = { "Zoom", "Recordings", "Signals" },
  summary_attributes = { "operator" },
  title = "Download of a recording allowed by {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    category_type = "Recording",
    ["action|contains"] = zoom.CHANGING,
    ["operation_detail|contains|all"] = { "download", "Off to On" },
  },
}

-- `where` also passes a record that only mentions downloads and turns something else on.
function rule(event)
  return recording.says_download_on(event) or #zoom.turned_on(event, "download") > 0
end

tests {
  { name = "allowed", fixture = "zoom/operation/recording_download_on.json", expect = true,
    title = "Download of a recording allowed by homer@example.com", dedup = "homer@example.com" },
  { name = "forbidden", fixture = "zoom/operation/recording_download_off.json", expect = false },
  { name = "a recording deleted", fixture = "zoom/operation/recording_deleted.json",
    expect = false },
  { name = "in another category", fixture = "zoom/operation/recording_download_on.json",
    set = { category_type = "Account" }, expect = false },
  { name = "allowed beside another change", fixture = "zoom/operation/recording_download_on.json",
    set = { operation_detail = "Share Recording  - Viewers can download: from Off to On - "
      .. "Viewers can see the transcript: from On to Off" }, expect = true },
  { name = "a name that only looks like it", fixture = "zoom/operation/recording_download_on.json",
    set = { operation_detail = "Edit Group Crew  - Group Name: download: from Off to On" }, expect = false },
  { name = "forbidden while something else is turned on", expect = false,
    fixture = "zoom/operation/recording_download_on.json",
    set = { operation_detail = "Share Recording  - Viewers can download: from On to Off - "
      .. "Viewers can see the transcript: from Off to On" } },
}
