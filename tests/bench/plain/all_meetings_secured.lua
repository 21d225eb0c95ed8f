metadata { id = "Plain.all_meetings_secured", log_types = { "Zoom.Operation" }, severity = "medium" }

function rule(event)
  return event.action == "Update" and event.category_type == "Account"
    and (event.operation_detail or ""):find(
      "Require that all meetings are secured with one security option: from On to Off", 1, true) ~= nil
end

function title(event)
  return "Setting turned off by " .. (event.operator or "?")
end
