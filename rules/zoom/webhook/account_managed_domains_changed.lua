local zoom = require "zoom"

metadata {
  id = "Zoom.Account.Managed.Domains.Changed",
  display_name = "Zoom managed domains changed (webhook)",
  log_types = { "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  description = "The domains that belong to the account changed. Users of a managed domain are "
    .. "added to the account, and count as insiders.\n\n"
    .. "False positives: an acquired company, or a new brand.",
  runbook = "1. Ask the operator which domain was added or removed, and who owns it.\n"
    .. "2. Look up when the domain was registered.\n"
    .. "3. If nobody can explain it: undo the change, and look for users from the new domain.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Account.Managed.Domains.Changed --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0004:T1484.002" } },
  tags = { "Zoom", "Domains" },
  alert_context = {
    operator = "payload.operator", before = "payload.old_object.managed_domains",
    after = "payload.object.managed_domains",
  },
  where = {
    event = "account.updated",
    ["payload.object.managed_domains|exists"] = true,
  },
}

local function in_words(list)
  local domains = {}
  if type(list) == "userdata" then
    for i, domain in ipairs(list) do
      domains[i] = tostring(domain)
    end
  end
  return domains
end

-- Other changes of the account may also carry the domains, unchanged.
function rule(event)
  local before, after = zoom.updated(event, "managed_domains")
  return before == nil
    or table.concat(in_words(before), " ") ~= table.concat(in_words(after), " ")
end

function title(event)
  local domains = in_words(zoom.object_value(event, "managed_domains"))
  return ("Managed domains are now %s: changed by %s"):format(
    #domains > 0 and table.concat(domains, ", ") or "none", zoom.operator_of(event))
end

tests {
  { name = "one added", fixture = "zoom/webhook/account/domains_updated.json", expect = true,
    title = "Managed domains are now example.com, example.net: changed by homer@example.com" },
  { name = "all removed", fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.object.managed_domains"] = {} }, expect = true,
    title = "Managed domains are now none: changed by homer@example.com" },
  { name = "the account renamed, with unchanged domains", expect = false,
    fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.old_object.managed_domains"] = { "example.com", "example.net" } } },
  { name = "without the previous domains", fixture = "zoom/webhook/account/domains_updated.json",
    unset = { "payload.old_object.managed_domains" }, expect = true },
  { name = "not a list", fixture = "zoom/webhook/account/domains_updated.json",
    set = { ["payload.object.managed_domains"] = "example.net" }, expect = true },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json", expect = false },
  { name = "another event", fixture = "zoom/webhook/account/domains_updated.json",
    set = { event = "account.settings_updated" }, expect = false },
}
