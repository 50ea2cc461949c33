/* file_source.c - where the contents of files come from.
 * SPDX-License-Identifier: Apache-2.0
 *
 * http, https and ftp are fetched by curl or wget: a TLS library would double the program. */
#include "states/file_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "state/limits.h"
#include "states/limits.h"
#include "states/place.h"
#include "value/list.h"

#include "base/banned.h"

static const char *const remote_schemes[] = {"http://", "https://", "ftp://"};

bool source_is_remote(const char *source)
{
	for (size_t i = 0; i < ARRAY_LEN(remote_schemes); i++)
		if (text_starts(source, remote_schemes[i]))
			return true;
	return false;
}

void source_found_done(struct source_found *found)
{
	buf_done(&found->text);
}

/* The client's last words, when it said any. */
static int fetch_failed(const char *url, const char *client, int status, struct buf *errors,
			struct err *err)
{
	struct str said = str_trim(buf_str(errors));

	if (said.len)
		return err_set(err, ERR_SYSTEM, "fetching '%s': %.*s", url, STR_ARG(said));
	return err_set(err, ERR_SYSTEM, "fetching '%s': %s ended with status %d", url, client,
		       status);
}

static int fetch(struct world *world, const char *url, struct buf *ret_text, struct err *err)
{
	char seconds[16], bytes[32];
	autoerr struct err missing = {0};
	autofree char *client = NULL;
	autobuf struct buf text = {.max = LIMIT_SOURCE}, errors = {.max = LIMIT_COMMAND_OUTPUT};
	int status;

	snprintf(seconds, sizeof(seconds), "%d", LIMIT_FETCH_MS / 1000);
	snprintf(bytes, sizeof(bytes), "%zu", LIMIT_SOURCE);
	const char *const curl[] = {"curl",
				    "-fsSL",
				    "--proto",
				    "=http,https,ftp",
				    "--max-time",
				    seconds,
				    "--max-filesize",
				    bytes,
				    "--",
				    url,
				    NULL};
	const char *const wget[] = {"wget", "-q", "-O", "-", "-T", "60", "--", url, NULL};

	if (world->is_offline)
		return err_set(err, ERR_DENIED, "'%s' is not fetched: offline", url);
	bool has_curl = !proc_find("curl", &client, &missing);
	err_clear(&missing);
	if (!has_curl && proc_find("wget", &client, &missing))
		return err_set(err, ERR_MISSING, "fetching '%s': there is neither curl nor wget",
			       url);
	struct proc_options options = {.argv = (char *const *)(has_curl ? curl : wget),
				       .fd_stdin = -1,
				       .fd_stdout = -1,
				       .fd_stderr = -1,
				       .new_session = true};
	if (proc_run(&options, STR(""), &text, &errors, LIMIT_FETCH_MS, &status, err))
		return err_wrap(err, "fetching '%s'", url);
	if (status)
		return fetch_failed(url, client, status, &errors, err);
	if (buf_check(&text, url, err))
		return -1;
	*ret_text = steal(&text);
	return 0;
}

/* What the file server knows: the directory it lies in tells the mode. */
static void find_mode(struct world *world, struct source_found *found)
{
	autoerr struct err err = {0};
	autoclose int dirfd = -1;
	const char *base = path_base(found->name);
	autofree char *dir = xstrndup(found->name, (size_t)(base - found->name));
	struct stat st;

	if (source_open_dir(world, *dir ? dir : ".", &dirfd, &err) || fstatat(dirfd, base, &st, 0))
		return;
	found->has_mode = true;
	found->mode = st.st_mode & 07777;
}

static bool source_load(struct state_call *call, const char *source, struct source_found *found,
			struct outcome *outcome)
{
	autoerr struct err err = {0};

	found->name = found->file = source;
	if (source_is_remote(source)) {
		if (fetch(call->world, source, &found->text, &err) == 0)
			return true;
	} else if (source_read(call->world, source, &found->text, &found->file, &err) == 0) {
		return true;
	}
	if (err.kind == ERR_MISSING && text_starts(source, "salt://"))
		outcome_fail(outcome, "Source file %s not found in saltenv 'base'", source);
	else if (err.kind == ERR_MISSING && !source_is_remote(source))
		outcome_fail(outcome, "Local file source %s does not exist",
			     text_starts(source, "file://") ? source + strlen("file://") : source);
	else
		outcome_fail(outcome, "Unable to manage file: %s", err_text(&err));
	return false;
}

/* Where the digest comes from when source_hash is no digest itself. */
static bool digest_load(struct state_call *call, const struct source_request *request,
			struct str hash, const char *source, struct digest *ret_digest,
			struct outcome *outcome)
{
	cleanup(source_found_done) struct source_found list = {0};
	autofree char *where = str_dup(hash);

	if (digest_parse(hash, ret_digest))
		return true;
	if (!strchr(where, '/')) {
		outcome_fail(outcome,
			     "Source hash %s format is invalid. The supported formats are: 1) a "
			     "hash, 2) an expression in the format <hash_type>=<hash>, or 3) "
			     "either a path to a local file containing hashes, or a URI of a "
			     "remote hash file.",
			     where);
		return false;
	}
	if (!source_load(call, heap_strdup(call->heap, hash), &list, outcome))
		return false;
	struct str name = request->hash_name.len ? request->hash_name : str_of(path_base(source));
	if (list.text.len <= LIMIT_HASH_FILE &&
	    digest_find(buf_str(&list.text), name, !request->hash_name.len, ret_digest))
		return true;
	outcome_fail(outcome, "Unable to locate a hash for '%.*s' within %s", STR_ARG(name), where);
	return false;
}

static bool target_has(struct world *world, const char *target, const struct digest *digest)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	struct digest actual;

	if (!target || place_read(world, target, &text, NULL, &err))
		return false;
	digest_of(digest->algo, buf_str(&text), &actual);
	return text_eq(actual.hex, digest->hex);
}

static bool source_verify(const struct source_request *request, const struct digest *digest,
			  const struct source_found *found, struct outcome *outcome)
{
	struct digest actual;

	digest_of(digest->algo, buf_str(&found->text), &actual);
	if (text_eq(actual.hex, digest->hex))
		return true;
	outcome_fail(outcome,
		     "Specified %s checksum for %s (%s) does not match actual checksum (%s). If "
		     "the 'source_hash' value refers to a remote file with multiple possible "
		     "matches, then it may be necessary to set 'source_hash_name'.",
		     digest_algo_name(digest->algo),
		     request->target ? request->target : found->name, digest->hex, actual.hex);
	return false;
}

static bool source_take(struct state_call *call, const struct source_request *request,
			const char *source, struct str hash, struct source_found *found,
			struct outcome *outcome)
{
	bool is_remote = source_is_remote(source);
	struct digest digest;

	if (!is_remote && strstr(source, "://") && !text_starts(source, "salt://") &&
	    !text_starts(source, "file://")) {
		outcome_fail(outcome, "Unable to manage file: the scheme of '%s' is not supported",
			     source);
		return false;
	}
	if (is_remote && !hash.len && !request->skip_verify) {
		outcome_fail(outcome,
			     "Unable to verify upstream hash of source file %s, please set "
			     "source_hash or set skip_verify to True",
			     source);
		return false;
	}
	bool verifies = hash.len && !request->skip_verify;
	if (is_remote && !verifies)
		outcome_warn(call->heap, outcome, "%s is not verified (skip_verify)", source);
	if (verifies && !digest_load(call, request, hash, source, &digest, outcome))
		return false;
	if (verifies && is_remote && target_has(call->world, request->target, &digest)) {
		found->name = found->file = source;
		found->is_unchanged = true;
		return true;
	}
	return source_load(call, source, found, outcome) &&
	       (!verifies || source_verify(request, &digest, found, outcome));
}

/* An item of the list: its name, and a digest of its own if it has one. */
static const char *item_name(struct heap *heap, struct value item, struct str *hash)
{
	if (item.kind == VALUE_DICT) {
		dict_foreach(entry, item.dict)
		{
			struct value own = entry->value;
			if (value_is_string(own))
				*hash = value_bytes(own);
			item = entry->key;
			break;
		}
	}
	return value_is_string(item) ? heap_strdup(heap, value_bytes(item)) : NULL;
}

static bool is_candidate(struct state_call *call, const char *source)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	if (!source)
		return false;
	if (!source_is_remote(source))
		return source_exists(call->world, source);
	return fetch(call->world, source, &text, &err) == 0;
}

bool source_get(struct state_call *call, const struct source_request *request,
		struct source_found *ret_found, struct outcome *outcome)
{
	const struct list *sources = request->sources;
	const char *source = NULL;
	struct str hash = {0};

	for (size_t i = 0; i < sources->n; i++) {
		hash = request->hash;
		source = item_name(call->heap, sources->items[i], &hash);
		if (sources->n == 1 || is_candidate(call, source))
			break;
		source = NULL;
	}
	if (!source) {
		outcome_fail(outcome,
			     "Unable to manage file: none of the specified sources were found");
		return false;
	}
	cleanup(source_found_done) struct source_found found = {0};
	if (!source_take(call, request, source, hash, &found, outcome))
		return false;
	if (request->wants_mode && !source_is_remote(source))
		find_mode(call->world, &found);
	*ret_found = steal(&found);
	return true;
}
