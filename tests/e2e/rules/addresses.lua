metadata {
  id = "Test.Addresses",
  display_name = "One user signs in from several addresses",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  summary_attributes = { "p_any_ip_addresses", "client_type" },
  threshold = 3,
  dedup_period_minutes = 120,
  where = { type = "Sign in" },
}

function dedup(event)
  return event.email
end

function unique(event)
  return event.ip_address
end
