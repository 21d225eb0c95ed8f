local zoom = require "zoom.webhook_setting"
local setting_tests = require "setting_tests"

local SETTING = "two_factor"
-- Of those, webhooks list the groups or the roles.
local SETTINGS = { [SETTING] = true, two_factor_scope = true }

metadata {
  id = "Zoom.Two.Factor.Authentication.Disabled",
  display_name = "Zoom two-factor authentication turned off",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin turned off \"Sign in with Two-Factor Authentication\" for the whole "
    .. "account, or for some of the groups or roles that had it. A password alone now opens every "
    .. "account that does not sign in through SSO. "
    .. "The report and the webhook of one change are one alert.\n\n"
    .. "False positives: accounts that move to SSO, where the identity provider requires the "
    .. "second factor.",
  runbook = "1. Call the operator (do not write to an account that may be taken over) and ask whether "
    .. "the change was intended.\n"
    .. "2. Check the operator's sign-ins of the last day, and role and sign-in method changes since "
    .. "then.\n"
    .. "3. If nobody can explain it: turn the setting back on (Advanced, Security), end all "
    .. "sessions of the operator, reset their password, and treat their account as taken over.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Two.Factor.Authentication.Disabled --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064901",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556.006", "TA0006:T1556.006" } },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened_anywhere(SETTINGS),
}

rule, title, dedup, alert_context =
  zoom.weakened_anywhere_functions(SETTINGS, "Two-factor authentication turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/two_factor_disabled.json", expect = true,
    title = "Two-factor authentication turned off by homer@example.com", severity = "HIGH" },
  setting_tests.switch(SETTING, "Security  - Sign in with Two-Factor Authentication: from On to Off"),
  { name = "turned off among other changes",
    fixture = "zoom/operation/several_security_changes.json", expect = true },
  { name = "turned off by an unknown operator", expect = true,
    event = { time = "2024-03-21T07:09:03Z", operator = "", category_type = "Account",
      action = "Update",
      operation_detail = "Security  - Sign in with Two-Factor Authentication: from On to Off" },
    title = "Two-factor authentication turned off by an unknown operator" },
  { name = "turned off, without the word from", expect = true,
    event = { time = "2024-03-21T07:09:03Z", operator = "homer@example.com",
      category_type = "Account", action = "Update",
      operation_detail = "Security  - Sign in with Two-Factor Authentication: On to Off" } },
  { name = "another category", fixture = "zoom/operation/two_factor_disabled_other_category.json",
    expect = false },
  { name = "only for some groups", fixture = "zoom/operation/two_factor_disabled.json",
    set = { operation_detail = "Security  - Two-Factor Authentication: from All users to Specific groups" },
    expect = true,
    title = "Two-factor authentication turned off by homer@example.com: "
      .. "Two-Factor Authentication: from All users to Specific groups" },
  { name = "optional", fixture = "zoom/operation/two_factor_disabled.json", expect = true,
    set = { operation_detail = "Security  - Two-Factor Authentication: from Required to Optional" } },
  { name = "for everybody instead of one group", fixture = "zoom/operation/two_factor_disabled.json",
    set = { operation_detail = "Security  - Two-Factor Authentication: from Specific groups to All users" },
    expect = false },
  { name = "from a word that is not known", fixture = "zoom/operation/two_factor_disabled.json",
    set = { operation_detail = "Security  - Multi-factor authentication: from Mandatory to Off" },
    expect = true },
  { name = "a mail about it", fixture = "zoom/operation/two_factor_disabled.json", expect = false,
    set = { operation_detail = "Security  - Two-factor authentication reminder email: from On to Off" } },
  { name = "for one group of two", fixture = "zoom/operation/two_factor_disabled.json", expect = true,
    set = { operation_detail = "Security  - Sign in with Two-Factor Authentication: from Specific groups "
      .. "(Finance, Legal) to Specific groups (Legal)" } },
  { name = "for a group more", fixture = "zoom/operation/two_factor_disabled.json", expect = false,
    set = { operation_detail = "Security  - Sign in with Two-Factor Authentication: from Specific groups "
      .. "(Legal) to Specific groups (Finance, Legal)" } },
  { name = "another name", fixture = "zoom/operation/two_factor_disabled.json", expect = false,
    set = { operation_detail = "In Meeting (Basic)  - Annotation: from On to Off" } },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/settings_weakened.json",
      at = "2024-03-21T07:00:00Z", set = {
        ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth = "none" } },
        ["payload.old_object.settings"] = { security = { sign_in_with_two_factor_auth = "all" } } } },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "5m" },
  }, alerts = { { match_count = 2, severity = "HIGH", dedup = "homer@example.com, two_factor off" } } },
  { name = "for one group of two, by a webhook", expect = true,
    fixture = "zoom/webhook/account/settings_weakened.json", set = {
      ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth_groups = { "g1" } } },
      ["payload.old_object.settings"] = {
        security = { sign_in_with_two_factor_auth_groups = { "g1", "g2" } } } },
    title = "Two-factor authentication turned off by homer@example.com: groups with two-factor "
      .. "authentication: from g1, g2 to g1" },
  { name = "for all instead of two roles, by a webhook", expect = false,
    fixture = "zoom/webhook/account/settings_weakened.json", set = {
      ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth = "all",
        sign_in_with_two_factor_auth_roles = {} } },
      ["payload.old_object.settings"] = { security = { sign_in_with_two_factor_auth = "role",
        sign_in_with_two_factor_auth_roles = { "1", "2" } } } } },
  { name = "a webhook about something else", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
}
