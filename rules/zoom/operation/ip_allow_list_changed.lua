local zoom = require "zoom"

local ADDRESSES = "\\bips?[ -](?:address(?:es)?\\b|ranges?\\b|allow|white|block|access|restrict)"
  .. "|\\b(?:allow|white)[ -]?list(?:ed)?[^:]{0,60}\\bip"

metadata {
  id = "Zoom.IP.Allow.List.Changed",
  display_name = "Zoom IP address restrictions changed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin changed the list of IP addresses from which people may sign in or open "
    .. "recordings. Such a list is often the last barrier against the use of a stolen password.\n\n"
    .. "False positives: office moves, and new VPN gateways.",
  runbook = "1. Ask the operator which network was added or removed, and who owns it.\n"
    .. "2. Look for sign-ins from the new network.\n"
    .. "3. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "4. If nobody can explain it: restore the list, and end the sessions of people who signed "
    .. "in from elsewhere.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.IP.Allow.List.Changed --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1686.001", "TA0003:T1556" }, CIS = { "1.2.9" } },
  tags = { "Zoom", "Account settings", "Network" },
  summary_attributes = { "operator" },
  title = "IP address restrictions changed by {operator or 'an unknown operator'}: {operation_detail}",
  dedup = "{operator or 'an unknown operator'} {operation_detail}",
  where = {
    category_type = "Account",
    ["operation_detail|contains"] = { "ip ", "ip-", "ips ", "ips-", "allow", "white" },
    ["operation_detail|re|i"] = ADDRESSES,
    ["action|re|i"] = "^(?!.*(?:view|export|download|search))",
  },
}

-- Who sees an address is no restriction.
local SHOWN = "(?i)\\b(?:hide|mask|show|display)\\w* [^:]*\\bips?\\b"

-- A restriction that is switched on or has fewer entries is no danger.
function rule(event)
  local changes = zoom.setting_changes(event)
  for _, change in ipairs(changes) do
    local name = (change.section or "") .. ": " .. change.setting
    if re.find(name, "(?i)" .. ADDRESSES) and not re.find(name, SHOWN) then
      return not zoom.only_safer(event)
    end
  end
  return #changes == 0
end

-- Ranges as in the ticket must not hide the next ones within the hour.
function alert_context(event)
  return { changes = zoom.setting_changes(event), detail = event.operation_detail }
end

tests {
  { name = "sign-in restriction lifted", fixture = "zoom/operation/ip_ranges_changed.json",
    expect = true,
    title = "IP address restrictions changed by homer@example.com: "
      .. "Security  - Only allow users to sign in from specific IP ranges: from On to Off" },
  { name = "recordings opened to all networks",
    fixture = "zoom/operation/ip_access_control_changed.json", expect = true },
  { name = "letters within another word", fixture = "zoom/operation/ip_in_a_name.json",
    expect = false },
  { name = "another setting", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "in another category", fixture = "zoom/operation/ip_ranges_changed.json",
    set = { category_type = "User Group" }, expect = false },
  { name = "a list of apps", fixture = "zoom/operation/ip_ranges_changed.json", expect = false,
    set = { operation_detail = "Team Chat  - App allow list: from Polls to Polls,Notes" } },
  { name = "a list of addresses", fixture = "zoom/operation/ip_ranges_changed.json", expect = true,
    set = { operation_detail = "Security  - IP allow list: from 192.0.2.0/24 to 0.0.0.0/0" } },
  { name = "restricted, or with fewer ranges", expect = false, events = {
    { fixture = "zoom/operation/ip_ranges_changed.json",
      set = { operation_detail = "Security  - IP Address Access Control: from Off to On" } },
    { fixture = "zoom/operation/ip_ranges_changed.json",
      set = { operation_detail = "Security  - IP allow list: from 192.0.2.0/24, 198.51.100.0/24 to "
        .. "192.0.2.0/24" } },
    { fixture = "zoom/operation/ip_ranges_changed.json",
      set = { operation_detail = "Security  - Blocked IP ranges: from 192.0.2.0/24 to 192.0.2.0/24, "
        .. "198.51.100.0/24" } },
  } },
  { name = "fewer blocked", fixture = "zoom/operation/ip_ranges_changed.json", expect = true,
    set = { operation_detail = "Security  - Blocked IP ranges: from 192.0.2.0/24, 198.51.100.0/24 to "
      .. "192.0.2.0/24" } },
  { name = "addresses hidden from others", fixture = "zoom/operation/ip_ranges_changed.json",
    set = { operation_detail = "Security  - Hide IP address of participants: from Off to On" },
    expect = false },
  { name = "added without values", fixture = "zoom/operation/ip_ranges_changed.json", expect = true,
    set = { operation_detail = "Add IP address range 0.0.0.0/0" } },
  { name = "looked at", fixture = "zoom/operation/ip_ranges_changed.json", set = { action = "View" },
    expect = false },
  { name = "in other words", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/operation/ip_ranges_changed.json",
      set = { operation_detail = "Security  - IP-ranges, IPs blocked: set to 192.0.2.0/24" } },
    { fixture = "zoom/operation/ip_ranges_changed.json",
      set = { operation_detail = "Security  - Whitelisted IPs-ranges: set to 192.0.2.0/24" } },
  } },
}
