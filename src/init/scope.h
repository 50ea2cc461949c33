/* scope.h - who is meant by a signal to a service: the process, its group, its session, its tree.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "ini/service_spec.h"

/* To the process and whom its scope adds. Sessions and trees need /proc; without it the group alone
 * is reached. -ESRCH: nobody was. */
int scope_signal(pid_t pid, enum kill_scope scope, int signal);
/* A stop: the signal as the spec has it, to the children as well if it says so, and CONT behind it:
 * a stopped process hears nothing. */
int scope_stop(pid_t pid, const struct service_spec *spec, int signal);
bool scope_is_child(pid_t pid); /* a living one of ours */
/* The process has ended and is not reaped, so that its number is still its own: KILL to the rest.
 */
void scope_kill_rest(pid_t pid, enum kill_scope scope);
/* Whether somebody lives in the group. Its members that outlive their parents are our children, and
 * so they are asked for as such: no /proc is needed, and the dead do not count. */
bool scope_group_lives(pid_t group);
/* TERM or KILL to all there is but us: everything in our PID namespace when we are its PID 1, else
 * our descendants as far as /proc tells them. */
void scope_signal_all(int signal);
