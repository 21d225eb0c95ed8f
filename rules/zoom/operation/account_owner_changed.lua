local zoom = (require "zoom.detail").rules

metadata {
  id = "Zoom.Account.Owner.Changed",
  display_name = "Zoom account owner changed",
  log_types = { "Zoom.Operation" },
  severity = "critical",
  evidence = "guess",
  pack = "zoom-core",
  story = { "p_actor", "p_any_emails" },
  description = "The whole account has another owner. The owner can do everything, and no admin can "
    .. "stop them.\n\n"
    .. "False positives: the owner left the company and handed over.",
  runbook = "1. Call the former owner.\n"
    .. "2. Call the new owner.\n"
    .. "3. If nobody can explain it: open an urgent case with Zoom Support, and treat the "
    .. "account as taken over.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Account.Owner.Changed --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  title = "Account owner changed by {operator or 'an unknown operator'}: {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = { "Account", "User" },
    ["operation_detail|contains"] = { "account owner", "ownership", "change owner" },
    -- Among the first words, or as what changed: a job title has them elsewhere.
    ["operation_detail|re|i|all"] = {
      "\\b(?:account owner|ownership|change owner)\\b",
      "^\\s*+(?:account |(?:change|transfer|assign|update|set|edit)\\w*(?: the| of| account)* )?owner"
        .. "|owner(?:ship)?\\s*+:",
    },
  },
}

-- The words must name what changed: a job title or a setting may contain them, too.
local HEAD = "(?i)^(?:(?:account )?owner(?:ship)?|(?:change|transfer|assign|update|set|edit)\\w*"
  .. "(?: the| of| account)* owner(?:ship)?)\\b(?! (?:of|for) (?!(?:the )?account))"
local SETTING = "(?i)(?:^| - )(?:(?:new )?account owner|(?:account )?ownership)$"

function rule(event)
  local changes = zoom.setting_changes(event)
  for _, change in ipairs(changes) do
    if re.find(change.setting, SETTING) and not re.find(change.to, "(?i)^(?:on|off)$") then
      return true
    end
  end
  local head = zoom.head_of(event)
  return re.find(head, HEAD) ~= nil and (#changes == 0 or changes[1].to:find("@", 1, true) ~= nil)
end

tests {
  { name = "another owner", fixture = "zoom/operation/account_owner_changed.json", expect = true,
    severity = "CRITICAL", title = "Account owner changed by homer@example.com: "
      .. "Account Profile  - Account Owner: from homer@example.com to bart@example.com" },
  { name = "a recording's owner", fixture = "zoom/operation/account_owner_of_recording.json",
    expect = false },
  { name = "a setting about the owner", expect = false,
    fixture = "zoom/operation/account_owner_changed.json",
    set = { operation_detail = "Security  - Only account owner can change names: "
      .. "from Off to On" } },
  { name = "in the category User Group",
    expect = false, fixture = "zoom/operation/account_owner_changed.json",
    set = { category_type = "User Group" } },
  { name = "a user promoted to co-owner, which another rule reports",
    fixture = "zoom/operation/user_promoted_co_owner.json", expect = false },
  { name = "a job title", expect = false, fixture = "zoom/operation/user_job_title.json",
    set = { operation_detail = "Update User bart@example.com  - Job Title: set to Key Account Owner" } },
  { name = "a department", expect = false, fixture = "zoom/operation/user_job_title.json",
    set = { operation_detail = "Update User bart@example.com  - Department: from Ownership to Sales" } },
  { name = "handed over", expect = true, fixture = "zoom/operation/account_owner_changed.json",
    set = { operation_detail = "Transfer Account Ownership  - bart@example.com" } },
  { name = "ownership of meetings", expect = false, fixture = "zoom/operation/account_owner_changed.json",
    set = { operation_detail = "Transfer Ownership of Meetings  - bart@example.com to lisa@example.com" } },
  { name = "ownership of the account", expect = true, fixture = "zoom/operation/account_owner_changed.json",
    set = { operation_detail = "Transfer Ownership of the Account  - bart@example.com" } },
}
