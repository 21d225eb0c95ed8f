/* Which JSON library reads records. Any thread. */
#ifndef EVENT_JSON_JSON_LIBRARY_H
#define EVENT_JSON_JSON_LIBRARY_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version and the instruction set chosen for this machine: "3.0.1 (haswell)". Static. */
const char *json_library_version(void);

#ifdef __cplusplus
}
#endif
#endif
