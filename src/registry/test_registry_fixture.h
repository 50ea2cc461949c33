/* test_registry_fixture.h - a registry to push to and to ask, on either storage.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/registry.h"
#include "registry/upkeep.h"

struct rig {
	struct storage *storage;
	struct registry *registry;
	int dirfd; /* of the index */
	const char *path;
	bool on_disk; /* the filesystem driver */
	int64_t grace_ns;
	bool sparse_indexes;
};
struct rig rig_open(bool on_disk); /* with an index on disk in any case */
void rig_start(struct rig *rig);   /* again, after rig_stop */
void rig_stop(struct rig *rig);    /* the storage stays */
void rig_close(struct rig *rig);
#define autorig cleanup(rig_close)

struct digest rig_push_blob(struct rig *rig, const char *repository, const char *text);
bool rig_has_blob(struct rig *rig, const char *repository, const struct digest *digest);
/* An image with the config "{}" and one layer of that text; both are pushed. Caller frees. */
char *rig_image(struct rig *rig, const char *repository, const char *layer);
/* The manifest as text; `extra` goes before the closing brace: ",\"subject\":…". Caller frees. */
char *image_text(const struct digest *config, uint64_t config_size, const struct digest *layer,
		 uint64_t layer_size, const char *extra);
char *index_text(const struct digest *child, uint64_t size, const char *extra);
/* Expects success. content_type NULL: an OCI manifest. */
struct digest rig_put(struct rig *rig, const char *repository, const char *reference,
		      const char *text, const char *content_type);
struct digest rig_push_image(struct rig *rig, const char *repository, const char *tag,
			     const char *layer);
/* The code of the first problem, PROBLEM_NONE when it worked. */
enum problem_code rig_try_put(struct rig *rig, const char *repository, const char *reference,
			      const char *text, const char *content_type);
enum problem_code rig_delete(struct rig *rig, const char *repository, const char *reference);
bool rig_has_manifest(struct rig *rig, const char *repository, const char *reference);
char *rig_tags(struct rig *rig, const char *repository); /* "a b c"; caller frees */
char *rig_catalog(struct rig *rig);                      /* the same of repositories */
char *rig_referrers(struct rig *rig, const char *repository,
		    const struct digest *subject); /* JSON; caller frees */

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
