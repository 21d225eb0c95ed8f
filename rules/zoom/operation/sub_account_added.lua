metadata {
  id = "Zoom.Sub.Account.Added",
  display_name = "Zoom sub account added",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A sub account was created. It has its own owner, settings and users, outside the "
    .. "controls that protect the main account, at the main account's cost.\n\n"
    .. "False positives: resellers, and groups of companies.",
  runbook = "1. Ask the operator which contract the sub account belongs to.\n"
    .. "2. Check who owns it.\n"
    .. "3. If nobody can explain it: disassociate the sub account, and check what else the "
    .. "operator did.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Sub.Account.Added --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Sub accounts" },
  summary_attributes = { "operator" },
  title = "Sub account added by {operator or 'an unknown operator'}: {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "Sub Account",
    action = { "Add", "Create" },
  },
}

tests {
  { name = "added", fixture = "zoom/operation/sub_account_added.json", expect = true,
    title = "Sub account added by homer@example.com: "
      .. "Add Sub Account Shelbyville  - Owner: moe@example.net" },
  { name = "changed", fixture = "zoom/operation/sub_account_edited.json", expect = false },
  { name = "a user added", fixture = "zoom/operation/user_added.json", expect = false },
  { name = "created", fixture = "zoom/operation/sub_account_added.json",
    set = { action = "Create" }, expect = true },
}
