/* request.c - answers, refusals, queries and bodies, as all handlers need them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/request.h"

#include "api/limits.h"
#include "base/vec.h"
#include "doc/json.h"
#include "http/field.h"
#include "http/url.h"

#include "base/banned.h"

int request_problem(struct request *request, enum problem_code code, const char *fmt, ...)
{
	autofree char *text = NULL;

	if (fmt) {
		va_list args;
		va_start(args, fmt);
		text = xvasprintf(fmt, args);
		va_end(args);
	}
	return text ? problem_add(&request->problems, code, NULL, "%s", text)
		    : problem_add(&request->problems, code, NULL, NULL);
}

int request_fail(struct request *request, struct err *err, enum problem_code missing)
{
	problem_of_err(&request->problems, err, missing);
	if (err->kind != ERR_MISSING && !err_is_set(&request->cause))
		err_move(&request->cause, err);
	return -1;
}

int request_unknown(struct request *request, enum problem_code code)
{
	autobuf struct buf detail = {0};

	buf_puts(&detail, "{\"name\":");
	json_write_text(&detail, str_of(request->repository));
	if (request->reference[0]) {
		buf_printf(&detail, ",\"%s\":",
			   digest_is_set(&request->digest)        ? "digest"
			   : request->route.shape == SHAPE_UPLOAD ? "upload"
								  : "tag");
		json_write_text(&detail, str_of(request->reference));
	}
	buf_putc(&detail, '}');
	return problem_add(&request->problems, code, buf_text(&detail), NULL);
}

/* What each need asks of a token or of the rules. */
static const struct {
	const char *type;
	const char *name; /* NULL: the repository */
	const char *actions[3];
} needs[N_NEEDS] = {
	[NEED_PULL] = {"repository", NULL, {"pull"}},
	[NEED_PUSH] = {"repository", NULL, {"pull", "push"}},
	[NEED_DELETE] = {"repository", NULL, {"delete"}},
	[NEED_CATALOG] = {"registry", "catalog", {"*"}},
};

static void add_needed(const struct request *request, struct access_vec *accesses)
{
	enum need need = request->action->need;
	const char *name = needs[need].name ? needs[need].name : request->repository;

	for (const char *const *action = needs[need].actions; *action; action++)
		access_vec_add(accesses, needs[need].type, name, *action);
	if (request->source)
		access_vec_add(accesses, "repository", request->source, "pull");
}

/* As the reference registry tells it: one entry an action, words in upper case. */
static void detail_of(const struct access_vec *accesses, struct buf *json)
{
	buf_putc(json, '[');
	vec_foreach(access, accesses)
		for (size_t i = 0; i < access->actions.n; i++) {
			buf_printf(json, "%s{\"Type\":", json->len > 1 ? "," : "");
			json_write_text(json, str_of(access->type));
			buf_puts(json, ",\"Class\":\"\",\"Name\":");
			json_write_text(json, str_of(access->name));
			buf_puts(json, ",\"Action\":");
			json_write_text(json, str_of(access->actions.items[i]));
			buf_putc(json, '}');
		}
	buf_putc(json, ']');
}

int request_challenge(struct request *request, const char *error)
{
	autoaccess struct access_vec accesses = {0};
	autobuf struct buf detail = {0}, scope = {0};

	add_needed(request, &accesses);
	detail_of(&accesses, &detail);
	access_vec_text(&accesses, &scope);
	if (request->caller.account && request->caller.account[0] && request->action->audit) {
		request->audit = request->action->audit;
		request_note(request, buf_text(&scope));
	}
	access_challenge(request->state->policy, request->x, &accesses, error);
	return problem_add(&request->problems, PROBLEM_UNAUTHORIZED,
			   accesses.n ? buf_text(&detail) : NULL, NULL);
}

bool request_may(const struct request *request, const char *repository, const char *action)
{
	return access_allows(request->state->policy, &request->caller, "repository", repository,
			     action);
}

bool request_may_act(const struct request *request)
{
	enum need need = request->action->need;

	if (need == NEED_LOGIN)
		return access_greets(request->state->policy, &request->caller);
	const char *name = needs[need].name ? needs[need].name : request->repository;
	for (const char *const *action = needs[need].actions; *action; action++)
		if (!access_allows(request->state->policy, &request->caller, needs[need].type, name,
				   *action))
			return false;
	return !request->source || request_may(request, request->source, "pull");
}

void request_note(struct request *request, const char *text)
{
	free(request->detail);
	request->detail = xstrdup(text);
}

bool request_is_head(const struct request *request)
{
	return http_head(request->x)->method == HTTP_HEAD;
}

bool request_knows(const struct request *request, const char *etag)
{
	autobuf struct buf known = {0};

	if (!http_field(request->x, "If-None-Match").len)
		return false;
	head_join(http_head(request->x), "If-None-Match", &known);
	return etag_matches(buf_str(&known), str_of(etag));
}

static void add_allow(struct request *request)
{
	const struct api_settings *settings = &request->state->settings;
	autobuf struct buf methods = {0};

	action_methods(request->route.shape, !settings->read_only,
		       settings->delete_enabled && !settings->read_only, &methods);
	http_add_field(request->x, "Allow", buf_text(&methods));
}

void request_answer_problems(struct request *request)
{
	autobuf struct buf json = {0};
	int status = problems_status(&request->problems);

	if (status == 405)
		add_allow(request);
	if (status == 429 || status == 503)
		http_add_fieldf(request->x, "Retry-After", "%u",
				request->retry_seconds ? request->retry_seconds : 1);
	problems_write(&request->problems, &json);
	http_add_field(request->x, "Content-Type", "application/json");
	http_answer(request->x, status, json.ptr, json.len);
}

int request_answer_empty(struct request *request, int status)
{
	http_answer(request->x, status, "", 0);
	return 0;
}

int request_answer_json(struct request *request, const char *type, const struct buf *json)
{
	if (json->overflowed)
		return request_problem(request, PROBLEM_UNKNOWN, NULL);
	http_add_field(request->x, "Content-Type", type);
	http_answer(request->x, 200, json->ptr, json->len);
	return 0;
}

int request_query(struct request *request, const char *name, char **ret_value)
{
	autobuf struct buf value = {.max = LIMIT_QUERY_VALUE};

	switch (url_query_get(http_query(request->x), name, &value)) {
	case URL_ABSENT: *ret_value = NULL; return 0;
	case URL_FOUND:
		if (!value.overflowed && strlen(buf_text(&value)) == value.len) {
			*ret_value = xstrdup(buf_text(&value));
			return 0;
		}
		break;
	case URL_BAD: break;
	}
	return request_problem(request, PROBLEM_BAD_REQUEST, "the value of '%s' is malformed",
			       name);
}

int request_page(struct request *request, size_t *ret_n, char **ret_last)
{
	size_t max =
		request->state->settings.page_max ? request->state->settings.page_max : LIMIT_PAGE;
	autofree char *n_text = NULL, *last = NULL;
	uint64_t n = max;

	if (request_query(request, "n", &n_text) || request_query(request, "last", &last))
		return -1;
	if (n_text && !str_to_u64(str_of(n_text), &n))
		return request_problem(request, PROBLEM_PAGINATION_NUMBER_INVALID, NULL);
	*ret_n = n < max ? (size_t)n : max;
	*ret_last = last && last[0] ? steal(&last) : NULL;
	return 0;
}

void request_link_next(struct request *request, const char *path, size_t n, const char *last,
		       const char *artifact_type)
{
	autobuf struct buf link = {0};

	buf_printf(&link, "</v2/%s?", path);
	if (n)
		buf_printf(&link, "n=%zu&", n);
	buf_puts(&link, "last=");
	url_escape(&link, str_of(last));
	if (artifact_type) {
		buf_puts(&link, "&artifactType=");
		url_escape(&link, str_of(artifact_type));
	}
	buf_puts(&link, ">; rel=\"next\"");
	http_add_field(request->x, "Link", buf_text(&link));
}

int request_body_failed(struct request *request, struct err *err)
{
	enum problem_code code =
		err->kind == ERR_LIMIT ? PROBLEM_BODY_TOO_SLOW : PROBLEM_BAD_REQUEST;

	http_close_after(request->x);
	request_problem(request, code, "%s",
			err->kind == ERR_SYSTEM ? "the body ended early" : err_text(err));
	err_clear(err);
	return -1;
}

int request_body(struct request *request, size_t max, enum problem_code too_large, struct buf *buf,
		 struct str *ret_body)
{
	autoerr struct err err = {0};
	char *step = NULL;
	ssize_t got = 0;

	if (request->is_gathered) {
		*ret_body = http_gathered(request->x);
		return ret_body->len > max ? request_problem(request, too_large, NULL) : 0;
	}
	if (http_head(request->x)->body_length > (int64_t)max)
		return request_problem(request, too_large, NULL);
	buf->max = max + LIMIT_SMALL_BODY + 1;
	while ((step = buf_reserve(buf, LIMIT_SMALL_BODY)) &&
	       (got = http_read_body(request->x, step, LIMIT_SMALL_BODY, &err)) > 0)
		buf_added(buf, (size_t)got);
	if (got < 0)
		return request_body_failed(request, &err);
	if (!step || buf->len > max)
		return request_problem(request, too_large, NULL);
	*ret_body = buf_str(buf);
	return 0;
}
