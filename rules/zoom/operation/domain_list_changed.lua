local zoom = require "zoom"

metadata {
  id = "Zoom.Domain.List.Changed",
  display_name = "Zoom managed or trusted domains changed",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin changed which domains belong to the account or are trusted by it. Users of "
    .. "a managed domain are added to the account, and users of a trusted domain count as "
    .. "insiders. The report and "
    .. "the webhook of one change are one alert.\n\n"
    .. "False positives: an acquired company, or a new brand.",
  runbook = "1. Ask the operator which domain was added or removed, and who owns it.\n"
    .. "2. Look up when the domain was registered.\n"
    .. "3. Check what else the operator changed in the same hour, and where they signed in from.\n"
    .. "4. If nobody can explain it: undo the change, and look for users from the new domain.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Domain.List.Changed --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0004:T1484.002" } },
  tags = { "Zoom", "Account settings", "Domains" },
  summary_attributes = { "operator" },
  where = {
    {
      ["category_type|re|i"] = "^account|domain",
      ["action|re|i"] = "^(?!.*(?:view|export|download|search))",
      ["operation_detail|re|i"] = "^(?!(?:view|export|download|search|list)\\b)(?s:.*?)"
        .. "\\b(?:managed|associated|trusted|approved|allowed) domains?\\b",
    },
    { event = "account.updated", ["payload.object.managed_domains|exists"] = true },
  },
}

-- Begins where a name does: from within a long one, nothing is looked for again.
local DOMAIN = "(?<![a-z0-9-])(?<![a-z0-9-]\\.)(?:[a-z0-9-]+\\.)+[a-z]{2,}"

-- Adds one to the count of each domain in a text, or in a list of texts.
local function count_domains(counts, value)
  if type(value) == "userdata" then
    for _, item in ipairs(value) do
      count_domains(counts, tostring(item))
    end
  elseif type(value) == "string" then
    for domain in re.gmatch(value:lower(), DOMAIN) do
      counts[domain] = (counts[domain] or 0) + 1
    end
  end
end

-- The domains that are in one of two lists only: those that were added or removed.
local function changed_domains(event)
  local before, after, changed = {}, {}, {}
  if event.operation_detail == nil then
    local old, new = zoom.updated(event, "managed_domains")
    count_domains(before, old)
    count_domains(after, new)
  else
    for _, change in ipairs(zoom.setting_changes(event)) do
      count_domains(before, change.from)
      count_domains(after, change.to)
    end
    if next(before) == nil and next(after) == nil then
      count_domains(after, event.operation_detail)
    end
  end
  for domain in pairs(before) do
    changed[#changed + 1] = not after[domain] and domain or nil
  end
  for domain in pairs(after) do
    changed[#changed + 1] = not before[domain] and domain or nil
  end
  table.sort(changed)
  return changed
end

-- Webhooks about other changes of the account may also carry the domains, unchanged.
function rule(event)
  return event.operation_detail ~= nil or zoom.updated(event, "managed_domains") == nil
    or #changed_domains(event) > 0
end

function title(event)
  local detail, changed = event.operation_detail, changed_domains(event)
  return ("Managed or trusted domains changed by %s: %s"):format(zoom.operator_of(event),
    detail or #changed > 0 and table.concat(changed, ", ") or "none is left")
end

-- A domain as in the ticket must not hide the next one within the hour.
function dedup(event)
  local changed = changed_domains(event)
  return ("%s %s"):format(zoom.operator_of(event):lower(),
    #changed > 0 and table.concat(changed, " ") or zoom.text_of(event.operation_detail) or "none")
end

function alert_context(event)
  return { operator = zoom.operator_of(event), detail = event.operation_detail,
    domains = changed_domains(event) }
end

tests {
  { name = "a domain added", fixture = "zoom/operation/managed_domain_added.json", expect = true,
    title = "Managed or trusted domains changed by homer@example.com: "
      .. "Account Profile  - Add Associated Domain: example.net",
    dedup = "homer@example.com example.net", alert_context = { operator = "homer@example.com",
      detail = "Account Profile  - Add Associated Domain: example.net", domains = { "example.net" } } },
  { name = "trusted domains changed", fixture = "zoom/operation/trusted_domain_changed.json",
    expect = true, dedup = "homer@example.com example.net" },
  { name = "two domains within the hour", alerts = { { match_count = 3 } }, events = {
    { fixture = "zoom/operation/managed_domain_added.json", times = 2, every = "1m" },
    { fixture = "zoom/operation/managed_domain_added.json", after = "40m",
      set = { operation_detail = "Account Profile  - Add Associated Domain: evil.example.net" } },
  } },
  { name = "a recording about domains", fixture = "zoom/operation/domain_in_a_topic.json",
    expect = false },
  { name = "another setting", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "looked at", fixture = "zoom/operation/managed_domain_added.json", set = { action = "View" },
    expect = false },
  { name = "looked at, by its detail", fixture = "zoom/operation/managed_domain_added.json",
    set = { operation_detail = "View Trusted Domains" }, expect = false },
  { name = "in a category of its own", fixture = "zoom/operation/managed_domain_added.json",
    expect = true,
    set = { category_type = "Associated Domains", operation_detail = "Add Associated Domain: example.net" } },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/domains_updated.json",
      at = "2024-03-21T07:00:00Z" },
    { fixture = "zoom/operation/managed_domain_added.json", after = "5m" },
  }, alerts = { { match_count = 2,
    title = "Managed or trusted domains changed by homer@example.com: example.net" } } },
  { name = "all removed", fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.object.managed_domains"] = {} }, expect = true,
    title = "Managed or trusted domains changed by homer@example.com: example.com" },
  { name = "the account renamed, with unchanged domains", expect = false,
    fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.old_object.managed_domains"] = { "example.com", "example.net" } } },
  { name = "without the previous domains", fixture = "zoom/webhook/account/domains_updated.json",
    unset = { "payload.old_object.managed_domains" }, expect = true },
  { name = "none, without the previous domains", fixture = "zoom/webhook/account/domains_updated.json",
    unset = { "payload.old_object.managed_domains" }, expect = true,
    set = { ["payload.object.managed_domains"] = {} }, dedup = "homer@example.com none",
    title = "Managed or trusted domains changed by homer@example.com: none is left" },
  { name = "not a list", fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.object.managed_domains"] = "example.net" }, expect = true },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json",
    expect = false },
}
