local zoom = require "zoom"

local SETTING = "live_stream"

metadata {
  id = "Zoom.Live.Streaming.Enabled",
  display_name = "Zoom live streaming allowed",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed live streaming of meetings or webinars, for the whole account. One "
    .. "click can then show a meeting to the public.\n\n"
    .. "False positives: accounts that stream events on purpose.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check which streaming services are allowed.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Live.Streaming.Enabled --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567" }, CIS = { "1.1.4.15" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

function rule(event)
  return #zoom.weakened(event, SETTING) > 0
end

function title(event)
  return zoom.weakened_title(event, "Live streaming allowed",
    zoom.weakened(event, SETTING))
end

function alert_context(event)
  return { changes = zoom.weakened(event, SETTING) }
end

tests {
  { name = "turned on", fixture = "zoom/operation/live_streaming_on.json", expect = true,
    severity = "LOW", title = "Live streaming allowed by homer@example.com",
    alert_context = { changes = {
      { section = "In Meeting (Advanced)", setting = "Allow live streaming of meetings",
        from = "Off", to = "On",
        key = SETTING, level = "account", severity = "LOW" },
    } } },
  { name = "turned on, in upper case",
    fixture = "zoom/operation/live_streaming_on_upper_case.json",
    expect = true },
  { name = "turned off", fixture = "zoom/operation/live_streaming_off.json", expect = false },
  { name = "turned off while another is turned on",
    fixture = "zoom/operation/live_streaming_off_among_changes.json", expect = false },
  { name = "for one group only", fixture = "zoom/operation/live_streaming_on_for_group.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/live_streaming_on.json",
    set = { action = "Add" },
    expect = false },
  { name = "the same change of another setting", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "In Meeting (Basic)  - Annotation: from Off to On" }, expect = false },
  { name = "its names without a change", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTING), "; ") }, expect = false },
}
