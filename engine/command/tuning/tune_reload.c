#include "command/tuning/tune_reload.h"

#include "store/store_health.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A daemon writes its heartbeat every ten seconds. */
#define SILENT_US (30 * US_PER_SECOND)

struct found {
  int64_t pid;
  bool runs;
};

static void take(void *context, const struct store_daemon *daemon) {
  struct found *found = context;
  struct clock clock = clock_system();
  found->pid = daemon->pid;
  found->runs = daemon->ended_at == TIME_NONE && clock_now(&clock) - daemon->beat_at < SILENT_US;
}

/* The number may be that of another process by now, or be one of another machine. */
static bool is_margay(int64_t pid) {
  char path[64], name[32] = "";
  snprintf(path, sizeof path, "/proc/%lld/comm", (long long)pid);
  FILE *file = fopen(path, "re");
  if (file && !fgets(name, sizeof name, file))
    name[0] = '\0';
  if (file)
    fclose(file);
  return strncmp(name, "margay", 6) == 0;
}

bool tune_reload(const struct command *command, struct store *store, bool now, bool quiet) {
  struct error error = ERROR_NONE;
  struct found found = {.runs = false};
  bool known = store && store_health_daemon(store, take, &found, &error);
  bool runs = known && found.runs && is_margay(found.pid);
  if (!now) {
    if (quiet)
      return true;
    if (runs)
      printf("margay run takes it with: kill -HUP %lld   (or --reload)\n", (long long)found.pid);
    else
      printf("margay run takes it when it starts, or with SIGHUP.\n");
    return true;
  }
  if (!runs) {
    options_report(command, "--reload: no running daemon was found by the state file; it takes the "
                            "entry when it starts");
    return false;
  }
  if (kill((pid_t)found.pid, SIGHUP) != 0) {
    options_report(command, "--reload: the daemon (pid %lld) cannot be signalled: %s",
                   (long long)found.pid, strerror(errno));
    return false;
  }
  if (!quiet)
    printf("The daemon (pid %lld) reads it now; its log says what changed.\n",
           (long long)found.pid);
  return true;
}
