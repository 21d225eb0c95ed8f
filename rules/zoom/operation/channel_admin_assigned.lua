metadata {
  id = "Zoom.Channel.Admin.Assigned",
  display_name = "Zoom chat channel has another admin",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "sample",
  pack = "zoom-audit",
  description = "Somebody became admin or owner of a chat channel. They can add outsiders, delete "
    .. "messages and remove others.\n\n"
    .. "False positives: channels whose owner left.",
  runbook = "1. Ask the operator why, and the channel's members whether they expected it.\n"
    .. "2. Check who was added to the channel since.\n"
    .. "3. If nobody can explain it: take the role away.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Channel.Admin.Assigned --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098" } },
  tags = { "Zoom", "Chat" },
  summary_attributes = { "operator" },
  title = "Channel admin assigned by {operator or 'an unknown operator'}: {operation_detail}",
  dedup = "{operator or 'an unknown operator'} {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    ["category_type|startswith"] = { "Channel", "IM", "Team Chat", "Chat" },
    ["operation_detail|re|i"] = "^(?:assign|add|set|make|promote|change|transfer)\\w* "
      .. "(?:[^\\s:]+@[^\\s:]+ )?(?:(?:as|to|be|an?|the|new|another|channel|chat|group|space) )*"
      .. "(?:admin|owner(?:ship)?|moderator)s?\\b",
  },
}

tests {
  { name = "assigned", fixture = "zoom/operation/group_added.json",
    set = { category_type = "Channels",
      operation_detail = "Assign admin for channel Reactor  - rod@example.com" },
    expect = true, dedup = "homer@example.com Assign admin for channel Reactor  - rod@example.com",
    title = "Channel admin assigned by homer@example.com: Assign admin for channel Reactor  - "
      .. "rod@example.com" },
  { name = "another owner", fixture = "zoom/operation/group_added.json",
    set = { category_type = "IM",
      operation_detail = "Change the owner of channel Reactor  - rod@example.com" },
    expect = true },
  { name = "a person in between", fixture = "zoom/operation/group_added.json", expect = true,
    set = { category_type = "IM", operation_detail = "Set rod@example.com as the new admin of Reactor" } },
  { name = "a group that is named so", fixture = "zoom/operation/group_added.json", expect = false,
    set = { category_type = "IM", operation_detail = "Add IM Group admin" } },
  { name = "taken away", fixture = "zoom/operation/group_added.json",
    set = { category_type = "Channels", operation_detail = "Remove admin of channel Reactor" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/group_added.json",
    set = { operation_detail = "Assign admin for channel Reactor" }, expect = false },
  { name = "of two channels", alerts = 2, events = {
    { fixture = "zoom/operation/group_added.json",
      set = { category_type = "Channels", operation_detail = "Assign admin for channel A  - r@x.example" } },
    { fixture = "zoom/operation/group_added.json", after = "1m",
      set = { category_type = "Channels", operation_detail = "Assign admin for channel B  - r@x.example" } },
  } },
  { name = "in categories with other names", alerts = 2, events = {
    { fixture = "zoom/operation/group_added.json", set = { category_type = "Team Chat",
      operation_detail = "Assign admin for channel A  - r@x.example" } },
    { fixture = "zoom/operation/group_added.json", set = { category_type = "Chat",
      operation_detail = "Assign admin for channel B  - r@x.example" } },
  } },
}
