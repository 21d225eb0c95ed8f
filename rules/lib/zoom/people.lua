--- Reads who is meant: the people in a record, and whether they belong to the company. A part of the
-- library `zoom`.
--
-- Three lookup tables of the configuration say what only the company knows; all are optional:
--
--   own_domains       the company's mail domains
--   service_accounts  addresses that programs use: provisioning, backup
--   known_networks    the company's networks (match: cidr)

local zoom = {}

local find, lower, sub = string.find, string.lower, string.sub
local ipairs, pcall, tonumber, type = ipairs, pcall, tonumber, type

-- A batch names many. More than a correlation looks at are of no use.
local ADDRESSES_MAX = 16

local ADDRESS = "[^\\s<>()\\[\\],;:\"'@]++@[A-Za-z0-9.-]*[A-Za-z0-9]"

--- The different addresses in a text, in lower case and in order, 16 at most; an empty list if the value
-- is not a text.
function zoom.addresses_in(text)
  local found, seen = {}, {}
  local at = type(text) == "string" and find(text, "@", 1, true)
  if not at then
    return found
  elseif not find(text, "@", at + 1, true) then -- most name one
    local address = re.match(text, ADDRESS)
    return { address and lower(address) }
  end
  for address in re.gmatch(text, ADDRESS) do
    address = lower(address)
    if not seen[address] then
      seen[address] = true
      found[#found + 1] = address
      if #found == ADDRESSES_MAX then
        break
      end
    end
  end
  return found
end

-- Where webhooks name people: fields of the object, and lists of objects with an address each.
local FIELDS = { { "email" }, { "participant", "email" }, { "registrant", "email" } }
local LISTS = { "members", "admins", "users", "share_with_users", "collaborators" }

local function add_address(found, value)
  if type(value) == "string" and #found < ADDRESSES_MAX then
    found[#found + 1] = zoom.addresses_in(value)[1]
  end
end

local function users_of_object(event)
  local found = {}
  for _, path in ipairs(FIELDS) do
    add_address(found, event:deep_get("payload", "object", table.unpack(path)))
  end
  for _, name in ipairs(LISTS) do
    local list = event:deep_get("payload", "object", name)
    if type(list) == "userdata" then
      for _, item in ipairs(list) do
        add_address(found, type(item) == "userdata" and (item:get("email") or item:get("user_email")) or item)
      end
    end
  end
  return found
end

--- The addresses of the people a record is about, in lower case, 16 at most: every address in an
-- operation's detail, however it separates them, or those in a webhook's object.
function zoom.users_of(event)
  if type(event.operation_detail) == "string" then
    return zoom.addresses_in(event.operation_detail)
  end
  return users_of_object(event)
end

-- ---- Users who are removed ----

local HAND_OVER = "(?i)(?:^|\\b)(?:transfer|hand(?:ed|ing)? over|hand-over|reassign|move|moving)\\w*"
-- Of a batch, those that succeeded count: "Total: 250, Success: 0, Failed: 250".
local SUCCEEDED = "(?i)\\b(?:success(?:es|ful|fully)?|succeeded|deleted|removed): (\\d[\\d,]{0,8})\\b"
local COUNT = "(?i)\\b(\\d[\\d,]{0,8}) (?:more )?(?:users?|accounts?)\\b"
  .. "|\\b(?:total|count|number|users): (\\d[\\d,]{0,8})\\b"

-- "1,036" as a number.
local function number(text)
  return text and tonumber((text:gsub(",", "")))
end

--- How many users a record deletes or deactivates, judged by its detail: the addresses in it, or the number
-- that it says; 1 if it says neither, and 0 if it only hands over the data of users or fails.
function zoom.removed_users(event)
  local text = type(event.operation_detail) == "string" and event.operation_detail or ""
  local first = re.find(text, HAND_OVER)
  if first == 1 then
    return 0
  end
  -- Who gets the data of deleted users is not deleted.
  text = first and sub(text, 1, first - 1) or text
  local addresses, at = 0, find(text, "@", 1, true)
  while at do
    addresses, at = addresses + 1, find(text, "@", at + 1, true)
  end
  local succeeded = number(re.match(text, SUCCEEDED))
  if succeeded then
    return succeeded
  end
  local before, after = re.match(text, COUNT)
  return math.max(addresses, number(before) or number(after) or 0, 1)
end

-- ---- Inside and outside ----

--- The domain of an address in lower case, or nil: "Lisa <lisa@Example.com>" gives "example.com".
function zoom.domain_of(address)
  local domain = type(address) == "string" and re.match(address, "@([^\\s@>,;]+)[>,;]?\\s*$")
  return domain and lower(domain) or nil
end

-- A subsidiary's addresses: one domain is below the other.
local function is_below(domain, other)
  return #domain > #other and sub(domain, -#other - 1) == "." .. other
end

-- Two subsidiaries: what both domains end in has a name of its own, unlike co.uk.
local function are_below_one(domain, other)
  local parent, other_parent = re.match(domain, "^[^.]+\\.(.*[^.]{4,}\\.[^.]+)$"),
    re.match(other, "^[^.]+\\.(.*)$")
  return parent ~= nil and parent == other_parent
end

--- True if two domains, in lower case, are the same or belong to one: example.com, shop.example.com,
-- club.example.com.
function zoom.are_related_domains(domain, other)
  return domain == other or is_below(domain, other) or is_below(other, domain) or are_below_one(domain, other)
end

local function look_up(event, name, key)
  return event:lookup(name, key) ~= nil
end

-- Whether a table has the key; nil without the table. Most have none, and an error costs more than asking.
local function is_in(event, name, key)
  if not event:has_lookup(name) then
    return nil
  end
  local configured, found = pcall(look_up, event, name, key)
  if configured then
    return found
  end
  return nil
end

-- The address of somebody of the company, as far as a record names one: who did it, or whose meeting it is.
local function insider_of(event)
  local operator = event.operator_email or event.operator or event:deep_get("payload", "operator")
  return zoom.domain_of(operator) or zoom.domain_of(event:deep_get("payload", "object", "meeting_host_email"))
    or zoom.domain_of(event:deep_get("payload", "object", "host_email"))
end

-- The table may name example.com alone for all domains below it.
local function is_listed(event, domain)
  local listed = is_in(event, "own_domains", domain)
  while listed == false do
    domain = re.match(domain, "^[^.]+\\.(.+\\..+)$")
    if not domain then
      break
    end
    listed = is_in(event, "own_domains", domain)
  end
  return listed
end

--- Whether an address belongs to the company: by the lookup table own_domains, which counts subdomains, too;
-- without that table, whether its domain is that of the operator or the host, or related to it. nil if
-- the address has no domain, or nothing is known to compare it with.
function zoom.is_own_domain(event, address)
  local domain = zoom.domain_of(address)
  if not domain then
    return nil
  end
  local listed = is_listed(event, domain)
  if listed ~= nil then
    return listed
  end
  local own = insider_of(event)
  if not own then
    return nil
  end
  return zoom.are_related_domains(domain, own)
end

--- The addresses of a list that are known not to belong to the company.
function zoom.outsiders_in(event, addresses)
  local found = {}
  for _, address in ipairs(addresses) do
    if zoom.is_own_domain(event, address) == false then
      found[#found + 1] = address
    end
  end
  return found
end

--- True if the lookup table service_accounts has the address, which is compared in lower case.
function zoom.is_service_account(event, address)
  return event:has_lookup("service_accounts") and type(address) == "string"
    and is_in(event, "service_accounts", lower(address)) == true
end

--- Whether an IP address is in the lookup table known_networks; nil without the table or the address.
function zoom.is_known_network(event, address)
  if type(address) ~= "string" or address == "" then
    return nil
  end
  return is_in(event, "known_networks", address)
end

--- For titles: "lisa@example.com, bart@example.com and 3 more"; nil for an empty list.
function zoom.names_in_words(names, most)
  most = most or 3
  if #names <= most then
    return names[1] and table.concat(names, ", ") or nil
  end
  return ("%s and %d more"):format(table.concat(names, ", ", 1, most), #names - most)
end

return zoom
