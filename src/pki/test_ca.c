/* test_ca.c - certificates that others accept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/ca.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "pki/cert.h"
#include "testing/test.h"

static void issue(int dirfd, const char *names_text, const struct ca_options *options)
{
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	strlist_split(&names, str_of(names_text), ' ');
	CHECK_OK(ca_issue(dirfd, &names, options, &err), &err);
}

static void read_text(int dirfd, const char *name, struct buf *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(dirfd, name, 0, text, &err), &err);
}

TEST(issued_pairs_load_and_verify)
{
	for (enum key_type type = KEY_RSA; type <= KEY_ED25519; type++) {
		int dirfd = test_dir(NULL);
		autoerr struct err err = {0};
		cleanup(cert_pair_done) struct cert_pair pair = {0}, authority = {0};
		autostrlist struct strlist names = {0};
		int64_t now = clock_now_ns() / NS_PER_SEC;

		issue(dirfd, "registry.test *.registry.test 127.0.0.1 ::1",
		      &(struct ca_options){.type = type, .days = 10});
		CHECK_OK(cert_pair_load(dirfd, "registry.test.bundle.crt", "registry.test.key",
					false, &pair, &err),
			 &err);
		CHECK_OK(cert_pair_load(dirfd, "ca.crt", "ca.key", false, &authority, &err), &err);
		CHECK_INT(key_type_of(pair.key), type);
		CHECK_INT(cert_chain_length(pair.chain), 2);
		cert_chain_names(pair.chain, &names);
		autofree char *text = strlist_join(&names, " ");
		CHECK_STR(text, "registry.test *.registry.test 127.0.0.1 ::1");
		int64_t left = cert_chain_not_after(pair.chain, 0) - now;
		CHECK(left >= 864000 && left < 864000 + 60);
		CHECK_OK(cert_chain_verify(pair.chain, authority.chain, now, &err), &err);
	}
}

TEST(openssl_accepts_what_is_issued)
{
	const char *dir;
	int dirfd = test_dir(&dir);
	issue(dirfd, "registry.test 10.0.0.1", &(struct ca_options){.type = KEY_P256});
	autofree char *command = xasprintf(
		"cd '%s' && openssl verify -x509_strict -purpose sslserver -verify_hostname "
		"registry.test -CAfile ca.crt registry.test.crt && "
		"openssl verify -x509_strict -purpose sslserver -verify_ip 10.0.0.1 -CAfile ca.crt "
		"registry.test.crt && "
		"! openssl verify -verify_hostname other.test -CAfile ca.crt registry.test.crt",
		dir);
	autofree char *quiet = xasprintf("{ %s; } >/dev/null 2>&1", command);
	if (system("command -v openssl >/dev/null") != 0) /* NOLINT(bugprone-command-processor) */
		test_skip("needs the program openssl");
	CHECK_INT(system(quiet), 0);
}

TEST(keys_are_for_their_owner_alone)
{
	int dirfd = test_dir(NULL);
	struct stat st;
	issue(dirfd, "registry.test", &(struct ca_options){.type = KEY_P256});
	CHECK(fstatat(dirfd, "ca.key", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK(fstatat(dirfd, "registry.test.key", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK(fstatat(dirfd, "registry.test.crt", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0644);
}

/* Issues twice; true when the second run left the certificate alone. */
static bool is_kept(const char *names, const struct ca_options *options, const char *names_later,
		    const struct ca_options *options_later)
{
	int dirfd = test_dir(NULL);
	autobuf struct buf first = {0}, second = {0}, ca = {0}, ca_later = {0};
	issue(dirfd, names, options);
	read_text(dirfd, "a.test.crt", &first);
	read_text(dirfd, "ca.crt", &ca);
	issue(dirfd, names_later, options_later);
	read_text(dirfd, "a.test.crt", &second);
	read_text(dirfd, "ca.crt", &ca_later);
	CHECK_STR(buf_text(&ca), buf_text(&ca_later));
	return str_eq(buf_str(&first), buf_str(&second));
}

TEST(good_certificates_are_left_alone)
{
	struct ca_options p256 = {.type = KEY_P256}, p384 = {.type = KEY_P384};
	CHECK(is_kept("a.test", &p256, "a.test", &p256));
	CHECK(is_kept("a.test b.test ::1", &p256, "a.test 0:0::1 b.test", &p256));
	CHECK(!is_kept("a.test", &p256, "a.test b.test", &p256));
	CHECK(!is_kept("a.test b.test", &p256, "a.test", &p256));
	CHECK(!is_kept("a.test", &p256, "a.test", &p384));
}

TEST(what_is_missing_is_made_again)
{
	static const char *const lost[] = {"a.test.crt", "a.test.key", "a.test.bundle.crt",
					   "ca.crt"};
	struct ca_options options = {.type = KEY_P256};
	for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
		int dirfd = test_dir(NULL);
		autoerr struct err err = {0};
		cleanup(cert_pair_done) struct cert_pair pair = {0}, authority = {0};
		issue(dirfd, "a.test", &options);
		CHECK(unlinkat(dirfd, lost[i], 0) == 0);
		issue(dirfd, "a.test", &options);
		CHECK_OK(cert_pair_load(dirfd, "a.test.bundle.crt", "a.test.key", false, &pair,
					&err),
			 &err);
		CHECK_OK(cert_pair_load(dirfd, "ca.crt", "ca.key", false, &authority, &err), &err);
		CHECK_OK(cert_chain_verify(pair.chain, authority.chain, clock_now_ns() / NS_PER_SEC,
					   &err),
			 &err);
	}
}

TEST(an_authority_without_its_key_is_not_replaced)
{
	int dirfd = test_dir(NULL);
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	struct ca_options options = {.type = KEY_P256};
	issue(dirfd, "a.test", &options);
	CHECK(unlinkat(dirfd, "ca.key", 0) == 0);
	strlist_add(&names, "b.test");
	CHECK(ca_issue(dirfd, &names, &options, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(text_starts(err_text(&err), "the authority: opening './ca.key': "));
}

TEST(wild_names_have_tame_files)
{
	int dirfd = test_dir(NULL);
	struct stat st;
	issue(dirfd, "*.a.test", &(struct ca_options){.type = KEY_P256});
	CHECK(fstatat(dirfd, "_.a.test.crt", &st, 0) == 0);
}

TEST(names_that_could_be_paths_are_refused)
{
	static const char *const cases[] = {"",    "/etc/x",  "../x",    ".x", "a/b",
					    "a b", "a..b",    "*",       "*.", "a*.b",
					    "ca",  "a,DNS:b", "a\nDNS:b"};
	int dirfd = test_dir(NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autostrlist struct strlist names = {0};
		strlist_add(&names, cases[i]);
		CHECK(ca_issue(dirfd, &names, &(struct ca_options){.type = KEY_P256}, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
	}
	autoerr struct err err = {0};
	CHECK(ca_issue(dirfd, &(struct strlist){0}, &(struct ca_options){.type = KEY_P256}, &err) <
	      0);
	CHECK_STR(err_text(&err), "a certificate needs a name");
}
