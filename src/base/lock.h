/* lock.h - locks between processes: open file description locks, freed by the kernel on death.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Takes the lock on an open file (OFD, whole file). `wait` false: *ret_taken says whether it was
 * free (NULL allowed with `wait`). A descriptor must be readable for a shared, writable for an
 * exclusive lock. Restarts after EINTR. */
int lock_fd(int fd, enum lock_mode mode, bool wait, bool *ret_taken, struct err *err) must_check;
int lock_release(int fd, struct err *err) must_check;
/* Whether another open file holds a lock on this one; asks without taking it. */
bool lock_is_held(int fd);
/* Opens (makes, 0600) dirfd/name, locks it, returns the descriptor: closing it releases. The file
 * may have been unlinked by a sweeper meanwhile: then it is opened anew. Not taken: *ret_fd is -1.
 */
int lock_file_at(int dirfd, const char *name, enum lock_mode mode, bool wait, int *ret_fd,
		 bool *ret_taken, struct err *err) must_check;
