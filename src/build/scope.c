/* scope.c - which variables an instruction sees.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's reference, "ARG", "Scope" and "Predefined ARGs".
 *
 *   FROM      ARGs before the first FROM, and the platform's
 *   a stage   ENV, then its own ARGs; each ARG's value is that of --build-arg, else its default,
 *             else what the global ARG of that name has */
#include <stdlib.h>

#include "build/build_private.h"

#include "base/banned.h"

static const char *const proxies[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
				      "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
				      "ALL_PROXY",  "all_proxy"};

struct scope {
	const struct build *build;
	const struct stage *stage; /* NULL: global */
};

static const char *scope_get(const char *name, void *arg)
{
	const struct scope *scope = arg;
	const char *value = NULL;

	if (scope->stage) {
		value = strlist_env_get(&scope->stage->tip.config.config.env, name);
		return value ? value : strlist_env_get(&scope->stage->tip.args, name);
	}
	value = strlist_env_get(&scope->build->globals, name);
	return value ? value : strlist_env_get(&scope->build->platform, name);
}

int scope_expand(struct build *build, const struct stage *stage, const struct dockerfile *file,
		 const struct instruction *instruction, struct strlist *ret_words, struct err *err)
{
	struct scope scope = {build, stage};
	return dockerfile_expand_words(file, instruction, scope_get, &scope, ret_words, err);
}

int scope_expand_text(const struct step *step, const char *text, char **ret_text, struct err *err)
{
	struct scope scope = {step->build, step->stage};
	return dockerfile_expand(step->file, step->instruction, text, scope_get, &scope, ret_text,
				 err);
}

int scope_expand_body(const struct step *step, const char *body, char **ret_text, struct err *err)
{
	struct scope scope = {step->build, step->stage};
	return dockerfile_expand_body(step->file, step->instruction, body, scope_get, &scope,
				      ret_text, err);
}

/* ---- declaring ---- */

/* `word`: "NAME" or "NAME=DEFAULT", expanded; `outer`: where a bare name is looked for. */
static void declare(struct build *build, const char *word, const struct strlist *outer,
		    struct strlist *args)
{
	struct str value = str_of(word);
	autofree char *name = str_dup(str_cut(&value, '='));
	const char *given = strlist_env_get(&build->args, name);

	if (!given && value.ptr)
		given = value.ptr;
	if (!given && outer)
		given = strlist_env_get(outer, name);
	if (!given)
		given = strlist_env_get(&build->platform, name);
	if (given)
		strlist_env_setf(args, name, given);
	if (!strlist_has(&build->args_used, name))
		strlist_add(&build->args_used, name);
}

void scope_declare(struct build *build, struct stage *stage, const struct strlist *words)
{
	for (size_t i = 0; i < words->n; i++)
		declare(build, words->items[i], &build->globals, &stage->tip.args);
}

static int declare_globals(struct build *build, struct err *err)
{
	for (size_t i = 0; i < build->file.n; i++) {
		autostrlist struct strlist words = {0};
		if (build->file.items[i].kind != INSTRUCTION_ARG)
			break;
		if (scope_expand(build, NULL, &build->file, &build->file.items[i], &words, err))
			return -1;
		for (size_t j = 0; j < words.n; j++)
			declare(build, words.items[j], NULL, &build->globals);
	}
	return 0;
}

static void set_platform(struct build *build)
{
	static const char *const sides[] = {"TARGET", "BUILD"};
	struct platform host = platform_host();
	autofree char *text = platform_text(&host);

	for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
		strlist_addf(&build->platform, "%sPLATFORM=%s", sides[i], text);
		strlist_addf(&build->platform, "%sOS=%s", sides[i], host.os);
		strlist_addf(&build->platform, "%sARCH=%s", sides[i], host.architecture);
		strlist_addf(&build->platform, "%sVARIANT=%s", sides[i],
			     host.variant ? host.variant : "");
	}
	platform_done(&host);
}

int scope_begin(struct build *build, struct err *err)
{
	const struct strlist *given = &build->options->build_args;

	for (size_t i = 0; i < given->n; i++) {
		const char *text = given->items[i];
		const char *value = strchr(text, '=') ? NULL : getenv(text);
		if (!*text || *text == '=')
			return err_set(err, ERR_INPUT, "--build-arg '%s' has no name", text);
		if (strchr(text, '='))
			strlist_env_set(&build->args, text);
		else if (value)
			strlist_env_setf(&build->args, text, value);
	}
	set_platform(build);
	strlist_env_setf(&build->platform, "TARGETSTAGE",
			 build->options->target ? build->options->target : "default");
	return declare_globals(build, err);
}

/* ---- the rest ---- */

void scope_add_proxies(const struct build *build, struct strlist *env)
{
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
		const char *value = strlist_env_get(&build->args, proxies[i]);
		if (value && !strlist_env_get(env, proxies[i]))
			strlist_env_setf(env, proxies[i], value);
	}
}

static bool is_proxy(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		if (text_eq(name, proxies[i]))
			return true;
	return false;
}

void scope_warn_unused(struct build *build)
{
	for (size_t i = 0; i < build->args.n; i++) {
		struct str rest = str_of(build->args.items[i]);
		autofree char *name = str_dup(str_cut(&rest, '='));
		if (is_proxy(name) || strlist_has(&build->args_used, name))
			continue;
		autofree char *text =
			xasprintf("--build-arg %s: no ARG declares it, ignoring", name);
		progress_tell(build->options->progress,
			      &(struct progress_event){
				      .kind = PROGRESS_WARNING, .text = text, .len = strlen(text)});
	}
}
