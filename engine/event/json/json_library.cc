#include "event/json/json_library.h"

#include <simdjson.h>
#include <string>

extern "C" const char *json_library_version(void) {
  static const std::string version = std::string(SIMDJSON_STRINGIFY(SIMDJSON_VERSION)) + " (" +
                                     std::string(simdjson::get_active_implementation()->name()) +
                                     ")";
  return version.c_str();
}
