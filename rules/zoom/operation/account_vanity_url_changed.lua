local detail = (require "zoom.detail").rules
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Account.Vanity.URL.Changed",
  display_name = "Zoom vanity URL changed",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "The account's own address at zoom.us was changed, approved or refused. People trust "
    .. "sign-in pages and links below it, and single sign-on begins there: with another name, the "
    .. "old one stops working and may be taken by somebody else. Zoom documents the webhooks; the "
    .. "report's words are a guess.\n\n"
    .. "False positives: a new brand.",
  runbook = "1. Ask the operator for the ticket.\n"
    .. "2. Compare the name with the company's own, letter by letter, and check that single sign-on "
    .. "still works.\n"
    .. "3. If nobody can explain it: ask Zoom Support to undo the change, and end the operator's "
    .. "sessions.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Account.Vanity.URL.Changed --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556", "TA0042:T1583.001" } },
  tags = { "Zoom", "Account settings", "Domains" },
  summary_attributes = { "operator" },
  where = {
    { event = { "account.vanity_url_approved", "account.vanity_url_rejected" } },
    {
      category_type = "Account",
      ["operation_detail|re|i"] = "\\bvanity url[^:]*: (?:from|set to) ",
      ["action|re|i"] = "add|update|edit|change|request",
    },
  },
}

-- The new address in a record of the report.
local function changed(event)
  for _, change in ipairs(event.event == nil and detail.setting_changes(event) or {}) do
    if re.find(change.setting, "(?i)\\bvanity url\\b") then
      return change.to
    end
  end
  return nil
end

local function url(event)
  return changed(event) or webhook.object_text(event, "vanity_url") or "(not named)"
end

local ANSWERS = {
  ["account.vanity_url_approved"] = "approved", ["account.vanity_url_rejected"] = "refused",
}

local function answer(event)
  return ANSWERS[event.event] or "changed"
end

function rule(event)
  return event.event ~= nil or changed(event) ~= nil
end

function title(event)
  return ("Vanity URL %s %s, asked for by %s"):format(url(event), answer(event), webhook.operator_of(event))
end

function severity(event)
  return answer(event) == "refused" and "LOW" or "DEFAULT"
end

function dedup(event)
  return ("%s %s"):format(answer(event), url(event))
end

function alert_context(event)
  return { vanity_url = url(event), account = webhook.object_value(event, "id") }
end

tests {
  { name = "approved", fixture = "zoom/webhook/account/vanity_url_approved.json", expect = true,
    severity = "MEDIUM", dedup = "approved springfield-nuclear",
    title = "Vanity URL springfield-nuclear approved, asked for by homer@example.com",
    alert_context = { vanity_url = "springfield-nuclear", account = "D8cJuqWVQ623CI4Q8yQK0Q" } },
  { name = "refused", fixture = "zoom/webhook/account/vanity_url_approved.json",
    set = { event = "account.vanity_url_rejected" }, expect = true, severity = "LOW" },
  { name = "two names within the hour", alerts = 2, events = {
    { fixture = "zoom/webhook/account/vanity_url_approved.json" },
    { fixture = "zoom/webhook/account/vanity_url_approved.json", after = "10m",
      set = { ["payload.object.vanity_url"] = "springfie1d-nuclear" } },
  } },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json", expect = false },
  { name = "changed, by the report", fixture = "zoom/operation/two_factor_disabled.json", expect = true,
    set = { operation_detail = "Account Profile  - Vanity URL: from springfield to springfie1d" },
    title = "Vanity URL springfie1d changed, asked for by homer@example.com", severity = "MEDIUM" },
  { name = "in a name", fixture = "zoom/operation/two_factor_disabled.json", expect = false,
    set = { operation_detail = "Account Profile  - Company Name: from Vanity URL: from a to b" } },
}
