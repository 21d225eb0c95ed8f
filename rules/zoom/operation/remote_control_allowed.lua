local zoom = require "zoom"

local SETTING = "remote_control"

metadata {
  id = "Zoom.Remote.Control.Allowed",
  display_name = "Zoom remote control allowed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "Participants may ask for control of another's screen, or such requests are accepted "
    .. "automatically. Attackers who call themselves \"Zoom\" in a meeting take over computers this "
    .. "way.\n\n"
    .. "False positives: support teams that work this way.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that requests are not accepted automatically, and that only the support team "
    .. "has the setting.\n"
    .. "3. If nobody can explain it: turn the setting off and lock it; look for meetings with "
    .. "outsiders since.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Remote.Control.Allowed --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0011:T1219", "TA0112:T1685" }, CIS = { "1.1.3.16", "1.1.4.6" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

function rule(event)
  return #zoom.weakened(event, SETTING) > 0
end

function title(event)
  return ("Remote control allowed by %s: %s"):format(zoom.operator_of(event),
    zoom.settings_in_words(zoom.weakened(event, SETTING)))
end

-- Nobody sees a request that is accepted automatically.
function severity(event)
  return re.find(zoom.settings_in_words(zoom.weakened(event, SETTING)), "(?i)auto[ -]?accept") and "HIGH"
    or "DEFAULT"
end

function alert_context(event)
  return { changes = zoom.weakened(event, SETTING) }
end

tests {
  { name = "allowed", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "In Meeting (Basic)  - Allow remote control: from Off to On" },
    expect = true, severity = "MEDIUM",
    title = "Remote control allowed by homer@example.com: Allow remote control" },
  { name = "accepted automatically", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "In Meeting (Basic)  - Auto-accept requests of support: from Off to On" },
    expect = true, severity = "HIGH" },
  { name = "forbidden", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "In Meeting (Basic)  - Allow remote control: from On to Off" },
    expect = false },
  { name = "another setting", fixture = "zoom/operation/live_streaming_on.json", expect = false },
  { name = "another action", fixture = "zoom/operation/live_streaming_on.json", expect = false,
    set = { action = "View", operation_detail = "Meeting  - Remote control: from Off to On" } },
  { name = "in another category", fixture = "zoom/operation/live_streaming_on.json", expect = false,
    set = { category_type = "Sub Account", operation_detail = "Meeting  - Remote control: from Off to On" } },
  { name = "its names without a change", fixture = "zoom/operation/live_streaming_on.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTING), "; ") }, expect = false },
  { name = "among other changes", fixture = "zoom/operation/live_streaming_on.json", expect = true,
    set = { operation_detail = "In Meeting (Basic)  - Allow remote control: from Off to On"
      .. " - Play a sound: from On to Off" } },
}
