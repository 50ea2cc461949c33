/* changes.c - instructions that change nothing but the config: of --change, and of the builders.
 * SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "base/clock.h"
#include "image/image_private.h"

#include "base/banned.h"

#define PORT_MAX 65535

static int apply_env(struct run_config *config, const struct instruction *in, struct err *err)
{
	for (size_t i = 0; i < in->words.n; i++)
		strlist_env_set(&config->env, in->words.items[i]);
	return 0;
}

static int apply_label(struct run_config *config, const struct instruction *in, struct err *err)
{
	for (size_t i = 0; i < in->words.n; i++)
		strlist_env_set(&config->labels, in->words.items[i]);
	return 0;
}

/* Shell form runs by the image's shell. */
static void take_command(const struct run_config *config, const struct instruction *in,
			 struct strlist *command)
{
	strlist_done(command);
	if (in->is_json || !in->words.n) {
		strlist_copy(command, &in->words);
		return;
	}
	if (config->shell.n) {
		strlist_copy(command, &config->shell);
	} else {
		strlist_add(command, "/bin/sh");
		strlist_add(command, "-c");
	}
	strlist_add_all(command, &in->words);
}

static int apply_cmd(struct run_config *config, const struct instruction *in, struct err *err)
{
	take_command(config, in, &config->cmd);
	return 0;
}

static int apply_entrypoint(struct run_config *config, const struct instruction *in,
			    struct err *err)
{
	take_command(config, in, &config->entrypoint);
	return 0;
}

static int apply_shell(struct run_config *config, const struct instruction *in, struct err *err)
{
	strlist_copy(&config->shell, &in->words);
	return 0;
}

/* ---- EXPOSE: "80", "80/udp", "8000-8010/tcp" ---- */

static bool parse_port(struct str text, uint64_t *ret_port)
{
	return str_to_u64(text, ret_port) && *ret_port <= PORT_MAX;
}

static const char *protocol_name(struct str text)
{
	static const char *const names[] = {"tcp", "udp", "sctp"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text.len == strlen(names[i]) && strncasecmp(text.ptr, names[i], text.len) == 0)
			return names[i];
	return NULL;
}

static int expose(struct run_config *config, const struct instruction *in, const char *word,
		  struct err *err)
{
	struct str protocol = str_of(word), ports = str_cut(&protocol, '/');
	struct str last = ports, first = str_cut(&last, '-');
	const char *name = protocol.ptr ? protocol_name(protocol) : "tcp";
	uint64_t low, high;

	if (!parse_port(first, &low) || !parse_port(last.ptr ? last : first, &high) || low > high)
		return err_at(err, in->pos, "'%s' is no port, nor a range of ports", word);
	if (!name)
		return err_at(err, in->pos, "'%s': a port is of tcp, udp or sctp", word);
	for (uint64_t port = low; port <= high; port++) {
		autofree char *text = xasprintf("%u/%s", (unsigned)port, name);
		if (!strlist_has(&config->exposed_ports, text))
			strlist_add(&config->exposed_ports, text);
	}
	return 0;
}

static int apply_expose(struct run_config *config, const struct instruction *in, struct err *err)
{
	for (size_t i = 0; i < in->words.n; i++)
		if (expose(config, in, in->words.items[i], err))
			return -1;
	return 0;
}

/* ---- one text ---- */

static int take_text(const struct instruction *in, char **text, struct err *err)
{
	if (in->words.n != 1)
		return err_at(err, in->pos, "%s takes exactly one argument",
			      instruction_name(in->kind));
	free(*text);
	*text = in->words.items[0][0] ? xstrdup(in->words.items[0]) : NULL;
	return 0;
}

static int apply_user(struct run_config *config, const struct instruction *in, struct err *err)
{
	return take_text(in, &config->user, err);
}

static int apply_stop_signal(struct run_config *config, const struct instruction *in,
			     struct err *err)
{
	return take_text(in, &config->stop_signal, err);
}

/* Absolute, without "." and "..", as Go's path.Join gives it. */
static char *clean_path(const char *base, const char *path)
{
	const char *const texts[] = {path[0] == '/' ? "" : base, path};
	autostrlist struct strlist parts = {0};
	autofree char *joined = NULL;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (struct str rest = str_of(texts[i]); rest.ptr;) {
			struct str part = str_cut(&rest, '/');
			if (str_is(part, "..") && parts.n)
				strlist_remove_at(&parts, parts.n - 1);
			else if (part.len && !str_is(part, ".") && !str_is(part, ".."))
				strlist_add_str(&parts, part);
		}
	joined = strlist_join(&parts, "/");
	return xasprintf("/%s", joined);
}

static int apply_workdir(struct run_config *config, const struct instruction *in, struct err *err)
{
	autofree char *path = NULL;

	if (take_text(in, &path, err))
		return -1;
	if (!path)
		return err_at(err, in->pos, "WORKDIR needs a path");
	char *clean = clean_path(config->working_dir ? config->working_dir : "/", path);
	free(config->working_dir);
	config->working_dir = clean;
	return 0;
}

static int apply_volume(struct run_config *config, const struct instruction *in, struct err *err)
{
	for (size_t i = 0; i < in->words.n; i++) {
		const char *path = in->words.items[i];
		if (!path[0])
			return err_at(err, in->pos, "VOLUME needs paths that are not empty");
		if (!strlist_has(&config->volumes, path))
			strlist_add(&config->volumes, path);
	}
	return 0;
}

static int apply_on_build(struct run_config *config, const struct instruction *in, struct err *err)
{
	strlist_add_all(&config->on_build, &in->words);
	return 0;
}

/* ---- HEALTHCHECK ---- */

static int apply_health_flag(struct healthcheck *health, const struct instruction *in,
			     const char *flag, struct err *err)
{
	static const struct {
		const char *name;
		size_t offset;
	} durations[] = {
		{"interval", offsetof(struct healthcheck, interval_ns)},
		{"timeout", offsetof(struct healthcheck, timeout_ns)},
		{"start-period", offsetof(struct healthcheck, start_period_ns)},
		{"start-interval", offsetof(struct healthcheck, start_interval_ns)},
	};
	struct str value = str_of(flag), name = str_cut(&value, '=');

	if (str_is(name, "retries")) {
		if (!str_to_i64(value, &health->retries) || health->retries < 0)
			return err_at(err, in->pos, "--retries is a number, not '%.*s'",
				      STR_ARG(value));
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		int64_t *ns = (int64_t *)((char *)health + durations[i].offset);
		if (!str_is(name, durations[i].name))
			continue;
		if (!clock_parse_duration(value, ns) || *ns < 0 || (*ns && *ns < 1000000))
			return err_at(err, in->pos,
				      "--%s is a duration of a millisecond or more, not '%.*s'",
				      durations[i].name, STR_ARG(value));
		return 0;
	}
	return err_at(err, in->pos, "HEALTHCHECK has no flag '--%.*s'", STR_ARG(name));
}

static int apply_health(struct run_config *config, const struct instruction *in, struct err *err)
{
	struct healthcheck health = {0};

	for (size_t i = 0; i < in->flags.n; i++)
		if (apply_health_flag(&health, in, in->flags.items[i], err))
			return -1;
	strlist_done(&config->healthcheck.test);
	strlist_copy(&health.test, &in->words);
	config->healthcheck = health;
	return 0;
}

/* ---- all of them ---- */

static int (*const applied[N_INSTRUCTIONS])(struct run_config *, const struct instruction *,
					    struct err *) = {
	[INSTRUCTION_CMD] = apply_cmd,
	[INSTRUCTION_ENTRYPOINT] = apply_entrypoint,
	[INSTRUCTION_ENV] = apply_env,
	[INSTRUCTION_EXPOSE] = apply_expose,
	[INSTRUCTION_HEALTHCHECK] = apply_health,
	[INSTRUCTION_LABEL] = apply_label,
	[INSTRUCTION_ONBUILD] = apply_on_build,
	[INSTRUCTION_SHELL] = apply_shell,
	[INSTRUCTION_STOPSIGNAL] = apply_stop_signal,
	[INSTRUCTION_USER] = apply_user,
	[INSTRUCTION_VOLUME] = apply_volume,
	[INSTRUCTION_WORKDIR] = apply_workdir,
};

int image_apply_instruction(struct run_config *config, const struct instruction *instruction,
			    struct err *err)
{
	if (!applied[instruction->kind])
		return err_at(err, instruction->pos, "%s does not change a config",
			      instruction_name(instruction->kind));
	return applied[instruction->kind](config, instruction, err);
}

static const char *get_env(const char *name, void *config)
{
	const struct run_config *run = config;

	return strlist_env_get(&run->env, name);
}

static int apply_change(struct run_config *config, const char *text, bool *has_kind,
			struct err *err)
{
	cleanup(dockerfile_done) struct dockerfile parsed = {0};

	if (dockerfile_parse_change(text, &parsed, err))
		return err_wrap(err, "--change '%s'", text);
	for (size_t i = 0; i < parsed.n; i++) {
		struct instruction expanded = parsed.items[i]; /* borrows all but its words */
		autostrlist struct strlist words = {0};
		if (dockerfile_expand_words(&parsed, &parsed.items[i], get_env, config, &words,
					    err))
			return err_wrap(err, "--change '%s'", text);
		expanded.words = words;
		if (image_apply_instruction(config, &expanded, err))
			return err_wrap(err, "--change '%s'", text);
		has_kind[expanded.kind] = true;
	}
	return 0;
}

int config_apply_changes(struct run_config *config, const struct strlist *changes, struct err *err)
{
	bool has_kind[N_INSTRUCTIONS] = {0};

	for (size_t i = 0; i < changes->n; i++)
		if (apply_change(config, changes->items[i], has_kind, err))
			return -1;
	/* A new entry point has no use for the old one's arguments. */
	if (has_kind[INSTRUCTION_ENTRYPOINT] && !has_kind[INSTRUCTION_CMD])
		strlist_done(&config->cmd);
	return 0;
}
