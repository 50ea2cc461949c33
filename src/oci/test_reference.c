/* test_reference.c - image names: what they mean, how they are shown, why they are refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/reference.h"

#include "testing/test.h"

#define HEX    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DIGEST "sha256:" HEX
#define TEN    "aaaaaaaaaa"
#define FIFTY  TEN TEN TEN TEN TEN

TEST(names_are_completed_and_shown_short)
{
	static const struct {
		const char *text, *canonical, *familiar;
	} cases[] = {
		{"debian", "docker.io/library/debian", "debian"},
		{"debian:12", "docker.io/library/debian:12", "debian:12"},
		{"org/img", "docker.io/org/img", "org/img"},
		{"org/sub/img:1.0-rc_1", "docker.io/org/sub/img:1.0-rc_1", "org/sub/img:1.0-rc_1"},
		{"docker.io/debian", "docker.io/library/debian", "debian"},
		{"index.docker.io/library/debian", "docker.io/library/debian", "debian"},
		{"library/debian", "docker.io/library/debian", "debian"},
		{"docker.io/library/a/b", "docker.io/library/a/b", "library/a/b"},
		{"localhost/img", "localhost/img", "localhost/img"},
		{"localhost:5000/img:1", "localhost:5000/img:1", "localhost:5000/img:1"},
		{"host:5000", "docker.io/library/host:5000", "host:5000"},
		{"host:5000/a/b@" DIGEST, "host:5000/a/b@" DIGEST, "host:5000/a/b@" DIGEST},
		{"r.example/a:1@" DIGEST, "r.example/a:1@" DIGEST, "r.example/a:1@" DIGEST},
		{"R.Example:5000/a", "R.Example:5000/a", "R.Example:5000/a"},
		{"127.0.0.1/a", "127.0.0.1/a", "127.0.0.1/a"},
		{"[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"},
		{"[fe80::1]/a", "[fe80::1]/a", "[fe80::1]/a"},
		{"a.b/c", "a.b/c", "a.b/c"},
		{"docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c"},
		{"docker.io/localhost/c", "docker.io/localhost/c", "docker.io/localhost/c"},
		{"library/" HEX, "docker.io/library/" HEX, "docker.io/library/" HEX},
		{"a.b", "docker.io/library/a.b", "a.b"},
		{"a__b/c---d/e.f_g", "docker.io/a__b/c---d/e.f_g", "a__b/c---d/e.f_g"},
		{"debian:_x", "docker.io/library/debian:_x", "debian:_x"},
		{"debian:Bookworm", "docker.io/library/debian:Bookworm", "debian:Bookworm"},
		{"3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:1",
		 "docker.io/library/3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:1",
		 "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoref struct reference ref = {0};
		CHECK_OK(reference_parse(cases[i].text, &ref, &err), &err);
		autofree char *canonical = reference_text(&ref);
		autofree char *familiar = reference_familiar(&ref);
		CHECK_STR(canonical, cases[i].canonical);
		CHECK_STR(familiar, cases[i].familiar);
	}
}

TEST(wrong_names_are_refused_with_their_reason)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "the image name is empty"},
		{":1", "image name ':1' begins with its tag or digest"},
		{"@" DIGEST, "image name '@" DIGEST "' begins with its tag or digest"},
		{HEX,
		 "image name '" HEX "' is an image ID, 64 hexadecimal digits cannot be a name"},
		{"Debian", "image name 'Debian' must be lower case: 'debian'"},
		{"Org/Img:Tag", "image name 'Org/Img:Tag' must be lower case: 'org/img'"},
		{"r.example/Img", "image name 'r.example/Img' must be lower case: 'img'"},
		{"https://r.example/a",
		 "image name 'https://r.example/a' must stand without its 'scheme://'"},
		{"a//b", "image name 'a//b' has an empty part between slashes"},
		{"/a", "image name '/a' has an empty part between slashes"},
		{"a/", "image name 'a/' has an empty part between slashes"},
		{"r.example/", "image name 'r.example/' has an empty part between slashes"},
		{"a___b",
		 "image name 'a___b' has a part 'a___b' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"x/-a",
		 "image name 'x/-a' has a part '-a' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"x/a.",
		 "image name 'x/a.' has a part 'a.' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"x/a..b",
		 "image name 'x/a..b' has a part 'a..b' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"x/..",
		 "image name 'x/..' has a part '..' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"a b",
		 "image name 'a b' has a part 'a b' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"a\n",
		 "image name 'a\\x0a' has a part 'a\\x0a' that is not letters and digits joined by '.', '_', '__' or '-'"},
		{"a:",
		 "image name 'a:' has a wrong tag: up to 128 letters, digits, '_', '.' or '-', the first neither '.' nor '-'"},
		{"a:-b",
		 "image name 'a:-b' has a wrong tag: up to 128 letters, digits, '_', '.' or '-', the first neither '.' nor '-'"},
		{"a:b:c",
		 "image name 'a:b:c' has a wrong tag: up to 128 letters, digits, '_', '.' or '-', the first neither '.' nor '-'"},
		{"a@sha256:12",
		 "image name 'a': digest 'sha256:12' needs 64 lower-case hexadecimal digits behind 'sha256:'"},
		{"-a.b/c", "image name '-a.b/c' has no valid host name in front"},
		{"a..b/c", "image name 'a..b/c' has no valid host name in front"},
		{"a:x/c", "image name 'a:x/c' has no valid host name in front"},
		{"a:/c", "image name 'a:/c' has no valid host name in front"},
		{"[::1/c", "image name '[::1/c' has no valid host name in front"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct reference ref = {0};
		CHECK_INT(reference_parse(cases[i].text, &ref, &err), -1);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!ref.domain && !ref.path && !ref.tag);
	}
}

static enum err_kind refusal(const char *text)
{
	autoerr struct err err = {0};
	autoref struct reference ref = {0};

	CHECK(reference_parse(text, &ref, &err) == -1);
	return err.kind;
}

TEST(lengths_are_bounded)
{
	autoerr struct err err = {0};
	autoref struct reference ref = {0};
	autofree char *endless = xcalloc(1, 4000);

	memset(endless, 'a', 3999);
	CHECK_INT(refusal(endless), ERR_LIMIT);
	CHECK_INT(refusal(FIFTY "/" FIFTY "/" FIFTY "/" FIFTY "/" FIFTY), ERR_LIMIT);
	CHECK_OK(reference_parse(FIFTY "/" FIFTY "/" FIFTY "/" FIFTY, &ref, &err), &err);
	CHECK_INT(refusal("a:" FIFTY FIFTY TEN TEN "123456789"), ERR_INPUT);
	CHECK(reference_tag_is_valid(FIFTY FIFTY TEN TEN "12345678"));
}

TEST(a_default_tag_is_latest_unless_there_is_a_digest)
{
	autoerr struct err err = {0};
	autoref struct reference plain = {0};
	autoref struct reference pinned = {0};

	CHECK_OK(reference_parse("debian", &plain, &err), &err);
	CHECK_OK(reference_parse("debian@" DIGEST, &pinned, &err), &err);
	reference_default_tag(&plain);
	reference_default_tag(&pinned);
	CHECK_STR(plain.tag, "latest");
	CHECK(!pinned.tag);
	reference_default_tag(&plain);
	CHECK_STR(plain.tag, "latest");
}

TEST(setting_a_tag_drops_the_digest)
{
	autoerr struct err err = {0};
	autoref struct reference ref = {0};

	CHECK_OK(reference_parse("debian:1@" DIGEST, &ref, &err), &err);
	reference_set_tag(&ref, "2");
	reference_set_tag(&ref, ref.tag);
	autofree char *text = reference_text(&ref);
	autofree char *repository = reference_repository(&ref);
	autofree char *familiar = reference_familiar_repository(&ref);
	CHECK_STR(text, "docker.io/library/debian:2");
	CHECK_STR(repository, "docker.io/library/debian");
	CHECK_STR(familiar, "debian");
}

TEST(names_that_are_given_have_a_tag_and_no_digest)
{
	autoref struct reference ref = {0};
	autoerr struct err err = {0};

	CHECK_OK(reference_parse_tag("debian", &ref, &err), &err);
	CHECK_STR(ref.tag, "latest");
	reference_done(&ref);
	CHECK(reference_parse_tag(
		      "debian@sha256:"
		      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		      &ref, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
}
