local zoom = require "zoom"

metadata {
  id = "Zoom.Security.Settings.Many.Disabled",
  display_name = "Several Zoom security settings turned off",
  log_types = { "Zoom.Operation" },
  severity = "high",
  description = "One admin turned off three or more different security settings, of the account "
    .. "or of groups, with less than an hour between them: in one record, or in several. One "
    .. "alone may be a request; several together are how somebody clears the way. Zoom does not "
    .. "document how its log words this, so the rule looks for the words themselves.\n\n"
    .. "False positives: a large change that was planned.",
  runbook = "1. Call the operator.\n"
    .. "2. List the settings from the events of this alert.\n"
    .. "3. Look at the operator's sign-ins of the last day.\n"
    .. "4. If nobody can explain it: turn the settings on again and lock them; end the "
    .. "operator's sessions and reset their password.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1562.001", "TA0003:T1556" } },
  tags = { "Zoom", "Account settings", "Groups", "Stateful" },
  summary_attributes = { "operator" },
  stateful = true,
  dedup_period_minutes = 60,
  where = {
    category_type = { "Account", "User Group" },
    action = "Update",
    ["operation_detail|contains"] = "On to Off",
  },
}

local MANY = 3
local KEEP = { expires = 3600 }
local NAME_BYTES_MAX, NAMES_MAX = 200, 100 -- far below what a kv's key and set may have

-- Counted over records, not by them: Zoom tells what is saved together in one record.
function rule(event)
  local names = {}
  for i, change in ipairs(zoom.security_turned_off(event)) do
    if i > NAMES_MAX then
      break
    end
    names[i] = change.setting:lower():sub(1, NAME_BYTES_MAX)
  end
  local operator = zoom.operator_of(event):lower():sub(1, NAME_BYTES_MAX)
  if #names == 0 then
    return false
  end
  if kv.string_set_size(operator) > NAMES_MAX then
    return true
  end
  return kv.add_to_string_set(operator, names, KEEP) >= MANY
end

function title(event)
  return "Several security settings turned off by " .. zoom.operator_of(event)
end

function dedup(event)
  return zoom.operator_of(event)
end

function alert_context(event)
  return { changes = zoom.security_turned_off(event) }
end

local MANY_SETTINGS = ""
for i = 1, NAMES_MAX + 1 do
  MANY_SETTINGS = MANY_SETTINGS .. "S" .. i .. ": from On to Off - "
end

tests {
  { name = "one of the account", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "three in one record", fixture = "zoom/operation/several_security_changes.json",
    set = { operation_detail = "Security  - Waiting Room: from On to Off - "
      .. "Meeting Passcode: from On to Off - Require Encryption for 3rd Party Endpoints "
      .. "(SIP/H.323): from On to Off - File transfer: from On to Off" },
    expect = true, title = "Several security settings turned off by homer@example.com",
    dedup = "homer@example.com", alert_context = { changes = {
      { section = "Security", setting = "Waiting Room", from = "On", to = "Off" },
      { section = "Security", setting = "Meeting Passcode", from = "On", to = "Off" },
      { section = "Security", setting = "Require Encryption for 3rd Party Endpoints (SIP/H.323)",
        from = "On", to = "Off" },
      { section = "Security", setting = "File transfer", from = "On", to = "Off" },
    } } },
  { name = "more than anybody can turn off", expect = true, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "1m", set = {
      operation_detail = "Security  - " .. MANY_SETTINGS } },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "1m" },
  } },
  { name = "three by two people", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "20m" },
    { fixture = "zoom/operation/security_setting_off_for_group.json", after = "20m",
      set = { operator = "bart@example.com" } },
  } },
  { name = "three with hours between", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "2h" },
    { fixture = "zoom/operation/security_setting_off_for_group.json", after = "2h" },
  } },
  { name = "three different ones within the hour", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "20m" },
    { fixture = "zoom/operation/security_setting_off_for_group.json", after = "20m" },
  }, alerts = { { title = "Several security settings turned off by homer@example.com",
    match_count = 1 } } },
  { name = "one of them three times", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 3, every = "5m" },
  } },
  { name = "turned on", fixture = "zoom/operation/two_factor_enabled.json", expect = false },
  { name = "a setting that is none", fixture = "zoom/operation/join_before_host_off.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/several_security_changes.json",
    set = { action = "Add" }, expect = false },
}
