--- Reads who has got which role from the operation log. A part of the library `zoom`.

local detail = require "zoom.detail"
local people = require "zoom.people"

local zoom = {}

local find, lower = string.find, string.lower
local ipairs, type = ipairs, type
local read_of, about_of, changes_of = detail.read, detail.about_of, detail.changes_of

-- The first email address in a text, or else the text. What comes before an address is no part of
-- one, so the regex begins there, and reads each run of characters once.
local EMAIL = "(?:^|[\\s<>()\\[\\],;:\"])([^\\s<>()\\[\\],;:\"]+@[^\\s<>()\\[\\],;:\"']+)"

local function email_in(text)
  return find(text, "@", 1, true) and re.match(text, EMAIL) or text
end

-- A role that a new user gets: "Add User lisa@example.com  - User Type: Licensed - User Role: Admin".
local SET_ROLE = "(?i) - (?:user )?roles?: (?!from |set to )(.+?)(?: - |$)"

-- Roles by name: "User Role", "Change Role", "Role", and "Roles" in the words of SCIM; of one among several
-- users "bart@example.com: Role".
local ROLE_SETTING = "(?i)(?:(?:^| - )(?:user roles?|change role)|(?:^|: )roles?)$"

-- "Assign Role Admin  - bart@example.com", "Add Members to Role Admin  - bart@example.com,lisa@example.com".
local ASSIGNING = "(?i)^(?:batch )?(?:assign|add|grant|give)\\w* "
local ASSIGNING_TO = "(?i)^(?:batch )?(?:assign|add|grant|give)\\w* (?:the )?roles? to "
local ADDING_USERS = "(?i)^(?:batch )?(?:add|create|invite|import)\\w* users?$"

-- "Import Users  - bart@example.com: Role: Admin, lisa@example.com (Role: Member)".
local USER_AND_ROLE = "(?i)([^\\s,;:()]+@[^\\s,;:()]+)(?:: | \\()(?:user )?roles?: (?!from |set to )([^,;)]+)"

-- "Edit Role Admin  - Add Members: bart@example.com", "Edit Role Admin  - Members: from … to …".
local NEW_MEMBERS = "(?i) - (?:add|new)(?:ed)? (?:role )?(?:members?|users?): (.*)$"
local MEMBERS = "(?i)^(?:role )?(?:members?|users?)$"

-- Whoever is new among the members of a role.
local function add_members(read, add)
  local role = about_of(read).role
  for _, user in ipairs(people.addresses_in(re.match(read.detail, NEW_MEMBERS))) do
    add(user, nil, role)
  end
  for _, change in ipairs(changes_of(read)) do
    local before = re.find(change.setting, MEMBERS) and lower(change.from or "")
    for _, user in ipairs(before and people.addresses_in(change.to) or {}) do
      if not find(before, user, 1, true) then
        add(user, nil, role)
      end
    end
  end
end

-- The users whom a record names get the role: after its head, or in it, as in "Assign Role to
-- bart@example.com  - Role: Admin" and "Assign Role Admin to bart@example.com".
local function add_assigned(read, add)
  local role = re.match(read.detail, SET_ROLE)
  local about, named = about_of(read), read.detail:sub(#read.head + 1)
  if about.role and not role and re.find(read.head, ASSIGNING) and not changes_of(read)[1] then
    role = re.match(about.role, "(?i)^(.+?) (?:to|for) .*@") or about.role
    named = role ~= about.role and read.head or named
  elseif role and re.find(read.head, ASSIGNING_TO) then
    named = read.head
  elseif not re.find(read.head, ADDING_USERS) and not (about.role and re.find(read.head, ASSIGNING)) then
    return
  end
  for _, user in ipairs(role and people.addresses_in(named) or {}) do
    add(user, nil, role)
  end
end

local function read_roles(read)
  local head = lower(read.head)
  local by_user = head == "change role" or head == "batch change role"
  local found, user_of_head = {}, nil
  local function add(user, from, to)
    if not user then
      user_of_head = user_of_head or email_in(about_of(read).user or read.head)
      user = user_of_head
    end
    found[#found + 1] = { user = user, from = from, to = to }
  end
  for _, change in ipairs(changes_of(read)) do
    if by_user then
      add(email_in(change.setting), change.from, change.to)
    elseif re.find(change.setting, ROLE_SETTING) and not about_of(read).role then
      add(find(change.setting, "@", 1, true) and email_in(change.setting) or nil, change.from, change.to)
    end
  end
  if found[1] == nil and re.find(read.head, ADDING_USERS) then
    for user, role in re.gmatch(read.detail, USER_AND_ROLE) do
      add(user, nil, role)
    end
  end
  if found[1] == nil and re.find(read.detail, "(?i)roles?: ") then
    local role = re.match(read.detail, SET_ROLE)
    if role and about_of(read).user then
      add(nil, nil, role)
    end
  end
  if found[1] == nil and find(read.detail, "@", 1, true) then
    add_assigned(read, add)
    if about_of(read).role then
      add_members(read, add)
    end
  end
  return found
end

local function roles_of(read)
  if not read.roles then
    read.roles = find(lower(read.detail), "role", 1, true) and read_roles(read) or {}
  end
  return read.roles
end

-- "Add User lisa@example.com  - User Type: Licensed": a user, no change and no role.
local ONE_USER = "(?s)^(?:Add|Create|Invite|Delete|Deactivate|Update) User "
  .. "(?!(?i:.*(?:role|: (?:from |set to |(?:on|off) to ))))(\\S++)(?:  - | ?\\z)"

--- The user in the operation, usually an email address, or nil. If the roles of several users change,
-- the first of them.
function zoom.user_of(event)
  local whole = event.operation_detail
  local user = type(whole) == "string" and re.match(whole, ONE_USER)
  if user then
    return user
  end
  local read = read_of(event)
  local change = roles_of(read)[1]
  return change and change.user or about_of(read).user
end

local function copy_of_role(change)
  return change and { user = change.user, from = change.from, to = change.to }
end

--- Every role that users got: a list of { user, from, to }. `user` is the email address if the text has
-- one, else the name. `from` is nil if the text names only the new role.
function zoom.role_changes(event)
  local changes = {}
  for i, change in ipairs(roles_of(read_of(event))) do
    changes[i] = copy_of_role(change)
  end
  return changes
end

--- The first of them, or nil.
function zoom.role_change(event)
  return copy_of_role(roles_of(read_of(event))[1])
end

-- Roles of one's own, by the last word of their names: "Zoom Administrators", "IT Super Admin". Also among
-- several: "Admin, Member".
local PRIVILEGED = "(?i)(?:(?:^|, )(?:co-)?owner|\\badmin(?:istrator)?s?|\\bsuper ?users?)"
  .. "(?: \\([^)]*\\)| - .*|, .*)?$"

--- True for Zoom's built-in roles that can change the account (Admin, Co-Owner, Owner, Billing Admin)
-- and for roles whose names end in "Admin" or "Administrator", ignoring case.
function zoom.is_privileged_role(role)
  return type(role) == "string" and re.find(role, PRIVILEGED) ~= nil
end

local function promotions_of(read)
  if not read.promotions then
    local found = {}
    for _, change in ipairs(roles_of(read)) do
      if zoom.is_privileged_role(change.to) and not zoom.is_privileged_role(change.from) then
        found[#found + 1] = change
      end
    end
    read.promotions = found
  end
  return read.promotions
end

--- The roles with privileges that users without such a role got.
function zoom.promotions(event)
  local found = {}
  for i, change in ipairs(promotions_of(read_of(event))) do
    found[i] = copy_of_role(change)
  end
  return found
end

--- The first privileged role that a record gives to a user, or nil.
function zoom.assigned_admin_role(event)
  for _, change in ipairs(roles_of(read_of(event))) do
    if zoom.is_privileged_role(change.to) then
      return change.to
    end
  end
  return nil
end

return zoom
