/* api.c - begin, work and ended: every request's way from its head to its line in the log.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <assert.h>
#include <pthread.h>

#include "api/limits.h"
#include "api/proxy.h"
#include "api/request.h"
#include "base/clock.h"
#include "http/url.h"
#include "oci/limits.h"

#include "base/banned.h"

struct api {
	struct registry *registry;
	void (*told)(const struct api_event *event, const char *cause, void *arg);
	void *arg;
	struct http_handler handler;
	pthread_mutex_t lock; /* of the next line */
	struct api_state *state;
};

static bool field_is_sane(const char *field)
{
	const char *colon = strchr(field, ':');

	return colon && colon > field && !strpbrk(field, "\r\n");
}

/* The fields of every answer, written once. A setting that is no field would break each. */
static void write_block(struct api_state *state)
{
	buf_puts(&state->block, "Docker-Distribution-Api-Version: registry/2.0\r\n"
				"X-Content-Type-Options: nosniff\r\n");
	if (access_wants_hsts(state->policy))
		buf_puts(&state->block, "Strict-Transport-Security: "
					"max-age=63072000; includeSubDomains\r\n");
	for (size_t i = 0; i < state->fields.n; i++)
		if (field_is_sane(state->fields.items[i]))
			buf_printf(&state->block, "%s\r\n", state->fields.items[i]);
}

static struct api_state *state_new(struct access_policy *policy,
				   const struct api_settings *settings)
{
	struct api_state *state = xcalloc(1, sizeof(*state));

	atomic_init(&state->refs, 1);
	state->policy = access_policy_ref(policy);
	state->settings = *settings;
	if (settings->fields)
		strlist_copy(&state->fields, settings->fields);
	state->settings.fields = &state->fields;
	write_block(state);
	return state;
}

void api_state_unref(struct api_state *state)
{
	if (!state || atomic_fetch_sub_explicit(&state->refs, 1, memory_order_acq_rel) > 1)
		return;
	access_policy_unref(state->policy);
	strlist_done(&state->fields);
	buf_done(&state->block);
	free(state);
}

struct api_state *api_state_of(struct api *api)
{
	pthread_mutex_lock(&api->lock);
	struct api_state *state = api->state;
	atomic_fetch_add_explicit(&state->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&api->lock);
	return state;
}

/* NULL: as it is. */
static void replace_state(struct api *api, struct access_policy *policy,
			  const struct api_settings *settings)
{
	pthread_mutex_lock(&api->lock);
	struct api_state *old = api->state;
	api->state = state_new(policy ? policy : old->policy, settings ? settings : &old->settings);
	pthread_mutex_unlock(&api->lock);
	api_state_unref(old);
}

void api_set_policy(struct api *api, struct access_policy *policy)
{
	replace_state(api, policy, NULL);
}

void api_set_settings(struct api *api, const struct api_settings *settings)
{
	replace_state(api, NULL, settings);
}

struct registry *api_registry(struct api *api)
{
	return api->registry;
}

/* What nginx in front of the first registries refused: clients that cannot speak version 2. */
static bool is_too_old(struct str user_agent)
{
	static const char *const old[] = {"docker/1.3", "docker/1.4", "docker/1.5", "Go "};

	if (str_starts(user_agent, STR("docker/1.5.")) && user_agent.len > sizeof("docker/1.5.N") &&
	    !strncmp(user_agent.ptr + sizeof("docker/1.5.N") - 1, "-dev", 4))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		if (str_starts(user_agent, str_of(old[i])))
			return true;
	return false;
}

static bool is_digest_shape(enum route_shape shape)
{
	return shape == SHAPE_BLOB || shape == SHAPE_REFERRERS;
}

/* What was found valid fits. */
static void copy_word(struct str word, char *out, size_t size)
{
	assert(word.len < size);
	memcpy(out, word.ptr, word.len);
	out[word.len] = 0;
}

static bool upload_id_is_valid(struct str id)
{
	if (!id.len || id.len >= UPLOAD_ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    c != '-')
			return false;
	}
	return true;
}

/* A tag that cannot be is not there, says the conformance suite; one that shall be is invalid. */
static int take_tag(struct request *request)
{
	if (tag_is_valid(request->route.reference))
		return 0;
	if (request->action->method != HTTP_GET)
		return request_problem(request, PROBLEM_TAG_INVALID, NULL);
	return request_problem(request, PROBLEM_MANIFEST_UNKNOWN, NULL);
}

static int take_reference(struct request *request)
{
	autoerr struct err err = {0};
	struct str reference = request->route.reference;
	enum route_shape shape = request->route.shape;

	if (shape == SHAPE_UPLOAD && !upload_id_is_valid(reference))
		return request_problem(request, PROBLEM_BLOB_UPLOAD_UNKNOWN, NULL);
	if (is_digest_shape(shape) ||
	    (reference.len && memchr(reference.ptr, ':', reference.len))) {
		if (digest_parse(reference, &request->digest, &err))
			return request_problem(request, PROBLEM_DIGEST_INVALID, "%s",
					       err_text(&err));
	} else if (shape == SHAPE_MANIFEST && take_tag(request)) {
		return -1;
	}
	if (reference.len)
		copy_word(reference, request->reference, sizeof(request->reference));
	return 0;
}

/* What a mount takes from needs a right as well, so it is known before rights are asked for. A
 * source that cannot be is not there. */
static int take_source(struct request *request)
{
	autofree char *mount = NULL, *from = NULL;

	if (request_query(request, "mount", &mount) || request_query(request, "from", &from))
		return -1;
	if (mount && from && repository_name_is_valid(str_of(from)))
		request->source = steal(&from);
	return 0;
}

/* Fills what the path names; the problems of a path are told before any right is asked for. */
static int take_route(struct request *request)
{
	const struct http_head *head = http_head(request->x);
	const struct route *route = &request->route;

	request->route = route_parse(http_path(request->x),
				     str_of(access_token_prefix(request->state->policy)));
	if (route->shape == SHAPE_NONE ||
	    (route->shape == SHAPE_TOKEN && !access_token_issuer(request->state->policy)) ||
	    (route->shape >= SHAPE_BASE && is_too_old(http_field(request->x, "User-Agent"))))
		return request_problem(request, PROBLEM_NO_ENDPOINT, NULL);
	request->action = action_find(route->shape, head->method);
	if (!request->action)
		return request_problem(request, PROBLEM_UNSUPPORTED, NULL);
	if (!route->name.len)
		return 0;
	if (!repository_name_is_valid(route->name))
		return request_problem(request, PROBLEM_NAME_INVALID, NULL);
	copy_word(route->name, request->repository, sizeof(request->repository));
	if (route->shape == SHAPE_UPLOADS && head->method == HTTP_POST && take_source(request))
		return -1;
	return take_reference(request);
}

static int refuse_caller(struct request *request, enum access_result result,
			 struct access_refusal *refusal)
{
	request->audit = request->caller.account ? "login" : "token";
	request_note(request, err_text(&refusal->why));
	err_clear(&refusal->why);
	if (result == ACCESS_LATER) {
		request->retry_seconds = refusal->retry_seconds;
		return request_problem(request, PROBLEM_TOOMANYREQUESTS, NULL);
	}
	return request_challenge(request, refusal->error);
}

/* Before all else, so that the log knows it of every request. */
static int take_address(struct request *request)
{
	if (!access_address(request->state->policy, request->x, &request->caller.ip))
		return request_problem(request, PROBLEM_BAD_REQUEST,
				       "the proxy does not tell the client's address");
	request->has_address = true;
	return 0;
}

/* After the right: whoever may not push needs not know that nobody may. */
static int check_switches(struct request *request)
{
	const struct api_settings *settings = &request->state->settings;
	enum action_change change = request->action->change;

	if (request->route.shape == SHAPE_CATALOG && !settings->catalog_enabled)
		return request_problem(request, PROBLEM_UNSUPPORTED, "the catalog is switched off");
	if (change != CHANGES_NOTHING && settings->read_only)
		return request_problem(request, PROBLEM_UNSUPPORTED, "the registry is read-only");
	if (change == CHANGES_BY_DELETE && !settings->delete_enabled)
		return request_problem(request, PROBLEM_UNSUPPORTED, "deleting is switched off");
	return 0;
}

enum admission { ADMITTED, REFUSED, UNDECIDED };

static enum admission admit(struct request *request, bool may_block)
{
	struct access_refusal refusal = {0};

	if (request->action->need != NEED_NOTHING) {
		enum access_result result = access_identify(request->state->policy, request->x,
							    may_block, &request->caller, &refusal);
		if (result == ACCESS_BLOCKS)
			return UNDECIDED;
		if (result != ACCESS_KNOWN) {
			refuse_caller(request, result, &refusal);
			return REFUSED;
		}
		if (!request_may_act(request)) {
			request_challenge(request,
					  request->caller.kind == CALLER_NOBODY ||
							  request->caller.kind == CALLER_ANONYMOUS
						  ? NULL
						  : "insufficient_scope");
			return REFUSED;
		}
	}
	if (check_switches(request))
		return REFUSED;
	request->is_admitted = true;
	request->audit = request->action->audit;
	return ADMITTED;
}

/* Bodies that the loop may collect, so that a slow sender holds no thread. */
static enum http_turn turn_of(struct request *request)
{
	static const size_t most[] = {
		[BODY_BLOB] = LIMIT_SMALL_BODY,
		[BODY_MANIFEST] = LIMIT_MANIFEST_BYTES,
		[BODY_FORM] = LIMIT_FORM_BYTES,
	};
	enum body_kind kind = request->action->body;
	int64_t length = http_head(request->x)->body_length;

	if (kind == BODY_NONE || length == 0 || length > (int64_t)most[kind] ||
	    (length == HTTP_BODY_CHUNKED && kind == BODY_BLOB))
		return HTTP_TO_POOL;
	request->is_gathered = true;
	http_set_gather(request->x, most[kind]);
	return HTTP_GATHER;
}

static enum http_turn begin(struct http_exchange *x, void *arg)
{
	struct api *api = arg;
	struct request *request = xcalloc(1, sizeof(*request));
	enum admission admission = REFUSED;

	request->api = api;
	request->x = x;
	request->state = api_state_of(api);
	http_set_context(x, request);
	http_add_block(x, buf_str(&request->state->block));
	if (!take_address(request) && !take_route(request))
		admission = admit(request, false);
	if (admission == REFUSED) {
		request_answer_problems(request);
		return HTTP_ANSWERED;
	}
	if (admission == UNDECIDED)
		return HTTP_TO_POOL;
	if (request->action->peek && request->action->peek(request))
		return HTTP_ANSWERED;
	return turn_of(request);
}

static void work(struct http_exchange *x, void *arg)
{
	struct request *request = http_context(x);

	int (*serve)(struct request * request) = NULL;

	if (!request->is_admitted && admit(request, true) == REFUSED) {
		request_answer_problems(request);
		return;
	}
	serve = request->action->work;
	if (serve ? serve(request) : !request->action->peek(request))
		request_answer_problems(request);
}

static bool is_secret(struct str name)
{
	static const char *const names[] = {"password", "refresh_token", "access_token", "token"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is_nocase(name, names[i]))
			return true;
	return false;
}

/* The target as the log may have it: some put into a query what belongs into a body. */
static char *target_told(struct str target)
{
	autobuf struct buf told = {0};
	struct str query = target, name, value;
	const char *kept = target.ptr;

	str_cut(&query, '?');
	while (url_next_pair(&query, &name, &value)) {
		if (!is_secret(name) || !value.len)
			continue;
		buf_append(&told, kept, (size_t)(value.ptr - kept));
		buf_putc(&told, '*');
		kept = value.ptr + value.len;
	}
	buf_append(&told, kept, (size_t)(target.ptr + target.len - kept));
	return buf_steal(&told);
}

static void tell(struct api *api, struct http_exchange *x, const struct request *request)
{
	const struct http_head *head = http_head(x); /* NULL: refused before it was read */
	struct str agent = head ? http_field(x, "User-Agent") : (struct str){0};
	autofree char *method = str_dup(head ? head->method_text : STR("-"));
	autofree char *path = head ? target_told(head->target) : xstrdup("-");
	autofree char *user_agent = agent.len ? str_dup(agent) : NULL;
	char address[ADDRESS_TEXT_MAX];
	struct api_event event = {
		.method = method,
		.path = path,
		.status = http_answer_status(x),
		.address = http_peer_text(x),
		.user_agent = user_agent,
		.received = http_received(x),
		.sent = http_sent(x),
		.duration_ns = head ? clock_monotonic_ns() - http_began_ns(x) : 0,
		.route = route_shape_name(SHAPE_NONE),
		.was_cut = http_was_cut(x),
	};

	if (request) {
		event.route = route_shape_name(request->route.shape);
		event.account = request->caller.account;
		event.repository = request->repository[0] ? request->repository : NULL;
		event.reference = request->reference[0] ? request->reference : NULL;
		event.audit = request->audit;
		event.detail = request->detail;
		if (request->has_address && request->caller.ip.ss_family != AF_UNIX) {
			address_text(&request->caller.ip, address);
			event.address = address;
		}
	}
	api->told(&event, request && err_is_set(&request->cause) ? err_text(&request->cause) : NULL,
		  api->arg);
}

static void ended(struct http_exchange *x, void *arg)
{
	struct api *api = arg;
	struct request *request = http_context(x);

	if (api->told)
		tell(api, x, request);
	if (!request)
		return;
	http_set_context(x, NULL);
	caller_done(&request->caller);
	problems_done(&request->problems);
	err_clear(&request->cause);
	free(request->detail);
	free(request->source);
	api_state_unref(request->state);
	free(request);
}

int api_new(const struct api_options *options, struct api **ret_api, struct err *err)
{
	struct api *api = NULL;

	for (size_t i = 0; options->settings->fields && i < options->settings->fields->n; i++) {
		const char *field = options->settings->fields->items[i];
		if (!field_is_sane(field))
			return err_set(err, ERR_INPUT, "header field '%s' is not 'Name: value'",
				       field);
	}
	api = xcalloc(1, sizeof(*api));
	api->registry = options->registry;
	api->told = options->told;
	api->arg = options->arg;
	api->handler = (struct http_handler){begin, work, ended, api};
	pthread_mutex_init(&api->lock, NULL);
	api->state = state_new(options->policy, options->settings);
	*ret_api = api;
	return 0;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_state_unref(api->state);
	pthread_mutex_destroy(&api->lock);
	free(api);
}

const struct http_handler *api_handler(struct api *api)
{
	return &api->handler;
}
