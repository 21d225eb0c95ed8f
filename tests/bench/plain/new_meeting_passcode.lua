metadata { id = "Plain.new_meeting_passcode", log_types = { "Zoom.Operation" }, severity = "medium" }

function rule(event)
  return event.action == "Update" and event.category_type == "Account"
    and (event.operation_detail or ""):find(
      "Require a passcode when scheduling new meetings: from On to Off", 1, true) ~= nil
end

function title(event)
  return "Setting turned off by " .. (event.operator or "?")
end
