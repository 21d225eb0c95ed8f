local zoom = require "zoom"

metadata {
  id = "Zoom.SSO.Settings.Changed",
  display_name = "Zoom SSO or SAML settings changed",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin changed single sign-on: the identity provider's address, its certificate, "
    .. "or how SAML attributes become roles. Whoever controls these can sign in as anybody, and keeps "
    .. "access after every password is changed.\n\n"
    .. "False positives: a renewed certificate, or a planned move to another identity provider.",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the sign-in URL, the issuer and the certificate with those of your identity "
    .. "provider.\n"
    .. "3. Check what else the operator changed in the same hour, and where they signed in from.\n"
    .. "4. If nobody can explain it: restore the settings, end all sessions, and look for users and "
    .. "roles that have been created since.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.SSO.Settings.Changed --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556", "TA0004:T1484.002" } },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  where = {
    {
      category_type = { "Account", "Security", "SSO", "Single Sign-On" },
      ["action|re|i"] = "add|create|update|edit|change|delete|remove|upload|enable|disable",
      ["operation_detail|re|i"] = "\\b(?:saml|sso|single sign-?on|company identity|identity provider"
        .. "|(?:exempt|bypass|exclude)\\w*)\\b",
    },
    {
      event = "account.settings_updated",
      ["payload.object.settings.security.signin_with_sso|exists"] = true,
    },
  },
}

-- Requiring single sign-on is no weakening. What people may bypass can be something else.
local SETTINGS = { sso = true, sso_bypass = true }

function rule(event)
  local detail = event.operation_detail
  local text = detail and (zoom.text_of(event.category_type) or "") .. ": " .. detail
  if text == nil or not re.find(text, "(?i)\\b(?:saml|sso|single sign-?on)\\b") then
    return #zoom.weakened_anywhere(event, SETTINGS) > 0
  end
  return not zoom.only_safer(event)
end

function title(event)
  if event.operation_detail == nil then
    return zoom.weakened_title(event, "Single sign-on settings changed",
      zoom.weakened_anywhere(event, SETTINGS))
  end
  return ("Single sign-on settings changed by %s: %s"):format(zoom.operator_of(event), event.operation_detail)
end

-- A change as in the ticket must not hide the next one within the hour.
function dedup(event)
  local changes = zoom.weakened_anywhere(event, SETTINGS)
  return #changes > 0 and zoom.weakened_dedup(event, changes)
    or ("%s %s"):format(zoom.operator_of(event), event.operation_detail)
end

function alert_context(event)
  return { detail = event.operation_detail,
    changes = event.operation_detail and zoom.setting_changes(event)
      or zoom.weakened_anywhere(event, SETTINGS) }
end

tests {
  { name = "another identity provider", fixture = "zoom/operation/sso_settings_changed.json",
    expect = true,
    title = "Single sign-on settings changed by homer@example.com: "
      .. "Single Sign-On  - Sign-in page URL: from https://idp.example.com/sso to "
      .. "https://idp.example.net/sso", severity = "HIGH" },
  { name = "roles from SAML attributes", fixture = "zoom/operation/saml_mapping_changed.json",
    expect = true },
  { name = "letters within another word", fixture = "zoom/operation/sso_word_within_another.json",
    expect = false },
  { name = "a group named after SSO", fixture = "zoom/operation/group_named_sso.json",
    expect = false },
  { name = "a sign-in method", fixture = "zoom/operation/sign_in_method_enabled.json",
    expect = false },
  { name = "in the category Single Sign-On", fixture = "zoom/operation/sso_settings_changed.json",
    set = { category_type = "Single Sign-On" }, expect = true },
  { name = "a certificate, in the category Single Sign-On", expect = true,
    fixture = "zoom/operation/sso_settings_changed.json",
    set = { category_type = "Single Sign-On", operation_detail = "Upload Identity Provider certificate" } },
  { name = "a mapping added", fixture = "zoom/operation/saml_mapping_changed.json",
    set = { action = "Add" }, expect = true },
  { name = "a mapping deleted", fixture = "zoom/operation/saml_mapping_changed.json",
    set = { action = "Delete" }, expect = true },
  { name = "a report exported", fixture = "zoom/operation/saml_mapping_changed.json",
    set = { action = "Export" }, expect = false },
  { name = "required", fixture = "zoom/operation/sso_settings_changed.json", expect = false,
    set = { operation_detail = "Sign-in Methods  - Users must sign in with SSO: from Off to On" } },
  { name = "not required any more", fixture = "zoom/operation/sso_settings_changed.json", expect = true,
    set = { operation_detail = "Sign-in Methods  - Users must sign in with SSO: from On to Off" } },
  { name = "a user who may bypass it", fixture = "zoom/operation/sso_settings_changed.json",
    expect = true,
    set = { operation_detail = "Sign-in Methods  - Bypass users: set to bart@example.com" } },
  { name = "somebody may bypass something else", expect = false,
    fixture = "zoom/operation/sso_settings_changed.json",
    set = { operation_detail = "Security  - Users who bypass the waiting room: set to bart@example.com" } },
  { name = "by a webhook", fixture = "zoom/webhook/account/settings_weakened.json",
    set = { ["payload.object.settings"] = { security = { signin_with_sso = { enable = false } } },
      ["payload.old_object.settings"] = { security = { signin_with_sso = { enable = true } } } },
    expect = true,
    title = "Single sign-on settings changed by homer@example.com", dedup = "homer@example.com, sso off" },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/settings_weakened.json",
      at = "2024-03-21T07:00:00Z", set = {
        ["payload.object.settings"] = { security = { signin_with_sso = { enable = true,
          sso_bypass_users = { { id = "b", email = "bart@example.com" } } } } },
        ["payload.old_object.settings"] = { security = { signin_with_sso = { enable = true,
          sso_bypass_users = {} } } } } },
    { fixture = "zoom/operation/sso_settings_changed.json", after = "5m",
      set = { operation_detail = "Sign-in Methods  - Bypass users: set to bart@example.com" } },
  }, alerts = { { match_count = 2, severity = "HIGH",
    dedup = "homer@example.com, sso_bypass bart@example.com" } } },
  { name = "a webhook about something else", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
  { name = "in the category Security", fixture = "zoom/operation/sso_settings_changed.json",
    set = { category_type = "Security" }, expect = true },
}
