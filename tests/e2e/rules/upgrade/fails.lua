-- Goes wrong on some events, so it has windows of rule errors.
metadata {
  id = "Upgrade.Fails",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  where = { category_type = "Role" },
}

function rule(event)
  return #event.no_such_field > 0
end
