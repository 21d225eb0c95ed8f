metadata { id = "Plain.sign_in_method", log_types = { "Zoom.Operation" }, severity = "medium" }

local START = "Sign-in Methods  - Allow users to sign in with "

function rule(event)
  if event.action ~= "Update" or event.category_type ~= "Account" then
    return false
  end
  local detail = event.operation_detail or ""
  return detail:sub(1, #START) == START and detail:find("from Off to On", 1, true) ~= nil
end

function title(event)
  return "Sign-in method allowed by " .. (event.operator or "?")
end
