/* boot_keys.c - the keys of every section but services.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "base/log.h"
#include "ini/key.h"

#include "base/banned.h"

static const struct key_choice by_default[] = {{"auto", 0}, {0}};
static const struct key_choice inherit_mode[] = {{"inherit", -1}, {0}};
static const struct key_choice as_source[] = {{"source", -1}, {0}};
static const struct key_choice next_free[] = {{"auto", -1}, {0}};
static const struct key_choice levels[] = {{"error", LOG_ERROR},
					   {"warning", LOG_WARN},
					   {"warn", LOG_WARN},
					   {"info", LOG_INFO},
					   {"debug", LOG_DEBUG},
					   {"critical", LOG_ERROR},
					   {0}};
static const struct key_choice own_formats[] = {
	{"prefix", LOG_PREFIX}, {"raw", LOG_RAW}, {"stamp", LOG_STAMP}, {"json", LOG_JSON}, {0}};
static const struct key_choice copy_times[] = {
	{"if-empty", COPY_IF_EMPTY}, {"if-missing", COPY_IF_MISSING}, {"always", COPY_ALWAYS}, {0}};
static const struct key_choice never[] = {{"-1", 0}, {0}};

/* Numbers of users: the last two mean "no change" and "overflow" to the kernel. */
#define ID_MAX ((int64_t)UINT32_MAX - 1)

#define AT(field) offsetof(struct init_settings, field)
const struct key init_keys[] = {
	{.name = "stop_timeout",
	 .type = &type_duration,
	 .offset = AT(stop_timeout),
	 .standard = "9s",
	 .min = 1},
	{.name = "control", .type = &type_text, .offset = AT(control), .choices = by_default},
	{.name = "control_mode",
	 .type = &type_mode,
	 .offset = AT(control_mode),
	 .standard = "0600"},
	{.name = "control_user", .type = &type_text, .offset = AT(control_user)},
	{.name = "control_group", .type = &type_text, .offset = AT(control_group)},
	{.name = "health", .type = &type_text, .offset = AT(health)},
	{.name = "health_public", .type = &type_bool, .offset = AT(health_public)},
	{.name = "log_output", .type = &type_text, .offset = AT(log_output), .standard = "-"},
	{.name = "log_level",
	 .type = &type_choice,
	 .offset = AT(log_level),
	 .standard = "info",
	 .choices = levels},
	{.name = "log_format",
	 .type = &type_choice,
	 .offset = AT(log_format),
	 .standard = "prefix",
	 .choices = own_formats},
	{.name = "pidfile", .type = &type_path, .offset = AT(pidfile), .flags = KEY_ABSOLUTE},
	{.name = "umask",
	 .type = &type_mode,
	 .offset = AT(umask),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "warmup_delay",
	 .type = &type_duration,
	 .offset = AT(warmup_delay),
	 .standard = "0s"},
	{.name = "utc", .type = &type_bool, .offset = AT(utc), .flags = KEY_AT_START},
	{.name = "file_variables",
	 .type = &type_list,
	 .offset = AT(file_variables),
	 .flags = KEY_APPENDS},
	{.name = "users_from_env",
	 .type = &type_bool,
	 .offset = AT(users_from_env),
	 .flags = KEY_AT_START},
	{.name = "default_user",
	 .type = &type_text,
	 .offset = AT(default_user),
	 .flags = KEY_AT_START},
	{.name = "default_uid",
	 .type = &type_id,
	 .offset = AT(default_uid),
	 .standard = "auto",
	 .max = ID_MAX,
	 .flags = KEY_AT_START,
	 .choices = next_free},
	{0},
};

const struct key circus_keys[] = {
	{.name = "check_delay",
	 .type = &type_duration,
	 .offset = AT(check_delay),
	 .standard = "5s",
	 .choices = never},
	{.name = "endpoint", .type = &type_endpoint, .offset = AT(control)},
	{.name = "endpoint_owner", .type = &type_text, .offset = AT(control_user)},
	{.name = "control_mode",
	 .type = &type_mode,
	 .offset = AT(control_mode),
	 .standard = "0600"},
	{.name = "control_group", .type = &type_text, .offset = AT(control_group)},
	{.name = "health", .type = &type_text, .offset = AT(health)},
	{.name = "health_public", .type = &type_bool, .offset = AT(health_public)},
	{.name = "include", .type = &type_ignored},
	{.name = "include_dir", .type = &type_ignored},
	{.name = "warmup_delay",
	 .type = &type_duration,
	 .offset = AT(warmup_delay),
	 .standard = "0s"},
	{.name = "umask",
	 .type = &type_mode,
	 .offset = AT(umask),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "pidfile", .type = &type_path, .offset = AT(pidfile)},
	{.name = "loglevel",
	 .type = &type_choice,
	 .offset = AT(log_level),
	 .standard = "info",
	 .choices = levels},
	{.name = "logoutput", .type = &type_text, .offset = AT(log_output), .standard = "-"},
	{.name = "log_format",
	 .type = &type_choice,
	 .offset = AT(log_format),
	 .standard = "prefix",
	 .choices = own_formats},
	{.name = "stop_timeout",
	 .type = &type_duration,
	 .offset = AT(stop_timeout),
	 .standard = "9s",
	 .min = 1},
	{.name = "strict", .type = &type_bool, .offset = AT(strict)},
	{.name = "loggerconfig", .type = &type_ignored, .flags = KEY_IGNORED},
	{.name = "pubsub_endpoint", .type = &type_ignored},
	{.name = "stats_endpoint", .type = &type_ignored},
	{.name = "multicast_endpoint", .type = &type_ignored},
	{.name = "fqdn_prefix", .type = &type_ignored},
	{.name = "statsd", .type = &type_ignored, .flags = KEY_IGNORED},
	{.name = "httpd", .type = &type_ignored, .flags = KEY_IGNORED},
	{.name = "httpd_host", .type = &type_ignored},
	{.name = "httpd_port", .type = &type_ignored},
	{.name = "debug", .type = &type_ignored, .flags = KEY_IGNORED},
	{.name = "debug_gc", .type = &type_ignored},
	{.name = "stream_backend", .type = &type_ignored},
	{.name = "statsd_close_outputs", .type = &type_ignored},
	{.name = "httpd_close_outputs", .type = &type_ignored},
	{0},
};
#undef AT

#define AT(field) offsetof(struct socket_spec, field)
static const struct key_choice families[] = {
	{"auto", AF_UNSPEC},    {"inet", AF_INET}, {"AF_INET", AF_INET}, {"inet6", AF_INET6},
	{"AF_INET6", AF_INET6}, {"unix", AF_UNIX}, {"AF_UNIX", AF_UNIX}, {0},
};
static const struct key_choice types[] = {
	{"stream", SOCK_STREAM},
	{"SOCK_STREAM", SOCK_STREAM},
	{"dgram", SOCK_DGRAM},
	{"SOCK_DGRAM", SOCK_DGRAM},
	{"raw", SOCK_RAW},
	{"SOCK_RAW", SOCK_RAW},
	{"rdm", SOCK_RDM},
	{"SOCK_RDM", SOCK_RDM},
	{"seqpacket", SOCK_SEQPACKET},
	{"SOCK_SEQPACKET", SOCK_SEQPACKET},
	{0},
};
const struct key socket_keys[] = {
	{.name = "host", .type = &type_text, .offset = AT(host)},
	{.name = "port", .type = &type_port, .offset = AT(port), .standard = "8080", .max = 65535},
	{.name = "family",
	 .type = &type_choice,
	 .offset = AT(family),
	 .standard = "auto",
	 .choices = families},
	{.name = "type",
	 .type = &type_choice,
	 .offset = AT(type),
	 .standard = "stream",
	 .choices = types},
	{.name = "proto", .type = &type_int, .offset = AT(protocol), .standard = "0", .max = 255},
	{.name = "path", .type = &type_path, .offset = AT(path)},
	{.name = "interface", .type = &type_text, .offset = AT(interface)},
	{.name = "user", .type = &type_text, .offset = AT(user)},
	{.name = "group", .type = &type_text, .offset = AT(group)},
	{.name = "mode",
	 .type = &type_mode,
	 .offset = AT(mode),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "umask",
	 .type = &type_mode,
	 .offset = AT(umask),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "backlog",
	 .type = &type_int,
	 .offset = AT(backlog),
	 .standard = "2048",
	 .min = 1,
	 .max = 1 << 20},
	{.name = "replace", .type = &type_bool, .offset = AT(replace)},
	{.name = "so_reuseport", .type = &type_bool, .offset = AT(reuse_port)},
	{.name = "blocking", .type = &type_bool, .offset = AT(blocking)},
	{0},
};
#undef AT

#define AT(field) offsetof(struct user_spec, field)
const struct key user_keys[] = {
	{.name = "uid",
	 .type = &type_id,
	 .offset = AT(uid),
	 .standard = "auto",
	 .max = ID_MAX,
	 .choices = next_free},
	{.name = "gid",
	 .type = &type_id,
	 .offset = AT(gid),
	 .standard = "auto",
	 .max = ID_MAX,
	 .choices = next_free},
	{.name = "group", .type = &type_text, .offset = AT(group)},
	{.name = "groups", .type = &type_list, .offset = AT(groups), .flags = KEY_APPENDS},
	{.name = "home", .type = &type_path, .offset = AT(home), .flags = KEY_ABSOLUTE},
	{.name = "shell", .type = &type_path, .offset = AT(shell), .flags = KEY_ABSOLUTE},
	{.name = "comment", .type = &type_text, .offset = AT(comment)},
	{.name = "make_home", .type = &type_bool, .offset = AT(make_home), .standard = "yes"},
	{.name = "unlock", .type = &type_bool, .offset = AT(unlock)},
	{.name = "system", .type = &type_bool, .offset = AT(system)},
	{0},
};
#undef AT

#define AT(field) offsetof(struct group_spec, field)
const struct key group_keys[] = {
	{.name = "gid",
	 .type = &type_id,
	 .offset = AT(gid),
	 .standard = "auto",
	 .max = ID_MAX,
	 .choices = next_free},
	{.name = "members", .type = &type_list, .offset = AT(members), .flags = KEY_APPENDS},
	{.name = "system", .type = &type_bool, .offset = AT(system)},
	{0},
};
#undef AT

#define AT(field) offsetof(struct dir_spec, field)
const struct key dir_keys[] = {
	{.name = "user", .type = &type_text, .offset = AT(user)},
	{.name = "group", .type = &type_text, .offset = AT(group)},
	{.name = "mode",
	 .type = &type_mode,
	 .offset = AT(mode),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "recursive", .type = &type_bool, .offset = AT(recursive)},
	{0},
};
#undef AT

#define AT(field) offsetof(struct copy_spec, field)
const struct key copy_keys[] = {
	{.name = "source",
	 .type = &type_path,
	 .offset = AT(source),
	 .flags = KEY_ABSOLUTE | KEY_REQUIRED},
	{.name = "when",
	 .type = &type_choice,
	 .offset = AT(when),
	 .standard = "if-empty",
	 .choices = copy_times},
	{.name = "user", .type = &type_text, .offset = AT(user)},
	{.name = "group", .type = &type_text, .offset = AT(group)},
	{.name = "mode",
	 .type = &type_mode,
	 .offset = AT(mode),
	 .standard = "source",
	 .choices = as_source},
	{.name = "dir_mode",
	 .type = &type_mode,
	 .offset = AT(dir_mode),
	 .standard = "source",
	 .choices = as_source},
	{0},
};
#undef AT

#define AT(field) offsetof(struct template_spec, field)
const struct key template_keys[] = {
	{.name = "source",
	 .type = &type_path,
	 .offset = AT(source),
	 .flags = KEY_ABSOLUTE | KEY_REQUIRED},
	{.name = "when",
	 .type = &type_choice,
	 .offset = AT(when),
	 .standard = "always",
	 .choices = copy_times},
	{.name = "user", .type = &type_text, .offset = AT(user)},
	{.name = "group", .type = &type_text, .offset = AT(group)},
	{.name = "mode",
	 .type = &type_mode,
	 .offset = AT(mode),
	 .standard = "source",
	 .choices = as_source},
	{.name = "check", .type = &type_words, .offset = AT(check)},
	{0},
};
#undef AT

#define AT(field) offsetof(struct wait_spec, field)
const struct key wait_keys[] = {
	{.name = "tcp", .type = &type_wait_probe, .offset = AT(probe)},
	{.name = "unix", .type = &type_wait_probe, .offset = AT(probe)},
	{.name = "http", .type = &type_wait_probe, .offset = AT(probe)},
	{.name = "file", .type = &type_wait_probe, .offset = AT(probe)},
	{.name = "command", .type = &type_wait_probe, .offset = AT(probe)},
	{.name = "timeout", .type = &type_duration, .offset = AT(timeout), .standard = "1m"},
	{.name = "interval",
	 .type = &type_duration,
	 .offset = AT(interval),
	 .standard = "500ms",
	 .min = 1000000},
	{0},
};
#undef AT

const struct key keys_keys[] = {
	{.name = "dirs",
	 .type = &type_list,
	 .offset = offsetof(struct keys_spec, dirs),
	 .flags = KEY_APPENDS | KEY_ABSOLUTE | KEY_REQUIRED},
	{0},
};

#define AT(field) offsetof(struct command_spec, field)
const struct key command_keys[] = {
	{.name = "command", .type = &type_words, .offset = AT(words), .flags = KEY_REQUIRED},
	{.name = "help", .type = &type_text, .offset = AT(help)},
	{.name = "user", .type = &type_text, .offset = AT(user)},
	{.name = "cwd",
	 .circus = "working_dir",
	 .type = &type_path,
	 .offset = AT(cwd),
	 .flags = KEY_ABSOLUTE},
	{.name = "boot", .type = &type_bool, .offset = AT(boot), .standard = "yes"},
	{0},
};
#undef AT

#define AT(field) offsetof(struct launch_spec, field)
const struct key launch_keys[] = {
	{.name = "project", .type = &type_path, .offset = AT(project), .flags = KEY_ABSOLUTE},
	{.name = "name", .type = &type_text, .offset = AT(name)},
	{.name = "pillar_source", .type = &type_path, .offset = AT(pillar_source)},
	{.name = "key_dirs", .type = &type_list, .offset = AT(key_dirs), .flags = KEY_APPENDS},
	{.name = "pillar", .type = &type_words, .offset = AT(pillar)},
	{.name = "sshconfig", .type = &type_words, .offset = AT(sshconfig)},
	{.name = "reconfigure", .type = &type_words, .offset = AT(reconfigure)},
	{0},
};
#undef AT
