local zoom = require "zoom"

metadata {
  id = "Zoom.User.Email.Moved",
  display_name = "Zoom user's sign-in address moved to another domain (webhook)",
  log_types = { "Zoom.User" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody changed a user's sign-in address to one of another domain. Whoever reads "
    .. "email there can reset the password, and then has access to the user's meetings, "
    .. "contacts and recordings.\n\n"
    .. "False positives: companies that change their name, and people with addresses at "
    .. "several subsidiaries.",
  runbook = "1. Ask the user, through a channel other than Zoom or email, whether they know about "
    .. "the change.\n"
    .. "2. Find out who owns the new domain, and look at what else the operator did.\n"
    .. "3. If nobody can explain it: change the address back, end the user's sessions and "
    .. "reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Email.Moved --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0006:T1556" } },
  tags = { "Zoom", "Users" },
  dedup = "payload.object.email",
  where = {
    event = "user.updated",
    ["payload.object.email|contains"] = "@",
    ["payload.old_object.email|contains"] = "@",
  },
}

function rule(event)
  local before, after = zoom.updated(event, "email")
  local from, to = zoom.domain_of(before), zoom.domain_of(after)
  if not from or not to or zoom.are_related_domains(from, to) then
    return false
  end
  -- From one brand of the company to another.
  return zoom.row_of(event, "own_domains", to) == nil
end

function title(event)
  local before, after = zoom.updated(event, "email")
  return ("Sign-in address changed from %s to %s by %s"):format(before, after, zoom.operator_of(event))
end

function alert_context(event)
  local before, after = zoom.updated(event, "email")
  return { user = before, to = after, users = zoom.users_of(event) }
end

tests {
  { name = "to another domain", fixture = "zoom/webhook/user/updated_department.json", expect = true,
    set = { ["payload.object.email"] = "lisa@x.example", ["payload.old_object.email"] = "lisa@example.com" },
    title = "Sign-in address changed from lisa@example.com to lisa@x.example by homer@example.com",
    alert_context = { user = "lisa@example.com", to = "lisa@x.example", users = { "lisa@x.example" } } },
  { name = "to a brand of the company", fixture = "zoom/webhook/user/updated_department.json", expect = false,
    set = { ["payload.object.email"] = "lisa@x.example", ["payload.old_object.email"] = "lisa@example.com" },
    mocks = { ["event:lookup"] = { own_domains = { ["x.example"] = { value = true } } } } },
  { name = "to a subsidiary", fixture = "zoom/webhook/user/updated_department.json", expect = false,
    set = { ["payload.object.email"] = "l@shop.example.com",
      ["payload.old_object.email"] = "lisa@example.com" } },
  { name = "another department", fixture = "zoom/webhook/user/updated_department.json", expect = false },
  { name = "a user created", fixture = "zoom/webhook/user/updated_department.json", expect = false,
    set = { event = "user.created" } },
}
