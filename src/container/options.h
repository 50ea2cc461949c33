/* options.h - the option rows that run, create (and stage) share; docker's names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * `CONTAINER_OPTION_ROWS(struct run_opts, container)` expands to rows of an opt table for the
 * member `struct container_options container`. Options that docker or podman know and we do not
 * have are rows of type OPT_UNSUPPORTED (options_refused.h), so that they are refused by name. */
#pragma once

#include "base/opt.h"
#include "container/container.h"
#include "container/options_refused.h"

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): offsetof takes a type and a member */
#define CONTAINER_OPTION_ROWS(s, m) \
	{0, "add-host", OPT_LIST, offsetof(s, m.add_hosts), "NAME:IP", "Add a line to /etc/hosts (IP may be 'host-gateway')"}, \
	{0, "annotation", OPT_LIST, offsetof(s, m.annotations), "KEY=VALUE", "Add an OCI annotation"}, \
	{0, "cap-add", OPT_LIST, offsetof(s, m.cap_add), "CAPABILITY", "Add a Linux capability, or ALL"}, \
	{0, "cap-drop", OPT_LIST, offsetof(s, m.cap_drop), "CAPABILITY", "Drop a Linux capability, or ALL"}, \
	{0, "cidfile", OPT_STRING, offsetof(s, m.cidfile), "FILE", "Write the container's ID to a file that must not exist"}, \
	{0, "cpus", OPT_STRING, offsetof(s, m.cpus), "NUMBER", "How many processors' time it may use (\"1.5\")"}, \
	{0, "device", OPT_LIST, offsetof(s, m.devices), "HOST[:PATH[:rwm]]", "Give a device of the host"}, \
	{0, "dns", OPT_LIST, offsetof(s, m.dns), "IP", "Name server for resolv.conf"}, \
	{0, "entrypoint", OPT_STRING, offsetof(s, m.entrypoint), "COMMAND", "Replace the image's ENTRYPOINT", offsetof(s, m.entrypoint_given)}, \
	{'e', "env", OPT_LIST, offsetof(s, m.env), "KEY[=VALUE]", "Set an environment variable (without a value: ours)"}, \
	{0, "env-file", OPT_LIST, offsetof(s, m.env_files), "FILE", "Read environment variables from a file"}, \
	{0, "expose", OPT_LIST, offsetof(s, m.expose), "PORT[/PROTO]", "Name a port that the container listens on"}, \
	{0, "group-add", OPT_LIST, offsetof(s, m.group_adds), "GROUP", "Be a member of this group too"}, \
	{'h', "hostname", OPT_STRING, offsetof(s, m.hostname), "NAME", "Host name inside (default: the short ID)"}, \
	{0, "init", OPT_FLAG, offsetof(s, m.init), NULL, "Run hull-init as process 1, which forwards signals and reaps"}, \
	{0, "init-path", OPT_STRING, offsetof(s, m.init_path), "FILE", "A static init of the host for --init instead of hull-init"}, \
	{'i', "interactive", OPT_FLAG, offsetof(s, m.interactive), NULL, "Keep standard input open"}, \
	{'l', "label", OPT_LIST, offsetof(s, m.labels), "KEY[=VALUE]", "Set metadata"}, \
	{0, "label-file", OPT_LIST, offsetof(s, m.label_files), "FILE", "Read labels from a file"}, \
	{'m', "memory", OPT_SIZE, offsetof(s, m.memory), "SIZE", "Memory limit (\"512m\")"}, \
	{0, "mount", OPT_LIST, offsetof(s, m.mounts), "KEY=VALUE,...", "Mount: type=bind|volume|tmpfs,src=...,dst=...[,readonly]"}, \
	{0, "name", OPT_STRING, offsetof(s, m.name), "NAME", "Name of the container"}, \
	{0, "network", OPT_STRING, offsetof(s, m.network), "MODE", "none, host, bridge, container:NAME or a network's name"}, \
	{0, "net", OPT_STRING, offsetof(s, m.network), "MODE", "The same as --network"}, \
	{0, "pids-limit", OPT_INT, offsetof(s, m.pids_limit), "NUMBER", "How many processes it may have (-1: any number)", offsetof(s, m.pids_limit_given)}, \
	{0, "platform", OPT_STRING, offsetof(s, m.platform), "OS/ARCH", "Refuse an image of another platform"}, \
	{0, "privileged", OPT_FLAG, offsetof(s, m.privileged), NULL, "Give all capabilities and all devices"}, \
	{'p', "publish", OPT_LIST, offsetof(s, m.publish), "[IP:][HOST:]PORT[/PROTO]", "Publish a port of the container on the host"}, \
	{'P', "publish-all", OPT_FLAG, offsetof(s, m.publish_all), NULL, "Publish all exposed ports on free ports"}, \
	{0, "pull", OPT_STRING, offsetof(s, m.pull), "POLICY", "missing or never"}, \
	{0, "read-only", OPT_FLAG, offsetof(s, m.read_only), NULL, "Mount the root file system read-only"}, \
	{0, "restart", OPT_STRING, offsetof(s, m.restart), "POLICY", "no, always, unless-stopped or on-failure[:TIMES]"}, \
	{0, "rm", OPT_FLAG, offsetof(s, m.remove), NULL, "Remove the container when it ends"}, \
	{0, "security-opt", OPT_LIST, offsetof(s, m.security_opts), "OPTION", "seccomp=, apparmor=, mask= or no-new-privileges"}, \
	{0, "shm-size", OPT_SIZE, offsetof(s, m.shm_size), "SIZE", "Size of /dev/shm (default \"64m\")"}, \
	{0, "stop-signal", OPT_STRING, offsetof(s, m.stop_signal), "SIGNAL", "Signal that stops the container"}, \
	{0, "stop-timeout", OPT_DURATION, offsetof(s, m.stop_timeout_ns), "SECONDS", "How long to wait after it before SIGKILL", offsetof(s, m.stop_timeout_given)}, \
	{0, "systemd", OPT_STRING, offsetof(s, m.systemd), "MODE", "true (when the command is an init), false or always"}, \
	{0, "tmpfs", OPT_LIST, offsetof(s, m.tmpfs), "PATH[:OPTIONS]", "Mount an empty tmpfs"}, \
	{'t', "tty", OPT_FLAG, offsetof(s, m.tty), NULL, "Give a terminal"}, \
	{0, "ulimit", OPT_LIST, offsetof(s, m.ulimits), "NAME=SOFT[:HARD]", "Set a resource limit"}, \
	{'u', "user", OPT_STRING, offsetof(s, m.user), "USER[:GROUP]", "Run as this user, by name or number"}, \
	{'v', "volume", OPT_LIST, offsetof(s, m.volumes), "[SRC:]DST[:OPTS]", "Mount a host path or a named volume"}, \
	{'w', "workdir", OPT_STRING, offsetof(s, m.workdir), "DIR", "Working directory inside"}, \
	CONTAINER_REFUSED_ROWS
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

/* For tests, and for whoever has texts instead of argv: the shared rows alone. Ends with {0}. */
extern const struct opt container_option_table[];
