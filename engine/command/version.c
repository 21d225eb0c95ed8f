#include "command/version.h"

#include "event/json/json_library.h"
#include "rule/index/literal_set.h"
#include "store/store.h"

#define PCRE2_CODE_UNIT_WIDTH 8 /* pcre2.h asks for it */
#include <curl/curl.h>
#include <jansson.h>
#include <lua.h>
#include <maxminddb.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <pcre2.h>
#include <yaml.h>
#include <zlib.h>
#include <zstd.h>

#ifndef MARGAY_VERSION
#define MARGAY_VERSION "0.1.0"
#endif

void version_print(FILE *out) {
  char pcre2[64];
  pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
  const char *vectorscan = literal_set_vectorscan_version();
  const struct {
    const char *library, *version;
  } rows[] = {
      {"simdjson", json_library_version()},
      {"jansson", jansson_version_str()},
      {"Lua", LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE},
      {"PCRE2", pcre2},
      {"Vectorscan", vectorscan ? vectorscan : "not built in"},
      {"libcurl", curl_version_info(CURLVERSION_NOW)->version},
      {"libmicrohttpd", MHD_get_version()},
      {store_engine_name(), store_engine_version()},
      {"libyaml", yaml_get_version_string()},
      {"libmaxminddb", MMDB_lib_version()},
      {"zlib", zlibVersion()},
      {"zstd", ZSTD_versionString()},
      {"OpenSSL", OpenSSL_version(OPENSSL_FULL_VERSION_STRING)},
  };
  fprintf(out, "margay %s\n", MARGAY_VERSION);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    fprintf(out, "  %-14s %s\n", rows[i].library, rows[i].version);
}
