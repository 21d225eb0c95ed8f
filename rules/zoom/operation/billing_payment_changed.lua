local zoom = require "zoom"

metadata {
  id = "Zoom.Billing.Payment.Changed",
  display_name = "Zoom payment or billing contact changed",
  log_types = { "Zoom.Operation" },
  severity = "low",
  description = "The payment method, the billing address or the billing contact was changed. "
    .. "Invoices and bank details are what fraud by mail begins with. Zoom does not document "
    .. "how its log words this, so the rule looks for the words themselves.\n\n"
    .. "False positives: cards that expire.",
  runbook = "1. Ask whoever pays for Zoom.\n"
    .. "2. Check the address that invoices go to.\n"
    .. "3. If nobody can explain it: restore the details, and take away the operator's billing "
    .. "privileges.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1657" } },
  tags = { "Zoom", "Billing" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "Billing",
    ["operation_detail|re|i"] =
      "\\b(?:payment|credit card|bank|billing (?:information|contact|address)|invoice)",
  },
}

function title(event)
  return "Payment or billing contact changed by " .. zoom.operator_of(event)
end

tests {
  { name = "another card", fixture = "zoom/operation/billing_payment_changed.json", expect = true,
    title = "Payment or billing contact changed by homer@example.com" },
  { name = "more licenses", fixture = "zoom/operation/billing_licenses_raised.json",
    expect = false },
  { name = "a plan cancelled", fixture = "zoom/operation/billing_plan_cancelled.json",
    expect = false },
  { name = "in another category", fixture = "zoom/operation/billing_payment_changed.json",
    set = { category_type = "User" }, expect = false },
}
