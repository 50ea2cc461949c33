/* key.c - what a staged build depends on, as one digest: nothing changed means nothing is done.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two keys. The base key covers what stage0 and stage1 read; with the tarball's digest (or the base
 * image's ID) it names the base layer. The whole key adds everything that reaches the image. Not
 * part of any key: the data directory and what -v mounts; --no-cache is for those. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "layer/tree.h"
#include "stage/base.h"
#include "stage/stage_private.h"

#include "base/banned.h"

static void add_text(struct hash *hash, const char *name, const char *value)
{
	hash_update(hash, name, strlen(name) + 1);
	hash_update(hash, value, strlen(value) + 1);
}

static int add_file(struct hash *hash, const char *name, const char *path, struct err *err)
{
	autobuf struct buf content = {0};
	if (file_read_at(AT_FDCWD, path, 0, &content, err))
		return -1;
	char hex[65];
	sha256_hex(buf_text(&content), content.len, hex);
	add_text(hash, name, hex);
	return 0;
}

/* A directory that is not there adds nothing. */
static int add_tree(struct hash *hash, const char *name, const char *path, struct err *err)
{
	autoclose int fd = -1;
	autoerr struct err why = {0};
	struct digest digest = {0};

	if (dir_open_at(AT_FDCWD, path, &fd, &why)) {
		if (why.kind == ERR_MISSING)
			return 0;
		err_move(err, &why);
		return -1;
	}
	if (tree_digest(fd, &digest, err))
		return err_wrap(err, "reading '%s'", path);
	add_text(hash, name, digest.text);
	return 0;
}

static void key_final(struct hash *hash, char key[65])
{
	uint8_t bytes[HASH_MAX_SIZE];
	hash_hex(bytes, hash_final(hash, bytes), key);
}

int stage_base_key_compute(struct stage_build *build, struct err *err)
{
	static const enum stage_file files[] = {STAGE_FILE_0, STAGE_FILE_1, STAGE_FILE_DOCKERFILE};
	const struct stage_settings *s = &build->settings;
	autohash struct hash *hash = hash_new(HASH_SHA256);

	add_text(hash, "hull", HULL_VERSION);
	add_text(hash, "MS_BASE", s->base);
	add_text(hash, "MS_OS", s->os);
	add_text(hash, "MS_OS_RELEASE", s->os_release);
	add_text(hash, "MS_BASEIMAGE", s->baseimage);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct stage_script *script = &build->scripts.items[files[i]];
		if (add_file(hash, script->file, script->path, err))
			return -1;
	}
	key_final(hash, build->base_key);
	return 0;
}

/* What the stages see of the environment, but for the names that differ from build to build. */
static void add_environment(struct hash *hash, const struct stage_settings *s)
{
	static const char *const varying[] = {"MS_STAGE1_NAME", "MS_STAGE2_NAME"};
	for (size_t i = 0; i < s->env.n; i++) {
		bool varies = false;
		for (size_t v = 0; v < ARRAY_LEN(varying); v++)
			varies |= text_starts(s->env.items[i], varying[v]);
		if (!varies)
			add_text(hash, "env", s->env.items[i]);
	}
	for (size_t i = 0; i < s->extra.n; i++)
		add_text(hash, "-e", s->extra.items[i]);
}

int stage_key_compute(struct stage_build *build, struct err *err)
{
	static const enum stage_file files[] = {STAGE_FILE_2, STAGE_FILE_3, STAGE_FILE_SCRUB};
	const struct stage_settings *s = &build->settings;
	autohash struct hash *hash = hash_new(HASH_SHA256);
	char base[65] = "";
	int64_t epoch = -1;

	if (stage_base_find_key(build->engine->store, s, build->base_key, base, err) ||
	    clock_source_date_epoch(&epoch, err))
		return -1;
	add_text(hash, "base", base);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct stage_script *script = &build->scripts.items[files[i]];
		if (add_file(hash, script->file, script->path, err))
			return -1;
	}
	if (add_tree(hash, "injected_volumes", s->injected_dir, err) ||
	    add_tree(hash, "image_rootfs", s->image_rootfs, err))
		return -1;
	for (size_t i = 0; i < n_own_programs; i++) {
		autofree char *program = NULL;
		if (stage_program_find(s, &own_programs[i], &program, err))
			return -1;
		if (program && add_file(hash, own_programs[i].name, program, err))
			return -1;
	}
	add_text(hash, "corpus", build->corpus ? build->corpus : "");
	add_environment(hash, s);
	autofree char *when = xasprintf("%lld", (long long)epoch);
	add_text(hash, "SOURCE_DATE_EPOCH", when);
	add_text(hash, "compression", compression_name(build->options->compression));
	key_final(hash, build->key);
	/* A tarball that is still to be made cannot be in any key. */
	if (!base[0])
		build->key[0] = '\0';
	return 0;
}
