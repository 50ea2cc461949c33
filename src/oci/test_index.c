/* test_index.c - choosing among the manifests of an index.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "oci/limits.h"
#include "oci/manifest.h"
#include "testing/test.h"

/* An index with an entry for each "os/arch[/variant]" word; "-" has no platform. Sizes count from
 * 0. */
static void make_index(const char *platforms, struct index *ret_index)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	struct str rest = str_of(platforms);

	buf_puts(&text, "{\"schemaVersion\":2,\"manifests\":[");
	for (int i = 0; rest.ptr; i++) {
		struct str words = str_cut(&rest, ' ');
		struct digest digest = digest_of_bytes(words.ptr, words.len);
		buf_printf(&text, "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d",
			   i ? "," : "", media_type_text(MEDIA_OCI_MANIFEST), digest.text, i);
		if (!str_is(words, "-")) {
			struct str os = str_cut(&words, '/');
			struct str architecture = str_cut(&words, '/');
			buf_printf(&text,
				   ",\"platform\":{\"os\":\"%.*s\",\"architecture\":\"%.*s\"",
				   STR_ARG(os), STR_ARG(architecture));
			if (words.ptr)
				buf_printf(&text, ",\"variant\":\"%.*s\"", STR_ARG(words));
			buf_putc(&text, '}');
		}
		buf_putc(&text, '}');
	}
	buf_puts(&text, "]}");
	CHECK_OK(index_parse("index.json", buf_str(&text), ret_index, &err), &err);
}

TEST(the_nearest_entry_is_chosen)
{
	static const struct {
		const char *platforms, *wanted;
		int64_t expected; /* place in the index; -1: none fits */
	} cases[] = {
		{"linux/arm64 linux/amd64", "linux/amd64", 1},
		{"linux/amd64/v2 linux/amd64", "linux/amd64", 1},
		{"linux/amd64/v2 linux/amd64/v1", "linux/amd64/v3", 0},
		{"linux/amd64/v2", "linux/amd64", -1},
		{"linux/arm64/v8", "linux/arm64", 0},
		{"linux/arm64", "linux/arm64/v8", 0},
		{"linux/arm/v5 linux/arm/v6 linux/arm/v7", "linux/arm/v6", 1},
		{"linux/arm/v5 linux/arm/v6", "linux/arm/v7", 1},
		{"linux/arm/v5 linux/arm/v6", "linux/arm", 1},
		{"linux/arm", "linux/arm/v6", -1},
		{"windows/amd64 linux/amd64", "linux/amd64", 1},
		{"unknown/unknown linux/amd64", "linux/amd64", 1},
		{"unknown/unknown", "linux/amd64", -1},
		{"unknown/unknown -", "linux/amd64", 1},
		{"-", "linux/riscv64", 0},
		{"- -", "linux/amd64", -1},
		{"linux/amd64 linux/amd64", "linux/amd64", 0},
		{"linux/s390x", "linux/amd64", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		const struct descriptor *entry = NULL;
		struct index index = {0};

		make_index(cases[i].platforms, &index);
		if (index_choose(&index, cases[i].wanted, &entry, &err))
			CHECK_INT(err.kind, ERR_MISSING);
		CHECK_INT(entry ? (int64_t)entry->size : -1, cases[i].expected);
		index_done(&index);
	}
}

TEST(this_machine_is_chosen_when_nothing_is_wanted)
{
	autoerr struct err err = {0};
	const struct descriptor *entry = NULL;
	struct index index = {0};
	struct platform host = platform_host();
	autofree char *text = platform_text(&host);
	autofree char *platforms = xasprintf("linux/none %s", text);

	make_index(platforms, &index);
	CHECK_OK(index_choose(&index, NULL, &entry, &err), &err);
	CHECK_INT(entry->size, 1);
	index_done(&index);
	platform_done(&host);
}

TEST(a_missing_platform_lists_what_there_is)
{
	autoerr struct err err = {0};
	const struct descriptor *entry = NULL;
	struct index index = {0};

	make_index("linux/arm64/v8 unknown/unknown linux/s390x linux/s390x", &index);
	CHECK_INT(index_choose(&index, "linux/amd64", &entry, &err), -1);
	CHECK_STR(err_text(&err),
		  "no image for platform 'linux/amd64', there is: linux/arm64/v8, linux/s390x");
	index_done(&index);
}

TEST(an_index_without_images_says_so)
{
	autoerr struct err err = {0};
	const struct descriptor *entry = NULL;
	struct index index = {0};

	CHECK_INT(index_choose(&index, "linux/amd64", &entry, &err), -1);
	CHECK_STR(err_text(&err), "the index holds no images");
}

TEST(attestations_by_annotation_are_never_chosen)
{
	autoerr struct err err = {0};
	const struct descriptor *entry = NULL;
	struct index index = {0};

	make_index("linux/amd64", &index);
	strlist_add(&index.entries[0].annotations,
		    "vnd.docker.reference.type=attestation-manifest");
	CHECK_INT(index_choose(&index, "linux/amd64", &entry, &err), -1);
	index_done(&index);
}

TEST(the_number_of_entries_is_bounded)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	struct index index = {0};

	buf_puts(&text, "{\"schemaVersion\":2,\"manifests\":[1");
	for (unsigned i = 0; i < LIMIT_INDEX_ENTRIES; i++)
		buf_puts(&text, ",1");
	buf_puts(&text, "]}");
	CHECK_INT(index_parse("i", buf_str(&text), &index, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}
