local content = require "zoom.content"
local detail = (require "zoom.detail").rules
local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.User.Email.To.Other.Domain",
  display_name = "Zoom user's sign-in address moved to another domain",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "high",
  evidence = "sample",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "Somebody changed a user's sign-in address to one of another domain. Whoever reads "
    .. "email there can reset the password, and then has access to the user's meetings, contacts and "
    .. "recordings. The report and the webhook of one change are one alert.\n\n"
    .. "False positives: companies that change their name, and people with addresses at several "
    .. "subsidiaries.",
  runbook = "1. Ask the user, through a channel other than Zoom or email, whether they know about the "
    .. "change.\n"
    .. "2. Find out who owns the new domain.\n"
    .. "3. If nobody can explain it: change the address back, end the user's sessions and reset "
    .. "their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.User.Email.To.Other.Domain --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0006:T1556" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  where = {
    {
      category_type = "User",
      ["action|contains"] = { "Update", "Edit", "Change" },
      ["operation_detail|re|i"] = ": from \\S[^\\s@]*+@\\S++ to \\S[^\\s@]*+@\\S",
    },
    {
      event = "user.updated",
      ["payload.object.email|contains"] = "@",
      ["payload.old_object.email|contains"] = "@",
    },
  },
}

-- The user's own address: an assistant's or a manager's does not open the account. In a batch, the setting
-- is the address itself.
local EMAIL = "(?i)^(?!.*(?:manager|assistant|contact|billing|notification|alternat|delegate|secondary"
  .. "|recovery)).*(?:\\be-?mail|@)"

-- From one brand of the company to another is no move.
local function is_move(event, change)
  local from, to = people.domain_of(change.from), people.domain_of(change.to)
  return from and to and not people.are_related_domains(from, to)
    and content.row_of(event, "own_domains", to) == nil
end

local function moved(event)
  if event.operation_detail == nil then
    local before, after = webhook.updated(event, "email")
    local change = { from = before, to = after }
    return is_move(event, change) and change or nil
  end
  for _, change in ipairs(detail.setting_changes(event)) do
    if re.find(change.setting, EMAIL) and is_move(event, change) then
      return change
    end
  end
  return nil
end

function rule(event)
  return moved(event) ~= nil
end

function title(event)
  local change = moved(event)
  return ("Sign-in address changed from %s to %s by %s"):format(change.from, change.to,
    webhook.operator_of(event))
end

-- Two users whose addresses move within the hour are two alerts.
function dedup(event)
  return moved(event).to:lower()
end

function alert_context(event)
  local change = moved(event)
  return { user = change.from, to = change.to, users = people.users_of(event) }
end

tests {
  { name = "to another domain", fixture = "zoom/operation/user_email_changed.json", expect = true,
    title = "Sign-in address changed from lisa@example.com to lisa@example.net "
      .. "by homer@example.com" },
  { name = "within the domain", fixture = "zoom/operation/user_email_same_domain.json",
    expect = false },
  { name = "within the domain, and another manager", expect = false,
    fixture = "zoom/operation/user_email_changed.json",
    set = { operation_detail = "Update User lisa@example.com  - Email: from lisa@example.com "
      .. "to l.simpson@example.com - Manager: from bart@example.com to ned@example.net" } },
  { name = "another change of a user", fixture = "zoom/operation/user_job_title.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/user_email_changed.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/user_email_changed.json",
    set = { category_type = "Recording" }, expect = false },
  { name = "in other words", expect = true, fixture = "zoom/operation/user_email_changed.json",
    set = { action = "Edit", operation_detail = "Edit User lisa@example.com  - Sign-In E-mail: from "
      .. "lisa@example.com to lisa@example.net" } },
  { name = "somebody of a batch", expect = true, fixture = "zoom/operation/user_email_changed.json",
    set = { action = "Batch Update", operation_detail = "Change Email  - bart@example.com: from "
      .. "bart@example.com to b@example.com, lisa@example.com: from lisa@example.com to lisa@example.net" },
    title = "Sign-in address changed from lisa@example.com to lisa@example.net by homer@example.com" },
  { name = "a manager's address", expect = false, fixture = "zoom/operation/user_email_changed.json",
    set = { operation_detail = "Edit User lisa@example.com  - Manager Email: from bart@example.com to "
      .. "ned@example.net" } },
  { name = "to a subsidiary", fixture = "zoom/operation/user_email_changed.json", expect = false,
    set = { operation_detail = "Edit User bart@example.com  - Email: from bart@example.com to "
      .. "bart@shop.example.com" } },
  { name = "to a domain that ends the same", expect = true,
    fixture = "zoom/operation/user_email_changed.json",
    set = { operation_detail = "Edit User bart@example.com  - Email: from bart@example.com to "
      .. "bart@notexample.com" } },
  { name = "to another subsidiary", expect = false, fixture = "zoom/operation/user_email_changed.json",
    set = { operation_detail = "Edit User bart@shop.example.com  - Email: from bart@shop.example.com to "
      .. "bart@club.example.com" } },
  { name = "to another company of a country", expect = true,
    fixture = "zoom/operation/user_email_changed.json",
    set = { operation_detail = "Edit User bart@example.co.uk  - Email: from bart@example.co.uk to "
      .. "bart@example2.co.uk" } },
  { name = "to a brand of the company", fixture = "zoom/operation/user_email_changed.json",
    expect = false,
    mocks = { ["event:lookup"] = { own_domains = { ["example.net"] = { value = true } } } } },
  { name = "by a webhook, to another domain", fixture = "zoom/webhook/user/updated_department.json",
    expect = true,
    set = { ["payload.object.email"] = "lisa@x.example", ["payload.old_object.email"] = "lisa@example.com" },
    title = "Sign-in address changed from lisa@example.com to lisa@x.example by homer@example.com",
    alert_context = { user = "lisa@example.com", to = "lisa@x.example", users = { "lisa@x.example" } } },
  { name = "by a webhook, to a subsidiary", fixture = "zoom/webhook/user/updated_department.json",
    expect = false, set = { ["payload.object.email"] = "l@shop.example.com",
      ["payload.old_object.email"] = "lisa@example.com" } },
  { name = "by a webhook, another department", fixture = "zoom/webhook/user/updated_department.json",
    expect = false },
  { name = "by a webhook, then by the report", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/webhook/user/updated_department.json",
      at = "2024-03-21T07:00:00Z", set = { ["payload.object.email"] = "lisa@example.net",
        ["payload.old_object.email"] = "lisa@example.com" } },
    { fixture = "zoom/operation/user_email_changed.json", after = "5m" },
  } },
  { name = "by an action with another name", fixture = "zoom/operation/user_email_changed.json",
    set = { action = "Change" }, expect = true },
  { name = "a webhook about a new user", fixture = "zoom/webhook/user/updated_department.json",
    expect = false, set = { event = "user.created" } },
}
