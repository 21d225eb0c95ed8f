local zoom = require "zoom"

metadata {
  id = "Zoom.Phone.Call.Forwarding.Changed",
  display_name = "Zoom Phone call forwarding changed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  description = "Calls to a user go somewhere else from now on. Forwarded calls carry one-time "
    .. "codes and customers to whoever answers; numbers abroad cost money. Zoom does not "
    .. "document how its log words this, so the rule looks for the words themselves.\n\n"
    .. "False positives: people who change their desk or go on leave; a user's own change is "
    .. "not in this log.",
  runbook = "1. Ask the user, not by phone, whether they know of it.\n"
    .. "2. Look up whose the number is.\n"
    .. "3. If nobody can explain it: take the forwarding back, and look for codes that were "
    .. "sent by phone since.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1111" } },
  tags = { "Zoom", "Phone" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = { "*Phone", "User Settings", "Account" },
    ["operation_detail|re|i"] = "\\b(?:call[ -]forward\\w*|forward\\w* (?:of )?calls?)\\b",
  },
}

function title(event)
  return ("Call forwarding of %s changed by %s"):format(zoom.user_of(event) or "a user",
    zoom.operator_of(event))
end

function alert_context(event)
  return { user = zoom.user_of(event), changes = zoom.setting_changes(event) }
end

tests {
  { name = "forwarded", fixture = "zoom/operation/phone_forwarding_changed.json", expect = true,
    title = "Call forwarding of lisa@example.com changed by homer@example.com" },
  { name = "to a number abroad", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    expect = true },
  { name = "another setting", fixture = "zoom/operation/phone_voicemail_greeting.json",
    expect = false },
  { name = "a job title that says so", fixture = "zoom/operation/mail_forwarding_title.json",
    expect = false },
  { name = "of the account", fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { category_type = "Account" }, expect = true },
  { name = "in the category Zoom Phone", fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { category_type = "Zoom Phone" }, expect = true },
}
