local zoom = require "zoom.setting"

local SETTINGS = { recording_download = true, download_host_only = true }

metadata {
  id = "Zoom.Cloud.Recording.Download.Allowed",
  display_name = "Zoom cloud recordings may be downloaded",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed everybody who sees a cloud recording to download it, for the whole "
    .. "account. A copy outlives every later change of access.\n\n"
    .. "False positives: teams that edit recordings.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check which recordings are shared outside the company.\n"
    .. "3. If nobody can explain it: turn the setting off and lock it.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Cloud.Recording.Download.Allowed --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" }, CIS = { "1.2.5.2" } },
  tags = { "Zoom", "Account settings", "Recordings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTINGS),
}

rule, title, alert_context = zoom.weakened_functions(SETTINGS, "Download of cloud recordings allowed")

tests {
  { name = "allowed", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Viewers can download recordings: from Off to On" },
      expect = true,
    title = "Download of cloud recordings allowed by homer@example.com" },
  { name = "not only by the host", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Only the host can download: from On to Off" }, expect = true },
  { name = "for more people", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Download of recordings: from Host only to Everyone" },
    expect = true },
  { name = "forbidden", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Viewers can download recordings: from On to Off" },
    expect = false },
  { name = "another setting", fixture = "zoom/operation/local_recording_on.json", expect = false },
  { name = "another action", fixture = "zoom/operation/local_recording_on.json", expect = false,
    set = { action = "View", operation_detail = "Recording  - Download of recordings: from Off to On" } },
  { name = "in another category", fixture = "zoom/operation/local_recording_on.json", expect = false,
    set = { category_type = "Sub Account",
      operation_detail = "Recording  - Download of recordings: from Off to On" } },
  { name = "its names without a change", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTINGS), "; ") }, expect = false },
  { name = "among other changes", fixture = "zoom/operation/local_recording_on.json", expect = true,
    set = { operation_detail = "Recording  - Viewers can download recordings: from Off to On"
      .. " - Play a sound: from On to Off" } },
}
