local zoom = require "zoom"

metadata {
  id = "Zoom.User.Security.Setting.Weakened",
  display_name = "Zoom security setting weakened for one user",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin weakened a security setting of somebody else: a passcode, sign-in, "
    .. "encryption or the protection of recordings of one person. That is how somebody listens to one "
    .. "victim without a change that everybody notices.\n\n"
    .. "False positives: support for a user who asked for it.",
  runbook = "1. Ask the user, but not in Zoom, whether they wanted the change.\n"
    .. "2. Ask the operator for the ticket.\n"
    .. "3. If nobody can explain it: restore the settings, and check who has opened the user's "
    .. "meetings and recordings since.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Security.Setting.Weakened --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0009:T1530" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(nil, { "User Settings", "User" }),
}

function rule(event)
  return #zoom.weakened(event) > 0 and not zoom.is_own_user(event)
end

function title(event)
  return ("Security of %s weakened by %s: %s"):format(zoom.user_of(event) or "a user",
    zoom.operator_of(event), zoom.changes_in_words(zoom.weakened(event)))
end

-- The same change for many users forms one alert; another setting is another.
function dedup(event)
  return ("%s %s"):format(zoom.operator_of(event), zoom.settings_in_words(zoom.weakened(event)):lower())
end

function severity(event)
  return zoom.worst_severity(zoom.weakened(event))
end

function alert_context(event)
  return { user = zoom.user_of(event), changes = zoom.weakened(event) }
end

tests {
  { name = "encryption off", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    set = { operation_detail = "Edit User rod@example.com  - End-to-end encryption: from On to Off" },
    expect = true, severity = "MEDIUM", dedup = "homer@example.com end-to-end encryption",
    title = "Security of rod@example.com weakened by homer@example.com: End-to-end encryption: "
      .. "from On to Off" },
  { name = "by the user", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    set = { operator = "Rod@example.com",
      operation_detail = "Edit User rod@example.com  - End-to-end encryption: from On to Off" },
    expect = false },
  { name = "encryption on", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    set = { operation_detail = "Edit User rod@example.com  - End-to-end encryption: from Off to On" },
    expect = false },
  { name = "no user named", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    set = { operation_detail = "Meeting  - Local recording: from Off to On" }, expect = true,
      severity = "LOW" },
  { name = "a job title", fixture = "zoom/operation/user_job_title.json",
    set = { operation_detail = "Update User rod@example.com  - Job Title: set to Head of Remote Control" },
    expect = false },
  { name = "another action", fixture = "zoom/operation/phone_forwarding_in_settings.json", expect = false,
    set = { action = "View", operation_detail = "Meeting  - Local recording: from Off to On" } },
  { name = "another name", fixture = "zoom/operation/phone_forwarding_in_settings.json", expect = false,
    set = { operation_detail = "In Meeting (Basic)  - Annotation: from On to Off" } },
  { name = "its names without a change", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(), "; ") }, expect = false },
}
