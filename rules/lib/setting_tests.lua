--- Test cases that the rules about switches of the account share.

local zoom = require "zoom"

local setting_tests = {}

local function case(name, expect, detail, category, action)
  return { name = name, expect = expect, event = {
    time = "2024-03-21T07:09:03Z", operator = "homer@example.com", category_type = category or "Account",
    action = action or "Update", operation_detail = detail } }
end

--- The cases of a rule that reports one switch, for a place in its `tests`. `key` is the setting's in
-- zoom.security_settings (or a set of keys), `detail` a change that the rule reports:
-- setting_tests.switch(SETTING, "Security  - Waiting Room: from On to Off").
function setting_tests.switch(key, detail)
  local section, setting, from, to = re.match(detail, "^(.+)  - (.+): from (On|Off) to (On|Off)$")
  assert(to, "a detail as 'Security  - Waiting Room: from On to Off' is wanted")
  local change = (": from %s to %s"):format(from, to)
  local back = ("%s: from %s to %s"):format(setting, to, from)
  return {
    case("in upper case", true,
      ("%s  - %s: from %s to %s"):format(section, setting, from:upper(), to:upper())),
    case("switched back", false, ("%s  - %s"):format(section, back)),
    case("switched back beside another change", false,
      ("%s  - Annotation%s - %s"):format(section, change, back)),
    case("the same change of another setting", false, "In Meeting (Basic)  - Annotation" .. change),
    case("for one group only", false, ("Edit Group Springfield  - %s%s"):format(setting, change),
      "User Group"),
    case("another action", false, detail, nil, "Add"),
    case("its names without a change", false, "Names: " .. table.concat(zoom.words_of(key), "; ")),
  }
end

return setting_tests
