#!/usr/bin/env bats
# System calls of `margay run` fail, one in each run. Whatever fails, margay goes on or ends with an error in
# its log, and after the next start nothing is lost and nothing is doubled.

load fault
# tests/run: a job for each test

@test "the state file cannot be opened, read, written, synced or mapped: nothing is lost or doubled" {
  begin_world
  attack open@state EMFILE
  attack pread@state EIO
  attack pwrite@wal ENOSPC
  attack fdatasync@wal EIO
  attack mmap@shm ENOMEM
  attack_more open@state EACCES+
  attack_more open@wal EIO
  attack_more open@lock ENFILE
  attack_more open@folder EMFILE
  attack_more open@shm EIO
  attack_more mknod@state ENOSPC+
  attack_more pread@wal EIO short
  attack_more pread@state short
  attack_more pwrite@wal EIO ENOSPC+ EINTR short
  attack_more pwrite@state EIO ENOSPC+
  attack_more pwrite@shm ENOSPC
  attack_more ftruncate@shm ENOSPC
  attack_more ftruncate@state EIO
  attack_more fdatasync@wal EIO+
  attack_more fdatasync@state EIO
  attack_more fdatasync@folder EIO
  attack_more unlink@wal EIO
  no_failures
}

@test "sockets, threads, polls and sleeps fail: nothing is lost or doubled" {
  begin_world
  attack socket@socket EMFILE
  attack send@socket short
  attack recv@socket ECONNRESET
  attack poll@process EINTR
  attack pthread_create@process EAGAIN
  attack_more socket@socket ENFILE+
  attack_more connect@socket ECONNREFUSED ETIMEDOUT
  attack_more send@socket ECONNRESET EPIPE EINTR
  attack_more recv@socket EAGAIN short EIO+
  attack_more poll@process ENOMEM
  attack_more pthread_create@process EAGAIN+
  attack_more getrandom@process EINTR short
  no_failures
}

@test "the process is killed in the middle of a write of its state: nothing is lost or doubled" {
  begin_world
  attack pwrite@wal torn
  attack pwrite@state kill
  attack_more pwrite@wal kill
  attack_more pwrite@state torn
  attack_more fdatasync@wal kill
  attack_more fdatasync@state kill
  attack_more ftruncate@state kill
  attack_more send@socket kill
  no_failures
}
