/* variables.c - names and values of an environment, and the values that use them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/variables.h"

#include "ini/expand.h"
#include "ini/limits.h"

#include "base/banned.h"

static struct variable *variable_find(const struct variables *env, struct str name)
{
	for (size_t i = 0; i < env->n; i++) {
		struct variable *item = &env->items[i];
		if (str_eq((struct str){item->assignment, item->name_len}, name))
			return item;
	}
	return NULL;
}

void variables_append(struct variables *env, const char *assignment, struct src_pos pos)
{
	if (env->n == env->cap) {
		env->cap = env->cap ? 2 * env->cap : 16;
		struct variable *items = arena_alloc(env->arena, env->cap * sizeof(*items));
		if (env->n)
			memcpy(items, env->items, env->n * sizeof(*items));
		env->items = items;
	}
	env->items[env->n++] = (struct variable){assignment, strcspn(assignment, "="), pos};
}

void variables_add(struct variables *env, const char *assignment, struct src_pos pos)
{
	struct str name = {assignment, strcspn(assignment, "=")};
	struct variable *old = variable_find(env, name);
	if (old)
		*old = (struct variable){assignment, name.len, pos};
	else
		variables_append(env, assignment, pos);
}

void variables_set(struct arena *texts, struct variables *env, const char *name, const char *value,
		   struct src_pos pos)
{
	variables_add(env, arena_printf(texts, "%s=%s", name, value), pos);
}

void variables_copy(struct arena *arena, struct variables *dst, const struct variables *src)
{
	*dst = (struct variables){.arena = arena, .n = src->n, .cap = src->n + 16};
	dst->items = arena_alloc(arena, dst->cap * sizeof(*dst->items));
	if (src->n)
		memcpy(dst->items, src->items, src->n * sizeof(*dst->items));
}

void variables_unset(struct variables *env, const char *glob)
{
	size_t kept = 0;
	for (size_t i = 0; i < env->n; i++) {
		struct variable *item = &env->items[i];
		autofree char *name = xstrndup(item->assignment, item->name_len);
		if (!str_glob(glob, name))
			env->items[kept++] = *item;
	}
	env->n = kept;
}

const char *variables_get(const struct variables *env, struct str name)
{
	for (; env; env = env->below) {
		const struct variable *found = variable_find(env, name);
		if (found)
			return found->assignment[found->name_len]
				       ? found->assignment + found->name_len + 1
				       : "";
	}
	return NULL;
}

const char *variables_get_nocase(const struct variables *env, struct str name)
{
	autofree char *wanted = str_dup(name);
	for (; env; env = env->below) {
		for (size_t i = 0; i < env->n; i++) {
			const struct variable *item = &env->items[i];
			struct str own = {item->assignment, item->name_len};
			if (str_is_nocase(own, wanted) && item->assignment[own.len])
				return item->assignment + own.len + 1;
		}
	}
	return NULL;
}

const char **variables_array(struct arena *arena, const struct variables *env,
			     const struct src_pos **ret_origins)
{
	const char **array = arena_alloc(arena, (env->n + 1) * sizeof(*array));
	struct src_pos *origins = arena_alloc(arena, (env->n + 1) * sizeof(*origins));
	for (size_t i = 0; i < env->n; i++) {
		array[i] = env->items[i].assignment;
		origins[i] = env->items[i].pos;
	}
	*ret_origins = origins;
	return array;
}

bool is_variable_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!is_letter && !(i && c >= '0' && c <= '9'))
			return false;
	}
	return name.len > 0;
}

/* What stands between the braces; env decides. */
static int variable_fill(struct str inner, const struct variables *env, struct buf *out,
			 struct err *err)
{
	size_t n = 0;
	while (n < inner.len && inner.ptr[n] != ':' && inner.ptr[n] != '-' && inner.ptr[n] != '?')
		n++;
	struct str name = {inner.ptr, n}, rest = {inner.ptr + n, inner.len - n};
	if (!is_variable_name(name))
		return err_set(err, ERR_INPUT, "'${%.*s}' is no variable; write $${ for ${ itself",
			       STR_ARG(inner));
	const char *value = variables_get(env, name);
	bool empty_counts = rest.len && rest.ptr[0] == ':';
	if (empty_counts)
		rest = (struct str){rest.ptr + 1, rest.len - 1};
	if (empty_counts && (!rest.len || (rest.ptr[0] != '-' && rest.ptr[0] != '?')))
		return err_set(err, ERR_INPUT, "'${%.*s}': '-' or '?' is missing behind ':'",
			       STR_ARG(inner));
	if (value && (*value || !empty_counts)) {
		buf_puts(out, value);
		return 0;
	}
	if (rest.len && rest.ptr[0] == '-') {
		buf_append(out, rest.ptr + 1, rest.len - 1);
		return 0;
	}
	if (rest.len > 1)
		return err_set(err, ERR_INPUT, "variable '%.*s': %.*s", STR_ARG(name),
			       (int)rest.len - 1, rest.ptr + 1);
	return err_set(err, ERR_INPUT,
		       "variable '%.*s' is not set; ${%.*s:-text} would give a default",
		       STR_ARG(name), STR_ARG(name));
}

int variables_fill(const char *text, const struct variables *env, struct buf *out, struct err *err)
{
	for (const char *p = text; *p;) {
		if (text_starts(p, "$${")) {
			buf_puts(out, "${");
			p += 3;
			continue;
		}
		if (!text_starts(p, "${")) {
			buf_putc(out, *p++);
			continue;
		}
		const char *close = strchr(p, '}');
		if (!close)
			return err_set(err, ERR_INPUT, "'${' without '}'");
		if (variable_fill((struct str){p + 2, (size_t)(close - p) - 2}, env, out, err))
			return -1;
		p = close + 1;
	}
	return buf_check(out, "the value", err);
}

void circus_env_fill(const char *text, const struct variables *env, struct buf *out)
{
	while (*text) {
		struct str name;
		const char *behind = placeholder_at(text, &name), *value = NULL;
		if (behind && name.len > 4 && str_is_nocase((struct str){name.ptr, 4}, "env."))
			value = variables_get_nocase(env, (struct str){name.ptr + 4, name.len - 4});
		if (value) {
			buf_puts(out, value);
			text = behind;
		} else {
			buf_putc(out, *text++);
		}
	}
}

void circus_dollar_fill(const char *text, const struct variables *env, struct buf *out)
{
	while (*text) {
		size_t n = 0;
		if (text[0] == '$' && text[1] >= 'A' && text[1] <= 'Z') {
			n = 1;
			while ((text[n] >= 'A' && text[n] <= 'Z') || text[n] == '_' ||
			       (text[n] >= '0' && text[n] <= '9'))
				n++;
		}
		if (!n) {
			buf_putc(out, *text++);
			continue;
		}
		const char *value = variables_get(env, (struct str){text + 1, n - 1});
		buf_puts(out, value ? value : "");
		text += n;
	}
}
