/* place.h - where the control socket is: one list for those who make it and those who look for it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Abstract names begin so, a random rest follows. */
#define PLACE_ABSTRACT "@hull-init/"
#define PLACE_MAX      (sizeof(((struct sockaddr_un *)0)->sun_path))

/* The i-th place of an init of `uid`, "" when it does not exist here (an unset variable, too
 * long). false: there are no more. The last resort of a server is an abstract name, which its
 * services learn from HULL_INIT_CONTROL and others from proc_pid_net(5). */
bool place_get(size_t i, uid_t uid, char out[PLACE_MAX]);
/* '@' in front: abstract. -ENAMETOOLONG. */
int place_address(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_len);
/* A listening socket that has its mode from the first moment on; the directory above it is made
 * when `make_dir`. A socket that nobody listens on any more is replaced: -EADDRINUSE when
 * somebody does, -EPERM when the directory could be another's. */
int place_bind(const char *path, bool make_dir, mode_t mode, int *ret_fd);
