metadata {
  id = "Upgrade.Changed",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  where = { category_type = { "User Group", "Account", "Role" } },
}

function alert_context(event)
  return { by = event.operator }
end
