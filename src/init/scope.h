/* scope.h - who is meant by a signal to a service: the process, its group, its session, its tree.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sessions and trees are found in /proc; without it the group alone is reached. A tree has a mark
 * in its environment: who left group and session and lost its parents is still known by it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ini/service_spec.h"

#define SCOPE_MARK "HULL_COPY" /* =16 hexadecimal digits */

struct scope {
	enum kill_scope kind;
	pid_t pid;     /* of its first process; 0: it is no more */
	pid_t group;   /* the number of its group and session */
	uint64_t mark; /* KILL_TREE */
};
/* To the process and whom its kind adds, each once; the first process may be a zombie. -ESRCH:
 * there was nobody. */
int scope_signal(const struct scope *scope, int signal);
/* A stop: the signal, to the children as well if asked for, and CONT behind it: a stopped process
 * hears nothing. */
int scope_stop(const struct scope *scope, int signal, bool to_children);
/* Whether somebody lives in it. Members of a group that outlive their parents are our children, and
 * so they are asked for as such: no /proc is needed, and the dead do not count. */
bool scope_lives(const struct scope *scope);
bool scope_is_child(pid_t pid); /* a living one of ours */
/* To all there is but us: everything in our PID name space when we are its PID 1, else our
 * descendants as far as /proc tells them. */
void scope_signal_all(int signal);
