--- What rules about Zoom need: one table of the functions of its parts in lib/zoom/.
--
-- zoom.detail reads the sentences of the operation log, zoom.role the roles in them, zoom.setting which
-- changes make the account weaker; zoom.webhook and zoom.webhook_setting read the fields
-- of webhooks, zoom.change what any record changes, zoom.people who is meant, zoom.content what people send.

local zoom = {}

for _, part in ipairs({ (require "zoom.detail").rules, require "zoom.role", require "zoom.setting",
    require "zoom.webhook_setting", require "zoom.webhook", require "zoom.change", require "zoom.people",
    require "zoom.content" }) do
  for name, value in pairs(part) do
    zoom[name] = value
  end
end

return zoom
