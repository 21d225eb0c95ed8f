local zoom = require "zoom"

metadata {
  id = "Zoom.PasscodeDisabled",
  display_name = "Zoom passcode turned off for a group",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off a passcode setting for a user group. The group's members "
    .. "can hold meetings that anyone with the meeting's number can join.\n\n"
    .. "False positives: groups that use waiting rooms or sign-in instead. The rule also matches "
    .. "if \"Embed passcode in invite link\" is turned off, although that makes meetings safer.",
  runbook = "1. Ask the group's owner why its meetings need no passcode.\n"
    .. "2. Check that the group's meetings have a waiting room or require sign-in.\n"
    .. "3. If nobody can explain it: turn the setting back on (User Management, Groups) and lock "
    .. "it.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.PasscodeDisabled --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0063160",
  reports = {
    ["MITRE ATT&CK"] = { "TA0009:T1125" },
    CIS = { "1.1.1.4", "1.1.1.5", "1.1.1.6", "1.1.1.7", "1.1.1.10" },
  },
  tags = { "Zoom", "Group settings", "Meetings" },
  summary_attributes = { "operator" },
  where = {
    category_type = "User Group",
    ["action|contains"] = zoom.CHANGING,
    ["operation_detail|re|i"] = "passcode[^:]*: (?:from )?on to off",
  },
}

-- "Passcode" may be part of the group's name, before another setting.
function rule(event)
  return #zoom.turned_off(event, "passcode") > 0
end

function title(event)
  return ("Passcode turned off for group %s by %s"):format(
    zoom.group_of(event) or "(not named)", zoom.operator_of(event))
end

function alert_context(event)
  return { group = zoom.group_of(event), changes = zoom.setting_changes(event) }
end

tests {
  { name = "by a batch", fixture = "zoom/operation/passcode_disabled.json", expect = true,
    set = { action = "Batch Update" } },
  { name = "turned off", fixture = "zoom/operation/passcode_disabled.json", expect = true,
    title = "Passcode turned off for group Springfield by homer@example.com", severity = "LOW",
    alert_context = { group = "Springfield", changes = {
      { group = "Springfield", setting = "Personal Meeting ID (PMI) Passcode",
        from = "On", to = "Off" },
    } } },
  { name = "turned off, in upper case",
    fixture = "zoom/operation/passcode_disabled_upper_case.json", expect = true },
  { name = "a group with hyphens",
    fixture = "zoom/operation/passcode_disabled_hyphenated_group.json", expect = true,
    title = "Passcode turned off for group Springfield-East - Night Shift by homer@example.com" },
  { name = "a group with non-ASCII letters",
    fixture = "zoom/operation/passcode_disabled_non_ascii_group.json", expect = true,
    title = "Passcode turned off for group Büro Zürich – 東京 by björn.müller@example.com" },
  { name = "turned off among other changes",
    fixture = "zoom/operation/several_changes_with_passcode.json", expect = true,
    title = "Passcode turned off for group Springfield by homer@example.com" },
  { name = "turned off by an unknown operator",
    fixture = "zoom/operation/passcode_disabled_empty_operator.json", expect = true,
    title = "Passcode turned off for group Springfield by an unknown operator" },
  { name = "markup in the group's name",
    fixture = "zoom/operation/passcode_disabled_hostile_group.json", expect = true,
    title = "Passcode turned off for group <!channel> @everyone <script>alert(1)</script> "
      .. "[click](http://example.net/) by homer@example.com" },
  { name = "turned on", fixture = "zoom/operation/passcode_enabled.json", expect = false },
  { name = "turned on, in upper case",
    fixture = "zoom/operation/passcode_enabled_upper_case.json", expect = false },
  { name = "turned on while another is turned off",
    fixture = "zoom/operation/several_changes_passcode_enabled.json", expect = false },
  { name = "other settings turned off",
    fixture = "zoom/operation/several_changes_without_passcode.json", expect = false },
  { name = "a group whose name contains passcode",
    fixture = "zoom/operation/group_named_passcode.json", expect = false },
  { name = "one user's own setting",
    fixture = "zoom/operation/passcode_disabled_other_category.json", expect = false },
  { name = "no detail", fixture = "zoom/operation/no_detail.json", expect = false },
  { name = "another action", fixture = "zoom/operation/passcode_disabled.json",
    set = { action = "Add" },
    expect = false },
}
