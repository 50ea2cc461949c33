/* test_registry_fixture.c - pushing and asking in one line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/test_registry_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "registry/test_storage_memory.h"
#include "testing/test.h"

void rig_start(struct rig *rig)
{
	autoerr struct err err = {0};
	int own_dirfd = rig->dirfd;

	if (rig->on_disk) {
		struct storage_fs_options options = {0};
		CHECK_OK(storage_fs_open(rig->path, &options, &rig->storage, &err), &err);
		own_dirfd = storage_fs_own_dir(rig->storage);
	} else {
		storage_memory_keep(rig->storage);
	}
	struct registry_options options = {
		.storage = rig->storage,
		.own_dirfd = own_dirfd,
		.gc_grace_ns = rig->grace_ns,
		.sparse_indexes = rig->sparse_indexes,
	};
	CHECK_OK(registry_open(&options, &rig->registry, &err), &err);
}

struct rig rig_open(bool on_disk)
{
	struct rig rig = {.on_disk = on_disk};

	rig.dirfd = test_dir(&rig.path);
	if (!on_disk)
		rig.storage = storage_memory_new();
	rig_start(&rig);
	return rig;
}

void rig_stop(struct rig *rig)
{
	registry_close(steal(&rig->registry));
}

void rig_close(struct rig *rig)
{
	rig_stop(rig);
	if (!rig->on_disk)
		storage_close(rig->storage);
}

struct digest rig_push_blob(struct rig *rig, const char *repository, const char *text)
{
	struct digest digest = digest_of_bytes(text, strlen(text));
	struct upload *upload = NULL;
	autoerr struct err err = {0};

	CHECK_OK(rig->storage->ops->upload_start(rig->storage, repository, HASH_SHA256, &upload,
						 &err),
		 &err);
	CHECK_OK(rig->storage->ops->upload_write(upload, text, strlen(text), &err), &err);
	CHECK_OK(registry_blob_commit(rig->registry, repository, upload, &digest, &err), &err);
	rig->storage->ops->upload_close(upload);
	return digest;
}

bool rig_has_blob(struct rig *rig, const char *repository, const struct digest *digest)
{
	autoerr struct err err = {0};
	uint64_t size;

	if (registry_blob_stat(rig->registry, repository, digest, &size, &err) == 0)
		return true;
	CHECK(err.kind == ERR_MISSING || err.kind == ERR_CORRUPT);
	return false;
}

char *image_text(const struct digest *config, uint64_t config_size, const struct digest *layer,
		 uint64_t layer_size, const char *extra)
{
	return xasprintf(
		"{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"config\":{\"mediaType\":"
		"\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%llu},"
		"\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		"\"digest\":\"%s\",\"size\":%llu}]%s}",
		config->text, (unsigned long long)config_size, layer->text,
		(unsigned long long)layer_size, extra);
}

char *index_text(const struct digest *child, uint64_t size, const char *extra)
{
	return xasprintf("{\"schemaVersion\":2,\"mediaType\":\"" OCI_INDEX
			 "\",\"manifests\":[{\"mediaType\":\"" OCI_MANIFEST
			 "\",\"digest\":\"%s\",\"size\":%llu}]%s}",
			 child->text, (unsigned long long)size, extra);
}

char *rig_image(struct rig *rig, const char *repository, const char *layer)
{
	struct digest config = rig_push_blob(rig, repository, "{}");
	struct digest content = rig_push_blob(rig, repository, layer);

	return image_text(&config, 2, &content, strlen(layer), "");
}

enum problem_code rig_try_put(struct rig *rig, const char *repository, const char *reference,
			      const char *text, const char *content_type)
{
	struct manifest_put put = {
		.repository = repository,
		.reference = reference,
		.content_type = content_type ? content_type : OCI_MANIFEST,
		.bytes = str_of(text),
		.may_rewrite_tags = true,
	};
	struct manifest_put_result result = {0};
	autoproblems struct problems problems = {0};
	autoerr struct err err = {0};

	int failed = registry_manifest_put(rig->registry, &put, &result, &problems, &err);
	strlist_done(&result.tags);
	CHECK(failed == (problems.n ? -1 : 0));
	return failed ? problems.items[0].code : PROBLEM_NONE;
}

struct digest rig_put(struct rig *rig, const char *repository, const char *reference,
		      const char *text, const char *content_type)
{
	CHECK_STR(problem_name(rig_try_put(rig, repository, reference, text, content_type)),
		  problem_name(PROBLEM_NONE));
	return digest_of_bytes(text, strlen(text));
}

struct digest rig_push_image(struct rig *rig, const char *repository, const char *tag,
			     const char *layer)
{
	autofree char *text = rig_image(rig, repository, layer);

	return rig_put(rig, repository, tag, text, NULL);
}

enum problem_code rig_delete(struct rig *rig, const char *repository, const char *reference)
{
	autoproblems struct problems problems = {0};
	autoerr struct err err = {0};
	struct digest digest = {0};
	int failed;

	if (strchr(reference, ':')) {
		CHECK_OK(digest_parse(str_of(reference), &digest, &err), &err);
		failed = registry_manifest_delete(rig->registry, repository, &digest, &problems,
						  &err);
	} else {
		failed = registry_tag_delete(rig->registry, repository, reference, &problems, &err);
	}
	CHECK(failed == (problems.n ? -1 : 0));
	return failed ? problems.items[0].code : PROBLEM_NONE;
}

bool rig_has_manifest(struct rig *rig, const char *repository, const char *reference)
{
	const struct manifest_view *view = NULL;
	autoerr struct err err = {0};

	if (registry_manifest_get(rig->registry, repository, reference, &view, &err) == 0) {
		manifest_view_release(view);
		return true;
	}
	CHECK(err.kind == ERR_MISSING || err.kind == ERR_CORRUPT);
	return false;
}

char *rig_tags(struct rig *rig, const char *repository)
{
	autostrlist struct strlist tags = {0};
	autoerr struct err err = {0};
	bool more;

	if (registry_tags(rig->registry, repository, 1000, NULL, &tags, &more, &err) == 0)
		return strlist_join(&tags, " ");
	CHECK(err.kind == ERR_MISSING);
	return xstrdup("missing");
}

char *rig_catalog(struct rig *rig)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	bool more;

	CHECK_OK(registry_repositories(rig->registry, 1000, NULL, NULL, NULL, &names, &more, &err),
		 &err);
	return strlist_join(&names, " ");
}

char *rig_referrers(struct rig *rig, const char *repository, const struct digest *subject)
{
	autobuf struct buf json = {0};
	autoerr struct err err = {0};
	struct digest last;
	bool more;

	CHECK_OK(registry_referrers(rig->registry, repository, subject, NULL, NULL, 4 << 20, &json,
				    &last, &more, &err),
		 &err);
	return buf_steal(&json);
}
