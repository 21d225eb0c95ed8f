#include "rule/sandbox/sandbox_watch.h"

#include "base/memory.h"
#include "rule/sandbox/sandbox_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* glibc has no name of its own for the thread that a timer signals (timer_create(2)). */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#ifdef __SANITIZE_THREAD__
#define SIGNALS_ARE_HELD_BACK true
#else
#define SIGNALS_ARE_HELD_BACK false
#endif

static _Thread_local struct {
  struct sandbox *volatile watched;
  bool asked, works;
} watch;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t timers; /* each thread's own, so that it ends with the thread */
static bool prepared;

static void tick(int signal) {
  struct sandbox *sandbox = watch.watched;
  (void)signal;
  if (sandbox)
    sandbox_tick(sandbox);
}

static void delete_timer(void *timer) {
  timer_delete(*(timer_t *)timer);
  free(timer);
}

static void prepare(void) {
  struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  prepared =
      pthread_key_create(&timers, delete_timer) == 0 && sigaction(SIGVTALRM, &action, NULL) == 0;
}

static bool start_timer(void) {
  timer_t timer;
  sigset_t set;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM};
  const struct timespec period = {.tv_nsec = SANDBOX_WATCH_MS * 1000000L};
  pthread_once(&once, prepare);
  event.sigev_notify_thread_id = gettid();
  if (!prepared || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0)
    return false;
  timer_t *kept = memory_alloc(sizeof *kept);
  *kept = timer;
  pthread_setspecific(timers, kept);
  sigemptyset(&set);
  sigaddset(&set, SIGVTALRM);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return timer_settime(timer, 0, &(struct itimerspec){period, period}, NULL) == 0;
}

bool sandbox_watch_works(void) {
  if (!watch.asked)
    watch.works = !SIGNALS_ARE_HELD_BACK && start_timer();
  watch.asked = true;
  return watch.works;
}

struct sandbox *sandbox_watch(struct sandbox *sandbox) {
  struct sandbox *before = watch.watched;
  watch.watched = sandbox;
  return before;
}
