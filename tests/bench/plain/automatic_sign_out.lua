metadata { id = "Plain.automatic_sign_out", log_types = { "Zoom.Operation" }, severity = "medium" }

function rule(event)
  return event.action == "Update" and event.category_type == "Account"
    and (event.operation_detail or ""):find(
      "Automatically sign users out after a specified time: from On to Off", 1, true) ~= nil
end

function title(event)
  return "Setting turned off by " .. (event.operator or "?")
end
