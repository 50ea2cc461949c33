/* defaults.c - what a container gets when nobody says otherwise: docker's tables.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's documentation of `docker run` (capabilities, devices) and what docker 20.10 and
 * later write into config.json. */
#include "runtime/spec_private.h"

const char *const default_capabilities[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_NET_RAW",
	"CAP_NET_BIND_SERVICE",
	"CAP_SYS_CHROOT",
	"CAP_MKNOD",
	"CAP_AUDIT_WRITE",
	"CAP_SETFCAP",
	NULL,
};

const char *const default_masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	NULL,
};

const char *const default_read_only_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

const struct default_mount default_mounts[] = {
	{"/proc", "proc", "proc", "nosuid,noexec,nodev"},
	{"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
	{"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"},
	{"/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"},
	{"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"},
	{"/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=67108864"},
	{0},
};

/* systemd's container interface: what an init without the right to mount must find mounted. */
const struct default_mount systemd_mounts[] = {
	{"/run", "tmpfs", "tmpfs", "nosuid,nodev,strictatime,mode=755"},
	{"/run/lock", "tmpfs", "tmpfs", "nosuid,noexec,nodev,mode=1777,size=5242880"},
	{"/tmp", "tmpfs", "tmpfs", "nosuid,nodev,strictatime,mode=1777"},
	{0},
};

const struct default_device_rule default_device_rules[] = {
	{'a', -1, -1, NULL}, /* nothing, but: */
	{'c', -1, -1, "m"},  /* mknod(2) of anything is harmless while it cannot be opened */
	{'b', -1, -1, "m"},
	{'c', 1, 3, "rwm"},    /* null */
	{'c', 1, 5, "rwm"},    /* zero */
	{'c', 1, 7, "rwm"},    /* full */
	{'c', 1, 8, "rwm"},    /* random */
	{'c', 1, 9, "rwm"},    /* urandom */
	{'c', 5, 0, "rwm"},    /* tty */
	{'c', 5, 1, "rwm"},    /* console */
	{'c', 5, 2, "rwm"},    /* ptmx */
	{'c', 136, -1, "rwm"}, /* pts */
	{0},
};

/* Of the network namespace: a process without privileges may ping and serve port 80, as with
 * docker. */
const struct default_sysctl default_sysctls[] = {
	{"net.ipv4.ip_unprivileged_port_start", "0"},
	{"net.ipv4.ping_group_range", "0 2147483647"},
	{0},
};
