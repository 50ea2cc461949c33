/* test_cert.c - chains, who vouches for them, and pairs from files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "doc/json.h"
#include "pki/ca.h"
#include "pki/limits.h"
#include "testing/test.h"

static void issue(int dirfd, const char *name)
{
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	strlist_add(&names, name);
	CHECK_OK(ca_issue(dirfd, &names, &(struct ca_options){.type = KEY_P256}, &err), &err);
}

static struct cert_chain *read_chain(int dirfd, const char *name)
{
	autoerr struct err err = {0};
	autobuf struct buf pem = {0};
	struct cert_chain *chain = NULL;
	CHECK_OK(file_read_at(dirfd, name, 0, &pem, &err), &err);
	CHECK_OK(cert_chain_parse(name, buf_str(&pem), &chain, &err), &err);
	return chain;
}

static void write_text(int dirfd, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(dirfd, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

/* Appends the content of `from` to `to`. */
static void append_file(int dirfd, const char *from, const char *to)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0}, more = {0};
	if (faccessat(dirfd, to, F_OK, 0) == 0)
		CHECK_OK(file_read_at(dirfd, to, 0, &text, &err), &err);
	CHECK_OK(file_read_at(dirfd, from, 0, &more, &err), &err);
	buf_append_str(&text, buf_str(&more));
	write_text(dirfd, to, buf_text(&text));
}

/* testdata/dates.crt was valid on the first of May 2020 (testdata/dates.key). */
#define DATES_FROM  1588291200 /* 2020-05-01T00:00:00Z */
#define DATES_UNTIL 1588377600 /* 2020-05-02T00:00:00Z */

TEST(chains_go_there_and_back_as_x5c)
{
	int dirfd = test_dir(NULL);
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	autochain struct cert_chain *again = NULL;
	issue(dirfd, "a.test");
	autochain struct cert_chain *chain = read_chain(dirfd, "a.test.bundle.crt");
	struct node *x5c = cert_chain_x5c(&arena, chain);
	CHECK_OK(cert_chain_parse_x5c(x5c, &again, &err), &err);
	CHECK_INT(cert_chain_length(again), 2);
	for (size_t i = 0; i < 2; i++) {
		autokey struct key *key = cert_chain_key(chain, i);
		autokey struct key *key_again = cert_chain_key(again, i);
		CHECK(key && key_again && key_equal(key, key_again) && !key_is_private(key));
	}
}

TEST(wrong_x5c_says_why)
{
	static const struct {
		const char *json, *message;
	} cases[] = {
		{"{}", "'x5c' is no list of certificates"},
		{"\"MIIB\"", "'x5c' is no list of certificates"},
		{"[]", "'x5c' is no list of certificates"},
		{"[1]", "'x5c': certificate 1 is not base64"},
		{"[\"a-_b\"]", "'x5c': certificate 1 is not base64"},
		{"[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]",
		 "'x5c' has more than 10 certificates"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		struct node *x5c = NULL;
		struct cert_chain *chain = NULL;
		CHECK_OK(json_parse(&arena, "test", str_of(cases[i].json), &x5c, &err), &err);
		CHECK(cert_chain_parse_x5c(x5c, &chain, &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
	}
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct cert_chain *chain = NULL;
	struct node *x5c = node_new(&arena, NODE_LIST);
	CHECK(cert_chain_parse_x5c(NULL, &chain, &err) < 0);
	err_clear(&err);
	node_append(x5c, node_new_text(&arena, "MAA="));
	CHECK(cert_chain_parse_x5c(x5c, &chain, &err) < 0);
	CHECK(text_starts(err_text(&err), "'x5c': certificate 1 is damaged: "));
}

TEST(dates_and_names_are_read)
{
	autochain struct cert_chain *chain = read_chain(AT_FDCWD, "testdata/dates.crt");
	autostrlist struct strlist names = {0};
	CHECK_INT(cert_chain_not_before(chain, 0), DATES_FROM);
	CHECK_INT(cert_chain_not_after(chain, 0), DATES_UNTIL);
	cert_chain_names(chain, &names); /* it has a common name alone */
	CHECK_INT(names.n, 1);
	CHECK_STR(names.items[0], "old.test");
}

TEST(a_chain_holds_while_all_are_valid)
{
	autochain struct cert_chain *chain = read_chain(AT_FDCWD, "testdata/dates.crt");
	static const struct {
		int64_t now;
		const char *message; /* NULL: it holds */
	} cases[] = {
		{DATES_FROM - 1, "certificate 1 of the chain: certificate is not yet valid"},
		{DATES_FROM, NULL},
		{DATES_UNTIL - 1, NULL}, /* OpenSSL takes the last second off */
		{DATES_UNTIL + 1, "certificate 1 of the chain: certificate has expired"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		int failed = cert_chain_verify(chain, chain, cases[i].now, &err);
		CHECK_STR(err_text(&err), cases[i].message ? cases[i].message : "");
		CHECK_INT(failed, cases[i].message ? -1 : 0);
		CHECK_INT(err.kind, cases[i].message ? ERR_DENIED : ERR_NONE);
	}
}

TEST(any_root_may_be_the_anchor)
{
	int dirfd = test_dir(NULL), other = test_dir(NULL);
	autoerr struct err err = {0};
	int64_t now = clock_now_ns() / NS_PER_SEC;
	issue(dirfd, "a.test");
	issue(other, "a.test");
	autochain struct cert_chain *leaf = read_chain(dirfd, "a.test.crt");
	autochain struct cert_chain *ca = read_chain(dirfd, "ca.crt");
	autochain struct cert_chain *foreign = read_chain(other, "a.test.bundle.crt");
	append_file(other, "ca.crt", "roots.crt");
	append_file(dirfd, "ca.crt", "roots.crt");
	CHECK_OK(cert_chain_verify(leaf, ca, now, &err), &err);
	CHECK_OK(cert_chain_verify(leaf, leaf, now, &err), &err); /* not self-signed */
	CHECK(cert_chain_verify(foreign, ca, now, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	err_clear(&err);
	CHECK(cert_chain_verify(ca, leaf, now, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
}

TEST(leaves_vouch_for_no_one)
{
	autochain struct cert_chain *forged = read_chain(AT_FDCWD, "testdata/bad-by-leaf.crt");
	autochain struct cert_chain *root = read_chain(AT_FDCWD, "testdata/bad-by-leaf-root.crt");
	autoerr struct err err = {0};
	CHECK(cert_chain_verify(forged, root, cert_chain_not_before(forged, 0) + 60, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK_STR(err_text(&err), "certificate 2 of the chain: invalid CA certificate");
}

TEST(certificates_stand_among_other_things)
{
	int dirfd = test_dir(NULL);
	issue(dirfd, "a.test");
	write_text(dirfd, "all.pem", "subject=a.test\n\n");
	append_file(dirfd, "a.test.key", "all.pem");
	append_file(dirfd, "a.test.crt", "all.pem");
	append_file(dirfd, "ca.crt", "all.pem");
	autochain struct cert_chain *chain = read_chain(dirfd, "all.pem");
	CHECK_INT(cert_chain_length(chain), 2);
}

TEST(keys_that_we_do_not_take_are_null)
{
	autochain struct cert_chain *chain = read_chain(AT_FDCWD, "testdata/bad-short-rsa.crt");
	CHECK(!cert_chain_key(chain, 0));
}

TEST(a_pair_may_share_one_file)
{
	int dirfd = test_dir(NULL);
	autoerr struct err err = {0};
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	issue(dirfd, "a.test");
	append_file(dirfd, "a.test.crt", "all.pem");
	append_file(dirfd, "a.test.key", "all.pem");
	CHECK_OK(cert_pair_load(dirfd, "all.pem", NULL, false, &pair, &err), &err);
	CHECK(key_is_private(pair.key));
	CHECK(symlinkat("all.pem", dirfd, "live.pem") == 0);
	cert_pair_done(&pair);
	CHECK_OK(cert_pair_load(dirfd, "live.pem", NULL, false, &pair, &err), &err);
}

TEST(wrong_pairs_say_why)
{
	static const struct {
		const char *cert, *key, *message;
		enum err_kind kind;
	} cases[] = {
		{"none.crt", "a.test.key", "opening './none.crt': No such file or directory",
		 ERR_MISSING},
		{"a.test.crt", "none.key", "opening './none.key': No such file or directory",
		 ERR_MISSING},
		{"a.test.key", "a.test.key", "a.test.key: no certificate inside", ERR_INPUT},
		{"empty", "a.test.key", "empty: no certificate inside", ERR_INPUT},
		{"a.test.crt", "a.test.crt", "a.test.crt: no private key inside", ERR_INPUT},
		{"a.test.crt", NULL, "a.test.crt: no private key inside", ERR_INPUT},
		{"a.test.crt", "empty", "empty: no private key inside", ERR_INPUT},
		{"a.test.crt", "encrypted",
		 "encrypted: the private key is encrypted, store it without a passphrase",
		 ERR_INPUT},
		{"a.test.crt", "b.test.key",
		 "b.test.key: the key does not belong to the certificate in 'a.test.crt'",
		 ERR_INPUT},
		{"reverse.crt", "a.test.key",
		 "reverse.crt: the key belongs to certificate 2, put that first", ERR_INPUT},
		{"dates.crt", "dates.key",
		 "dates.crt: the certificate has expired on 2020-05-02T00:00:00Z", ERR_INPUT},
		{"future.crt", "future.key",
		 "future.crt: the certificate is not valid before 2199-01-01T00:00:00Z", ERR_INPUT},
	};
	static const struct {
		const char *from, *to;
	} copies[] = {
		{"testdata/dates.crt", "dates.crt"},         {"testdata/dates.key", "dates.key"},
		{"testdata/future.crt", "future.crt"},       {"testdata/future.key", "future.key"},
		{"testdata/bad-encrypted.pem", "encrypted"},
	};
	int dirfd = test_dir(NULL);
	issue(dirfd, "a.test");
	issue(dirfd, "b.test");
	write_text(dirfd, "empty", "");
	append_file(dirfd, "ca.crt", "reverse.crt");
	append_file(dirfd, "a.test.crt", "reverse.crt");
	for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
		autoerr struct err err = {0};
		autobuf struct buf text = {0};
		CHECK_OK(file_read_at(AT_FDCWD, copies[i].from, 0, &text, &err), &err);
		write_text(dirfd, copies[i].to, buf_text(&text));
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct cert_pair pair = {0};
		CHECK(cert_pair_load(dirfd, cases[i].cert, cases[i].key, false, &pair, &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, cases[i].kind);
		CHECK(!pair.chain && !pair.key);
	}
	autoerr struct err err = {0};
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	CHECK_OK(cert_pair_load(dirfd, "dates.crt", "dates.key", true, &pair, &err), &err);
}

TEST(damaged_certificates_say_which)
{
	int dirfd = test_dir(NULL);
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	struct cert_chain *chain = NULL;
	issue(dirfd, "a.test");
	CHECK_OK(file_read_at(dirfd, "a.test.bundle.crt", 0, &text, &err), &err);
	CHECK(cert_chain_parse("x.crt", (struct str){text.ptr, text.len - 100}, &chain, &err) < 0);
	CHECK(text_starts(err_text(&err), "x.crt: certificate 2 is damaged: "));
	CHECK_INT(err.kind, ERR_INPUT);
}
