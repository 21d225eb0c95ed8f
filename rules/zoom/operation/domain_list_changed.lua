metadata {
  id = "Zoom.Domain.List.Changed",
  display_name = "Zoom managed or trusted domains changed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin changed which domains belong to the account or are trusted by it. Users of "
    .. "a managed domain are added to the account, and users of a trusted domain count as insiders.\n\n"
    .. "False positives: an acquired company, or a new brand.",
  runbook = "1. Ask the operator which domain was added or removed, and who owns it.\n"
    .. "2. Look up when the domain was registered.\n"
    .. "3. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "4. If nobody can explain it: undo the change, and look for users from the new domain.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Domain.List.Changed --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0004:T1484.002" } },
  tags = { "Zoom", "Account settings", "Domains" },
  summary_attributes = { "operator" },
  title = "Managed or trusted domains changed by {operator or 'an unknown operator'}: {operation_detail}",
  dedup = "{operator or 'an unknown operator'} {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    ["category_type|re|i"] = "^account|domain",
    ["action|re|i"] = "^(?!.*(?:view|export|download|search))",
    ["operation_detail|re|i"] = "^(?!(?:view|export|download|search|list)\\b)(?s:.*?)"
      .. "\\b(?:managed|associated|trusted|approved|allowed) domains?\\b",
  },
}

-- A domain as in the ticket must not hide the next one within the hour.
tests {
  { name = "a domain added", fixture = "zoom/operation/managed_domain_added.json", expect = true,
    title = "Managed or trusted domains changed by homer@example.com: "
      .. "Account Profile  - Add Associated Domain: example.net",
    alert_context = { detail = "Account Profile  - Add Associated Domain: example.net" } },
  { name = "trusted domains changed", fixture = "zoom/operation/trusted_domain_changed.json",
    expect = true },
  { name = "two domains within the hour", alerts = 2, events = {
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
  { name = "in a category of its own", fixture = "zoom/operation/managed_domain_added.json", expect = true,
    set = { category_type = "Associated Domains", operation_detail = "Add Associated Domain: example.net" } },
}
