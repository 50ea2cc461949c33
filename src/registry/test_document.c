/* test_document.c - what a manifest may be, case by case.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/document.h"

#include <stdlib.h>

#include "base/buf.h"
#include "registry/limits.h"
#include "testing/test.h"

#define OCI              "application/vnd.oci.image.manifest.v1+json"
#define INDEX            "application/vnd.oci.image.index.v1+json"
#define LIST             "application/vnd.docker.distribution.manifest.list.v2+json"
#define D                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define PART(type, size) "{\"mediaType\":\"" type "\",\"digest\":\"" D "\",\"size\":" #size "}"
#define EMPTY            "application/vnd.oci.empty.v1+json"
#define IMAGE            "\"schemaVersion\":2,\"config\":" PART(EMPTY, 0) ",\"layers\":[]"

struct reading {
	struct arena arena;
	struct document document;
	struct err err;
	int failed;
};

static struct reading read_text(const char *type, const char *text)
{
	struct reading reading = {0};

	reading.failed =
		document_read(&reading.arena, type, str_of(text), &reading.document, &reading.err);
	return reading;
}

static void reading_done(struct reading *reading)
{
	arena_done(&reading->arena);
	err_clear(&reading->err);
}
#define autoreading cleanup(reading_done)

TEST(manifests_are_read_or_refused)
{
	static const struct {
		const char *type, *text;
		enum err_kind kind;
	} cases[] = {
		{OCI, "{" IMAGE "}", ERR_NONE},
		{NULL, "{" IMAGE "}", ERR_NONE},
		{"", "{" IMAGE "}", ERR_NONE},
		{"application/json", "{" IMAGE "}", ERR_NONE},
		{OCI "; charset=utf-8", "{" IMAGE "}", ERR_NONE},
		{OCI, "{" IMAGE ",\"mediaType\":\"" OCI "\"}", ERR_NONE},
		{OCI, "{" IMAGE ",\"mediaType\":\"\"}", ERR_NONE},
		{OCI, "{" IMAGE ",\"mediaType\":\"" INDEX "\"}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"mediaType\":1}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"manifests\":[]}", ERR_INPUT},
		{INDEX, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", ERR_INPUT},
		{INDEX, "{\"schemaVersion\":2,\"manifests\":[],\"config\":{}}", ERR_INPUT},
		{INDEX, "{\"schemaVersion\":2,\"manifests\":[]}", ERR_NONE},
		{LIST, "{\"schemaVersion\":2,\"manifests\":null}", ERR_NONE},
		{INDEX, "{\"schemaVersion\":2}", ERR_INPUT},
		{INDEX, "{\"schemaVersion\":2,\"manifests\":{}}", ERR_INPUT},
		{OCI, "{\"schemaVersion\":2,\"layers\":[]}", ERR_INPUT},
		{OCI, "{\"schemaVersion\":3,\"layers\":[]}", ERR_INPUT},
		{OCI, "{\"layers\":[]}", ERR_INPUT},
		{OCI, "{\"schemaVersion\":1,\"fsLayers\":[]}", ERR_DENIED},
		{NULL, "{\"schemaVersion\":1,\"fsLayers\":[]}", ERR_DENIED},
		{"application/vnd.docker.distribution.manifest.v1+prettyjws", "{}", ERR_DENIED},
		{"application/vnd.docker.distribution.manifest.v1+json", "{}", ERR_DENIED},
		{OCI, "{" IMAGE ",\"schemaVersion\":2}", ERR_INPUT},
		{OCI, "[]", ERR_INPUT},
		{OCI, "", ERR_INPUT},
		{OCI, "{" IMAGE "} x", ERR_INPUT},
		{NULL, "{}", ERR_INPUT},
		{"no type at all", "{}", ERR_INPUT},
		{"a/b\r\nX: y", "{}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"subject\":{}}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"subject\":null}", ERR_NONE},
		{OCI, "{" IMAGE ",\"annotations\":{\"a\":1}}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"annotations\":[]}", ERR_INPUT},
		{OCI, "{" IMAGE ",\"artifactType\":1}", ERR_INPUT},
		{"application/vnd.other+json", "{}", ERR_NONE},
		{"application/vnd.other", "not even JSON", ERR_NONE},
		{"application/vnd.other", "{\"mediaType\":\"a/b\"}", ERR_INPUT},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoreading struct reading reading = read_text(cases[i].type, cases[i].text);
		if (reading.err.kind != cases[i].kind)
			test_fail(__FILE__, __LINE__, "%s: %s", cases[i].text,
				  err_text(&reading.err));
	}
}

TEST(descriptors_are_whole)
{
	static const char *const parts[] = {
		"1",
		"{}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\"}",
		"{\"mediaType\":\"a/b\",\"size\":1}",
		"{\"digest\":\"" D "\",\"size\":1}",
		"{\"mediaType\":\"a/b\",\"digest\":\"md5:1\",\"size\":1}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\",\"size\":-1}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\",\"size\":1.5}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\",\"size\":\"1\"}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\",\"size\":3,\"data\":\"YWJj\"}",
		"{\"mediaType\":\"a/b\",\"digest\":\"" D "\",\"size\":0,\"data\":\"?\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		autofree char *text =
			xasprintf("{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
				  PART("a/b", 0), parts[i]);
		autoreading struct reading reading = read_text(OCI, text);
		if (reading.err.kind != ERR_INPUT)
			test_fail(__FILE__, __LINE__, "%s", text);
	}
}

TEST(parts_that_are_elsewhere_or_inline_are_optional)
{
	autoreading struct reading reading = read_text(
		OCI, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" D
		     "\",\"size\":0,\"data\":\"\"},\"layers\":["
		     "{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\","
		     "\"digest\":\"" D "\",\"size\":0,\"urls\":[\"https://example.org/\"]},"
		     "{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\","
		     "\"digest\":\"" D "\",\"size\":0},"
		     "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		     "\"digest\":\"" D "\",\"size\":0,\"urls\":[\"https://example.org/\"]}]}");

	CHECK_OK(reading.failed, &reading.err);
	CHECK_INT((long long)reading.document.n_parts, 4);
	CHECK(reading.document.parts[0].is_optional);
	CHECK(reading.document.parts[1].is_optional);
	CHECK(!reading.document.parts[2].is_optional);
	CHECK(!reading.document.parts[3].is_optional);
}

TEST(the_artifact_type_is_its_own_or_its_configs)
{
	autoreading struct reading own = read_text(OCI, "{" IMAGE ",\"artifactType\":\"a/b\"}");
	autoreading struct reading config = read_text(OCI, "{" IMAGE ",\"artifactType\":\"\"}");
	autoreading struct reading index =
		read_text(INDEX, "{\"schemaVersion\":2,\"manifests\":[]}");

	CHECK_STR(own.document.artifact_type, "a/b");
	CHECK_STR(config.document.artifact_type, EMPTY);
	CHECK(!index.document.artifact_type);
}

TEST(the_bytes_tell_their_type_or_do_not)
{
	autoreading struct reading told = read_text(OCI, "{" IMAGE "}");
	autoreading struct reading docker =
		read_text("application/vnd.docker.distribution.manifest.v2+json", "{" IMAGE "}");

	CHECK(told.document.type_is_told);
	CHECK(!docker.document.type_is_told);
	CHECK_STR(docker.document.media_type,
		  "application/vnd.docker.distribution.manifest.v2+json");
	autoarena struct arena arena = {0};
	CHECK_STR(document_sniff(&arena, STR("{\"manifests\":[]}")), INDEX);
	CHECK_STR(document_sniff(&arena, STR("?")), "application/octet-stream");
}

TEST(what_is_stored_is_read_whatever_it_is)
{
	static const struct {
		const char *type, *text;
		size_t n_parts;
	} cases[] = {
		{NULL, "{\"schemaVersion\":1,\"fsLayers\":[{\"blobSum\":\"" D "\"}]}", 1},
		{OCI, "{\"config\":{\"digest\":\"" D "\"},\"layers\":[{\"digest\":\"" D "\"},{}]}",
		 2},
		{NULL, "{\"manifests\":[{\"digest\":\"" D "\"}],\"layers\":[]}", 1},
		{"a/b", "{\"blobs\":[{\"digest\":\"" D "\"}]}", 1},
		{NULL, "garbage", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		struct document document = {0};
		document_read_stored(&arena, cases[i].type, str_of(cases[i].text), &document);
		CHECK_INT((long long)document.n_parts, (long long)cases[i].n_parts);
		CHECK(document.media_type && document.media_type[0]);
	}
}

TEST(manifests_are_bounded)
{
	autofree char *text = xmalloc(LIMIT_MANIFEST + 2);

	memset(text, ' ', LIMIT_MANIFEST + 1);
	text[LIMIT_MANIFEST + 1] = '\0';
	autoreading struct reading large = read_text(OCI, text);
	CHECK_INT(large.err.kind, ERR_LIMIT);

	autobuf struct buf many = {0};
	buf_puts(&many, "{\"schemaVersion\":2,\"manifests\":[");
	for (unsigned i = 0; i <= LIMIT_MANIFEST_PARTS; i++)
		buf_printf(&many, "%s%s", i ? "," : "", PART("a/b", 1));
	buf_puts(&many, "]}");
	autoreading struct reading parts = read_text(INDEX, buf_text(&many));
	CHECK_INT(parts.err.kind, ERR_LIMIT);

	autobuf struct buf deep = {0};
	buf_puts(&deep, "{\"a\":");
	for (int i = 0; i < 1000; i++)
		buf_putc(&deep, '[');
	autoreading struct reading nested = read_text(OCI, buf_text(&deep));
	CHECK(nested.failed);
}
