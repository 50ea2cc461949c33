/* fuzz_apply.c - any archive, unpacked in both forms over a tree of traps: nothing beside it
 * changes. SPDX-License-Identifier: Apache-2.0
 *
 * Checksums of headers are made right first, or no mutation would ever be unpacked. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/apply.h"
#include "layer/tar_private.h"
#include "layer/tree.h"

#define BYTES_MAX   ((uint64_t)1 << 20) /* unpacked: a run must stay fast */
#define ENTRIES_MAX 200u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(int failed)
{
	if (failed)
		abort();
}

static void checksums_mend(char *tar, size_t len)
{
	for (size_t at = 0; at + TAR_BLOCK <= len; at += TAR_BLOCK) {
		struct tar_header *header = (void *)(tar + at);
		if (memcmp(header->magic, "ustar", 5) == 0)
			tar_checksum_set(header);
	}
}

/* outside/secret must stay as it is; root/ and lower/ have links to it. */
static void ground_make(int top)
{
	must(mkdirat(top, "outside", 0755) || mkdirat(top, "root", 0755) ||
	     mkdirat(top, "lower", 0755) || mkdirat(top, "lower/d", 0755) ||
	     mkdirat(top, "root/d", 0755));
	must(mknodat(top, "outside/secret", S_IFREG | 0600, 0));
	must(symlinkat("../outside", top, "lower/up") || symlinkat("../outside", top, "root/up"));
	must(symlinkat("../outside/secret", top, "lower/d/l") || symlinkat("d/..", top, "root/l"));
	must(mknodat(top, "lower/d/f", S_IFREG | 0644, 0) ||
	     mknodat(top, "root/d/f", S_IFREG | 0644, 0));
}

static void ground_check(int top, const struct stat *before)
{
	struct err err = {0};
	struct strlist names = {0};
	struct stat st;

	must(dir_list(top, ".", &names, &err) || names.n != 3);
	strlist_done(&names);
	must(dir_list(top, "outside", &names, &err) || names.n != 1);
	strlist_done(&names);
	must(fstatat(top, "outside/secret", &st, AT_SYMLINK_NOFOLLOW));
	must(st.st_nlink != 1 || st.st_size != 0 || st.st_mode != before->st_mode ||
	     st.st_uid != before->st_uid || st.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

static void unpack(int top, struct str tar, enum apply_form form)
{
	struct err err = {0};
	struct apply_result result;
	autoclose int root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int lower = openat(top, "lower", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct apply_options options = {.form = form,
					.lower = {&lower, 1},
					.max_bytes = BYTES_MAX,
					.max_entries = ENTRIES_MAX};
	struct reader *reader = reader_of_bytes(tar);

	must(root < 0 || lower < 0);
	if (layer_apply(reader, root, &options, &result, &err))
		must(err.kind == ERR_NONE || !err_text(&err)[0]);
	else
		must(result.tar_bytes != tar.len);
	reader_close(reader);
	err_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum apply_form forms[] = {APPLY_MERGED, APPLY_OVERLAY};
	autofree char *tar = xmemdup(data, len);

	checksums_mend(tar, len);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		char path[] = "/tmp/hull-fuzz-XXXXXX";
		struct err err = {0};
		struct stat before;
		must(!mkdtemp(path));
		autoclose int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		must(top < 0);
		ground_make(top);
		must(fstatat(top, "outside/secret", &before, 0));
		unpack(top, (struct str){tar, len}, forms[i]);
		ground_check(top, &before);
		must(tree_remove_at(AT_FDCWD, path, &err));
	}
	return 0;
}
