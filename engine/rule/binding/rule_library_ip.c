/*
 * The module `ip`.
 *
 *   ip.is(text)                  whether it is an IP address
 *   ip.version(text)             4, 6 or nil
 *   ip.in_cidr(text, networks)   a network ("10.0.0.0/8") or a list of them
 *   ip.is_private(text)          RFC 1918, RFC 4193, link-local, shared (RFC 6598)
 *   ip.is_loopback(text)
 *   ip.normalise(text)           RFC 5952 text, or nil
 *
 * What is no address is in no network. A network that cannot be read is an error.
 */
#include "base/ip.h"
#include "rule/binding/rule_library.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

static bool read_ip(lua_State *lua, int index, struct ip *ip) {
  struct text text;
  if (lua_type(lua, index) != LUA_TSTRING)
    return false;
  text.data = lua_tolstring(lua, index, &text.size);
  return ip_parse(text, ip);
}

static int ip_is(lua_State *lua) {
  struct ip ip;
  lua_pushboolean(lua, read_ip(lua, 1, &ip));
  return 1;
}

static int ip_version(lua_State *lua) {
  struct ip ip;
  if (!read_ip(lua, 1, &ip))
    lua_pushnil(lua);
  else
    lua_pushinteger(lua, ip.family);
  return 1;
}

/* Whether the network at the top of the stack holds the address. */
static bool contains(lua_State *lua, const struct ip *ip) {
  struct ip_network network;
  struct text text;
  char shown[64];
  if (lua_type(lua, -1) != LUA_TSTRING)
    return luaL_error(lua, "ip.in_cidr wants a network or a list of networks, not a %s",
                      luaL_typename(lua, -1));
  text.data = lua_tolstring(lua, -1, &text.size);
  if (!ip_network_parse(text, &network))
    return luaL_error(lua, "'%s' is no network", text_printable(text, shown, sizeof shown));
  return ip && ip_network_contains(&network, ip);
}

static int ip_in_cidr(lua_State *lua) {
  struct ip ip;
  bool inside = false, is_ip = read_ip(lua, 1, &ip);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (!lua_istable(lua, 2)) {
    inside = contains(lua, is_ip ? &ip : NULL);
  } else {
    lua_Integer count = luaL_len(lua, 2);
    for (lua_Integer i = 1; i <= count && !inside; i++) {
      sandbox_charge(lua, 1);
      lua_geti(lua, 2, i);
      inside = contains(lua, is_ip ? &ip : NULL);
      lua_pop(lua, 1);
    }
  }
  lua_pushboolean(lua, inside);
  return 1;
}

static bool in_any(const struct ip *ip, const char *const *networks, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct ip_network network;
    if (ip_network_parse(text_from(networks[i]), &network) && ip_network_contains(&network, ip))
      return true;
  }
  return false;
}

static int ip_is_private(lua_State *lua) {
  static const char *const networks[] = {"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
                                         "169.254.0.0/16", "100.64.0.0/10", "fc00::/7",
                                         "fe80::/10"};
  struct ip ip;
  lua_pushboolean(lua, read_ip(lua, 1, &ip) &&
                           in_any(&ip, networks, sizeof networks / sizeof *networks));
  return 1;
}

static int ip_is_loopback(lua_State *lua) {
  static const char *const networks[] = {"127.0.0.0/8", "::1/128"};
  struct ip ip;
  lua_pushboolean(lua, read_ip(lua, 1, &ip) &&
                           in_any(&ip, networks, sizeof networks / sizeof *networks));
  return 1;
}

static int ip_normalise(lua_State *lua) {
  struct ip ip;
  struct ip_string string;
  if (!read_ip(lua, 1, &ip))
    lua_pushnil(lua);
  else
    lua_pushstring(lua, ip_format(&ip, &string));
  return 1;
}

int rule_open_ip(lua_State *lua) {
  static const luaL_Reg functions[] = {
      {"is", ip_is},
      {"version", ip_version},
      {"in_cidr", ip_in_cidr},
      {"is_private", ip_is_private},
      {"is_loopback", ip_is_loopback},
      {"normalise", ip_normalise},
      {NULL, NULL},
  };
  luaL_newlib(lua, functions);
  return 1;
}
