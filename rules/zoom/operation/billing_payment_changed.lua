local zoom = (require "zoom.detail").rules

metadata {
  id = "Zoom.Billing.Payment.Changed",
  display_name = "Zoom payment or billing contact changed",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "sample",
  pack = "zoom-audit",
  description = "The payment method, the billing address or the billing contact was changed. Email "
    .. "fraud often begins with invoices and bank details.\n\n"
    .. "False positives: expired cards.",
  runbook = "1. Ask the people who pay for Zoom.\n"
    .. "2. Check the address to which invoices go.\n"
    .. "3. If nobody can explain it: restore the details, and remove the operator's billing "
    .. "privileges.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Billing.Payment.Changed --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1657" } },
  tags = { "Zoom", "Billing" },
  summary_attributes = { "operator" },
  title = "Payment or billing contact changed by {operator or 'an unknown operator'}: {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "Billing",
    ["operation_detail|re|i"] =
      "\\b(?:payment|credit card|bank|billing (?:information|contact|address)|invoice)",
  },
}

-- Where somebody lives is no way to get money, but where invoices are sent may be.
local HARMLESS = "(?i)\\b(?:address(?: line)?|phone|fax|street|city|state|zip|postal code|country|suite)\\b"
local MAIL = "(?i)e-?mail"

function rule(event)
  local changes = zoom.setting_changes(event)
  for _, change in ipairs(changes) do
    if not re.find(change.setting, HARMLESS) or re.find(change.setting, MAIL) then
      return true
    end
  end
  return #changes == 0
end

tests {
  { name = "the billing address", fixture = "zoom/operation/billing_payment_changed.json", expect = false,
    set = { operation_detail = "Billing Information  - Billing address: from 1 Main St to 2 Main St"
      .. " - Bill To Phone: set to +41 44 000 00 00" } },
  { name = "the address of mails", fixture = "zoom/operation/billing_payment_changed.json", expect = true,
    set = { operation_detail = "Billing Information  - Billing email address: from a@example.com "
      .. "to b@x.example" } },
  { name = "the address and the card", fixture = "zoom/operation/billing_payment_changed.json", expect = true,
    set = { operation_detail = "Billing Information  - Billing address: from 1 Main St to 2 Main St"
      .. " - Payment method: set to Card ending in 4242" } },
  { name = "a new card", fixture = "zoom/operation/billing_payment_changed.json", expect = true,
    title = "Payment or billing contact changed by homer@example.com: "
      .. "Billing Information  - Payment method: set to Card ending in 4242" },
  { name = "more licenses", fixture = "zoom/operation/billing_licenses_raised.json",
    expect = false },
  { name = "a plan cancelled", fixture = "zoom/operation/billing_plan_cancelled.json",
    expect = false },
  { name = "in another category", fixture = "zoom/operation/billing_payment_changed.json",
    set = { category_type = "User" }, expect = false },
}
