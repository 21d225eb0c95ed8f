local detail = (require "zoom.detail").rules
local people = require "zoom.people"
local role = require "zoom.role"
local webhook = require "zoom.webhook"

local ACTION = "^(?!.*(?:view|export))"
local FORWARDING = "\\b(?:call[ -]forward\\w*|forward\\w* (?:of )?calls?)\\b"

metadata {
  id = "Zoom.Phone.Call.Forwarding.Changed",
  display_name = "Zoom Phone call forwarding changed",
  log_types = { "Zoom.Operation", "Zoom.PhoneOperation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-audit",
  create_alert = false,
  description = "Calls to a user now go somewhere else. Whoever answers forwarded calls receives "
    .. "one-time codes and talks to customers; calls to foreign numbers cost money. Help desks do this "
    .. "every day, so the rule opens no alert: it records the event for other rules.\n\n"
    .. "False positives: people who change desks or go on leave. Changes that users make for "
    .. "themselves are not in this log.",
  runbook = "1. Ask the user, but not by phone, whether they know about the change.\n"
    .. "2. Find out who owns the number.\n"
    .. "3. If nobody can explain it: remove the forwarding, and look for codes that have been "
    .. "sent by phone since.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1111" } },
  tags = { "Zoom", "Phone", "Signals" },
  summary_attributes = { "operator" },
  where = {
    {
      category_type = { "*Phone", "User Settings", "Account", "Call Forward*" },
      ["action|re|i"] = ACTION,
      ["operation_detail|contains"] = "forward",
      ["operation_detail|re|i"] = FORWARDING,
    },
    {
      p_log_type = "Zoom.PhoneOperation",
      ["action|re|i"] = ACTION,
      ["operation_detail|contains"] = "forward",
      ["operation_detail|re|i"] = FORWARDING,
    },
  },
}

-- The phone report says "Edit Call Forwarding of lisa@example.com".
local function whose(event)
  return role.user_of(event) or people.users_of(event)[1]
end

function title(event)
  return ("Call forwarding of %s changed by %s"):format(whose(event) or "a user",
    webhook.operator_of(event))
end

function alert_context(event)
  return { user = whose(event), changes = detail.setting_changes(event) }
end

tests {
  { name = "in the report of Zoom Phone", expect = true,
    fixture = "zoom/phone_operation/call_forwarded_outside.json",
    title = "Call forwarding of c.m.burns@example.com changed by w.smithers@example.com" },
  { name = "in the report of Zoom Phone, in another category", expect = true,
    fixture = "zoom/phone_operation/call_forwarded_outside.json", log_type = "Zoom.PhoneOperation",
    set = { category_type = "User",
      operation_detail = "Edit Call Handling of lisa@example.com  - Call Forwarding: set to +4490000000" } },
  { name = "another operation in the report of Zoom Phone",
    fixture = "zoom/phone_operation/calling_plan_changed.json", expect = false },
  { name = "looked at", expect = false,
    fixture = "zoom/phone_operation/call_forwarded_outside.json", set = { action = "View" } },
  { name = "forwarded", fixture = "zoom/operation/phone_forwarding_changed.json", expect = true,
    title = "Call forwarding of lisa@example.com changed by homer@example.com" },
  { name = "to a number abroad", fixture = "zoom/operation/phone_forwarding_in_settings.json",
    expect = true },
  { name = "another setting", fixture = "zoom/operation/phone_voicemail_greeting.json", expect = false },
  { name = "a job title about forwarding", fixture = "zoom/operation/mail_forwarding_title.json",
    expect = false },
  { name = "in the category Account", fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { category_type = "Account" }, expect = true },
  { name = "in the category Zoom Phone", fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { category_type = "Zoom Phone" }, expect = true },
}
