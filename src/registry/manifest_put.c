/* manifest_put.c - the one way in for manifests: checked, pinned, durable, then told.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Pushing Manifests". */
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "registry/registry_private.h"

#include "base/banned.h"

struct put_task {
	struct registry *registry;
	const struct manifest_put *put;
	struct problems *problems;
	struct document document;
	struct digest digest;
	const char **tags; /* all that shall lead to it, each once; NULL-terminated */
	size_t n_tags;
};

static bool is_digest(const char *reference)
{
	return reference && strchr(reference, ':');
}

/* Our own fault: its text is for the log. */
static int fail(const struct put_task *task, const struct err *err)
{
	return problem_of_err(task->problems, err, PROBLEM_UNKNOWN);
}

static int read_document(struct put_task *task, struct arena *arena)
{
	static const enum problem_code codes[] = {
		[ERR_LIMIT] = PROBLEM_MANIFEST_TOO_LARGE,
		[ERR_INPUT] = PROBLEM_MANIFEST_INVALID,
		[ERR_DENIED] = PROBLEM_MANIFEST_INVALID,
	};
	autoerr struct err why = {0};

	if (document_read(arena, task->put->content_type, task->put->bytes, &task->document,
			  &why) == 0)
		return 0;
	return problem_add(task->problems,
			   why.kind < ARRAY_LEN(codes) && codes[why.kind]
				   ? codes[why.kind]
				   : PROBLEM_MANIFEST_INVALID,
			   NULL, "%s", err_text(&why));
}

/* By digest: in the algorithm that the client chose. By tag: sha256. */
static int settle_digest(struct put_task *task)
{
	const char *reference = task->put->reference;
	autoerr struct err why = {0};
	struct digest asked = {0};

	if (is_digest(reference) && digest_parse(str_of(reference), &asked, &why))
		return problem_add(task->problems, PROBLEM_DIGEST_INVALID, NULL, "%s",
				   err_text(&why));
	enum hash_algo algo = digest_is_set(&asked) ? digest_algo(&asked) : HASH_SHA256;
	autohash struct hash *hash = hash_new(algo);
	hash_update(hash, task->put->bytes.ptr, task->put->bytes.len);
	task->digest = digest_of_hash(hash, algo);
	if (!digest_is_set(&asked) || digest_eq(&asked, &task->digest))
		return 0;
	return problem_add(task->problems, PROBLEM_DIGEST_INVALID, NULL,
			   "the manifest is '%s', not what the request says", task->digest.text);
}

static int settle_tags(struct put_task *task, struct arena *arena)
{
	const struct manifest_put *put = task->put;
	size_t n_asked = put->tags ? put->tags->n : 0;
	automap struct map seen = {0};

	if (n_asked > LIMIT_TAGS_AT_ONCE)
		return problem_add(task->problems, PROBLEM_TAGS_TOO_MANY, NULL, NULL);
	task->tags = arena_alloc(arena, (n_asked + 2) * sizeof(*task->tags));
	if (put->reference && !is_digest(put->reference)) {
		task->tags[task->n_tags++] = put->reference;
		map_set(&seen, put->reference, task);
	}
	for (size_t i = 0; i < n_asked; i++)
		if (!map_set(&seen, put->tags->items[i], task))
			task->tags[task->n_tags++] = put->tags->items[i];
	return 0;
}

static int check_tag(struct put_task *task, const char *tag, struct err *err)
{
	const struct manifest_put *put = task->put;
	struct digest now = {0};

	if (STORE(task->registry, get_tag, put->repository, tag, &now, err)) {
		if (err->kind != ERR_MISSING)
			return fail(task, err);
		err_clear(err);
	}
	bool changes = digest_is_set(&now) && !digest_eq(&now, &task->digest);
	if ((put->if_absent && digest_is_set(&now)) ||
	    (put->if_match && !text_eq(put->if_match, now.text)))
		return problem_add(task->problems, PROBLEM_TAG_CHANGED, NULL, NULL);
	if (changes && !put->may_rewrite_tags)
		return problem_add(task->problems, PROBLEM_DENIED, NULL,
				   "the tag '%s' is written once", tag);
	return 0;
}

/* Under the locks of the tags, so that what holds now holds when they move. */
static int check_tags(struct put_task *task, struct err *err)
{
	const struct manifest_put *put = task->put;

	if (!put->if_absent && !put->if_match && put->may_rewrite_tags)
		return 0;
	for (size_t i = 0; i < task->n_tags; i++)
		if (check_tag(task, task->tags[i], err))
			return -1;
	return 0;
}

static int find_child(struct put_task *task, const struct digest *digest, uint64_t *ret_size,
		      struct err *err)
{
	autofree char *media_type = NULL;

	if (STORE(task->registry, get_revision, task->put->repository, digest, &media_type, err))
		return -1;
	return STORE(task->registry, blob_stat, digest, ret_size, err);
}

/* Missing and wrong sizes are told one by one; -1 only when the storage failed. */
static int check_part(struct put_task *task, const struct document_part *part, struct err *err)
{
	bool is_child = part->kind == PART_CHILD;
	uint64_t size = 0;

	int failed = is_child ? find_child(task, &part->digest, &size, err)
			      : registry_find_blob(task->registry, task->put->repository,
						   &part->digest, &size, err);
	if (failed && err->kind != ERR_MISSING && err->kind != ERR_CORRUPT)
		return fail(task, err);
	if (!failed && size == part->size)
		return 0;

	autofree char *detail = xasprintf("{\"digest\":\"%s\"}", part->digest.text);
	if (!failed) {
		problem_add(task->problems, PROBLEM_SIZE_INVALID, detail,
			    "the descriptor says %llu bytes, the content has %llu",
			    (unsigned long long)part->size, (unsigned long long)size);
		return 0;
	}
	err_clear(err);
	if (!(is_child && task->registry->sparse_indexes))
		problem_add(task->problems, PROBLEM_MANIFEST_BLOB_UNKNOWN, detail, NULL);
	return 0;
}

static int check_parts(struct put_task *task, struct err *err)
{
	automap struct map seen = {0};

	for (size_t i = 0; i < task->document.n_parts; i++) {
		struct document_part *part = &task->document.parts[i];
		const struct document_part *earlier = map_get(&seen, part->digest.text);
		if (part->is_optional ||
		    (earlier && earlier->size == part->size && earlier->kind == part->kind))
			continue;
		map_set(&seen, part->digest.text, part);
		if (check_part(task, part, err))
			return -1;
	}
	return task->problems->n ? -1 : 0;
}

struct index_manifest index_manifest_of(const struct document *document,
					const struct digest *digest, uint64_t size,
					struct index_part **ret_parts)
{
	struct index_part *parts = xcalloc(document->n_parts + 1, sizeof(*parts));

	for (size_t i = 0; i < document->n_parts; i++)
		parts[i] = (struct index_part){document->parts[i].digest, document->parts[i].kind,
					       document->parts[i].is_optional};
	*ret_parts = parts;
	return (struct index_manifest){
		.digest = *digest,
		.media_type = document->media_type,
		.size = size,
		.subject = document->subject,
		.artifact_type = document->artifact_type,
		.annotations = document->annotations,
		.parts = parts,
		.n_parts = document->n_parts,
	};
}

static void change_index(struct put_task *task)
{
	autofree struct index_part *parts = NULL;
	struct index_manifest manifest =
		index_manifest_of(&task->document, &task->digest, task->put->bytes.len, &parts);
	struct index_txn *txn = index_begin(task->registry->index);
	int64_t now_ns = clock_now_ns();

	index_put_manifest(txn, task->put->repository, &manifest, now_ns);
	for (size_t i = 0; i < task->n_tags; i++)
		index_put_tag(txn, task->put->repository, task->tags[i], &task->digest, now_ns);
	registry_end_change(task->registry, txn);
}

/* Storage, index, memory. The tags are hidden meanwhile. */
static int publish(struct put_task *task, struct err *err)
{
	struct registry *registry = task->registry;
	const struct manifest_put *put = task->put;
	const struct manifest_files files = {
		.repository = put->repository,
		.digest = &task->digest,
		.bytes = put->bytes,
		.media_type = task->document.type_is_told ? NULL : task->document.media_type,
		.tags = task->n_tags ? task->tags : NULL,
	};
	unsigned ticket = memory_ticket(registry->manifests, put->repository, task->digest.text);

	for (size_t i = 0; i < task->n_tags; i++)
		memory_change_begin(registry->tags, put->repository, task->tags[i]);
	int failed = STORE(registry, put_manifest, &files, err);
	if (!failed) {
		change_index(task);
		const struct manifest_view *view =
			manifest_view_new(registry, put->repository, &task->digest,
					  task->document.media_type, put->bytes);
		registry_remember_manifest(registry, put->repository, view, ticket);
		manifest_view_release(view);
	} else if (!storage_is_full(err)) {
		index_distrust(registry->index); /* a disk that fails may not have undone it all */
	}
	for (size_t i = 0; i < task->n_tags; i++)
		registry_set_tag(registry, put->repository, task->tags[i],
				 failed ? NULL : &task->digest);
	return failed ? fail(task, err) : 0;
}

static int put_locked(struct put_task *task, struct err *err)
{
	struct registry *registry = task->registry;
	cleanup(pin_set_release) struct pin_set pins = {0};

	HOLD_SHARED(registry, task->put->repository);
	cleanup(tag_locks_release) struct tag_locks locks = {.registry = registry};
	tag_locks_take(&locks, registry, task->put->repository, task->tags);
	pin_set_add(&pins, &registry->pins, &task->digest);
	for (size_t i = 0; i < task->document.n_parts; i++)
		pin_set_add(&pins, &registry->pins, &task->document.parts[i].digest);
	if (check_tags(task, err) || check_parts(task, err))
		return -1;
	return publish(task, err);
}

int registry_manifest_put(struct registry *registry, const struct manifest_put *put,
			  struct manifest_put_result *ret_result, struct problems *problems,
			  struct err *err)
{
	struct put_task task = {.registry = registry, .put = put, .problems = problems};
	autoarena struct arena arena = {0};

	if (put->bytes.len > LIMIT_MANIFEST)
		return problem_add(problems, PROBLEM_MANIFEST_TOO_LARGE, NULL, NULL);
	if (settle_tags(&task, &arena) || settle_digest(&task) || read_document(&task, &arena) ||
	    put_locked(&task, err))
		return -1;
	*ret_result = (struct manifest_put_result){.digest = task.digest,
						   .subject = task.document.subject};
	if (put->tags)
		strlist_copy(&ret_result->tags, put->tags);
	return 0;
}
