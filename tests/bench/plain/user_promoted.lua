metadata { id = "Plain.user_promoted", log_types = { "Zoom.Operation" }, severity = "medium" }

local PRIVILEGED = { Admin = true, ["Co-Owner"] = true, Owner = true, ["Billing Admin"] = true }

function rule(event)
  if event.category_type ~= "User" or not event.action:find("Update", 1, true) then
    return false
  end
  local detail = event.operation_detail or ""
  if not detail:find("Change Role", 1, true) then
    return false
  end
  local from, to = detail:match(": from (.-) to (.+)$")
  return to ~= nil and PRIVILEGED[to] == true and not PRIVILEGED[from]
end

function title(event)
  return "Promoted by " .. (event.operator or "?")
end
