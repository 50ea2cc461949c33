/* test_token.c - tokens made, believed and refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/token.h"

#include <fcntl.h>

#include "account/limits.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "doc/json.h"
#include "pki/ca.h"
#include "pki/jws.h"
#include "testing/test.h"

#include "base/banned.h"

#define HASH  "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"
#define OTHER "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jD"

struct fixture {
	struct key *key;
	struct token_issuer *issuer;
	struct token_verifier *verifier;
};

static struct fixture fixture_new(enum key_type type, enum key_id_style style)
{
	struct fixture fixture = {0};
	autoerr struct err err = {0};

	CHECK_OK(key_generate(type, 2048, &fixture.key, &err), &err);
	struct token_options options = {.issuer = "Issuer \"1\"",
					.service = "registry.example",
					.expiration_s = 900,
					.key = fixture.key,
					.key_id = style};
	CHECK_OK(token_issuer_new(&options, &fixture.issuer, &err), &err);
	struct token_trust trust = {.issuer = options.issuer,
				    .service = options.service,
				    .keys = &fixture.key,
				    .n_keys = 1};
	CHECK_OK(token_verifier_new(&trust, 1, &fixture.verifier, &err), &err);
	return fixture;
}

static void fixture_done(struct fixture *fixture)
{
	token_issuer_free(fixture->issuer);
	token_verifier_free(fixture->verifier);
	key_unref(fixture->key);
}

static int64_t now_s(void)
{
	return clock_now_ns() / NS_PER_SEC;
}

static void issue(const struct fixture *fixture, const char *scopes, struct token_text *ret_token)
{
	autoaccess struct access_vec accesses = {0};
	autoerr struct err err = {0};

	CHECK_OK(scope_parse_all(str_of(scopes), &accesses, &err), &err);
	CHECK_OK(token_issue(fixture->issuer, "alice", NULL, &accesses, ret_token, &err), &err);
}

TEST(a_token_has_the_claims_of_docker_auth)
{
	struct fixture fixture = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	struct token_text token;
	autoarena struct arena arena = {0};
	autobuf struct buf json = {0};
	autoerr struct err err = {0};
	struct jws jws;
	char id[KEY_ID_MAX];
	int64_t before = now_s();

	issue(&fixture, "repository:a:push,pull registry:catalog:*", &token);
	CHECK_OK(jws_parse(&arena, buf_str(&token.text), &jws, &err), &err);
	key_id_libtrust(fixture.key, id);
	autofree char *header = xasprintf("{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"%s\"}", id);
	json_write(&json, jws.header, JSON_COMPACT);
	CHECK_STR(buf_text(&json), header);

	CHECK_STR(node_get_text(jws.payload, "iss"), "Issuer \"1\"");
	CHECK_STR(node_get_text(jws.payload, "sub"), "alice");
	CHECK_STR(node_get_text(jws.payload, "aud"), "registry.example");
	int64_t issued_at = node_get_int(jws.payload, "iat", 0);
	CHECK(issued_at >= before && issued_at <= now_s() && issued_at == token.issued_at);
	CHECK_INT(node_get_int(jws.payload, "exp", 0), issued_at + 900);
	CHECK_INT(node_get_int(jws.payload, "nbf", 0), issued_at - 10);
	CHECK_INT(token.expires_in, 900);
	uint64_t number;
	CHECK(str_to_u64(str_of(node_get_text(jws.payload, "jti")), &number));
	CHECK(number <= INT64_MAX);
	buf_truncate(&json, 0);
	json_write(&json, node_get(jws.payload, "access"), JSON_COMPACT);
	CHECK_STR(buf_text(&json),
		  "[{\"type\":\"repository\",\"name\":\"a\",\"actions\":[\"pull\",\"push\"]},"
		  "{\"type\":\"registry\",\"name\":\"catalog\",\"actions\":[\"*\"]}]");
	buf_done(&token.text);
	fixture_done(&fixture);
}

TEST(tokens_of_all_keys_and_styles_are_believed)
{
	static const enum key_type types[] = {KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519};

	for (size_t i = 0; i < 2 * ARRAY_LEN(types); i++) {
		struct fixture fixture =
			fixture_new(types[i / 2], i % 2 ? KEY_ID_THUMBPRINT : KEY_ID_LIBTRUST);
		struct token_text token;
		struct subject subject;
		autobuf struct buf scopes = {0};
		autoerr struct err err = {0};

		issue(&fixture, "repository:h:5/a:pull", &token);
		CHECK_OK(token_verify(fixture.verifier, buf_str(&token.text), now_s(), &subject,
				      &err),
			 &err);
		CHECK_STR(subject.account, "alice");
		CHECK_INT(subject.expires_at, token.issued_at + 900);
		access_vec_text(&subject.accesses, &scopes);
		CHECK_STR(buf_text(&scopes), "repository:h:5/a:pull");
		subject_done(&subject);
		buf_done(&token.text);
		fixture_done(&fixture);
	}
}

/* A token of the fixture's key with a header and claims of the test's. */
static void sign(const struct key *key, const char *header, const char *claims, struct buf *text)
{
	autoerr struct err err = {0};
	CHECK_OK(jws_sign(key, str_of(header), str_of(claims), text, &err), &err);
}

static void check_verify(const struct token_verifier *verifier, struct str text, int64_t now,
			 const char *fault)
{
	struct subject subject = {0};
	autoerr struct err err = {0};
	int result = token_verify(verifier, text, now, &subject, &err);

	if (!fault) {
		CHECK_OK(result, &err);
		subject_done(&subject);
		return;
	}
	CHECK(result < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	if (!strstr(err_text(&err), fault))
		CHECK_STR(err_text(&err), fault);
	CHECK(subject.account == NULL);
}

#define WHO "\"iss\":\"Issuer \\\"1\\\"\",\"aud\":\"registry.example\",\"sub\":\"a\""

TEST(claims_decide)
{
	static const struct {
		const char *claims, *fault;
	} cases[] = {
		{"{" WHO ",\"exp\":2000}", NULL},
		{"{" WHO ",\"exp\":1000}", NULL},
		{"{" WHO ",\"exp\":941}", NULL}, /* 60 s */
		{"{" WHO ",\"exp\":940}", "expired 60 seconds ago"},
		{"{" WHO ",\"exp\":2000.5}", NULL},
		{"{" WHO ",\"exp\":-9223372036854775807}", "expired"},
		{"{" WHO ",\"exp\":9223372036854775807}", NULL},
		{"{" WHO ",\"exp\":\"2000\"}", "when it expires"},
		{"{" WHO ",\"exp\":1e300}", "when it expires"},
		{"{" WHO "}", "when it expires"},
		{"{" WHO ",\"exp\":2000,\"nbf\":1060}", NULL},
		{"{" WHO ",\"exp\":2000,\"nbf\":1061}", "not valid yet"},
		{"{" WHO ",\"exp\":2000,\"nbf\":\"x\"}", "no time"},
		{"{\"iss\":\"Issuer \\\"1\\\"\",\"aud\":[\"x\",\"registry.example\"],\"exp\":2000}",
		 NULL},
		{"{\"iss\":\"Issuer \\\"1\\\"\",\"aud\":[\"x\",1],\"exp\":2000}",
		 "another service"},
		{"{\"iss\":\"Issuer \\\"1\\\"\",\"aud\":\"x\",\"exp\":2000}", "another service"},
		{"{\"iss\":\"Issuer \\\"1\\\"\",\"aud\":{},\"exp\":2000}", "another service"},
		{"{\"iss\":\"Issuer \\\"1\\\"\",\"exp\":2000}", "another service"},
		{"{\"iss\":\"other\",\"aud\":\"registry.example\",\"exp\":2000}", "not trusted"},
		{"{\"aud\":\"registry.example\",\"exp\":2000}", "not trusted"},
		{"{" WHO ",\"exp\":2000,\"access\":null}", NULL},
		{"{" WHO ",\"exp\":2000,\"access\":{}}", "access claim"},
		{"{" WHO ",\"exp\":2000,\"access\":[{}]}", "access claim"},
	};
	struct fixture fixture = fixture_new(KEY_P256, KEY_ID_LIBTRUST);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		sign(fixture.key, "{\"alg\":\"ES256\"}", cases[i].claims, &text);
		check_verify(fixture.verifier, buf_str(&text), 1000, cases[i].fault);
	}
	fixture_done(&fixture);
}

#define CLAIMS "{" WHO ",\"exp\":2000}"

static char *header_with(const char *name, const struct node *value)
{
	autobuf struct buf json = {0};
	buf_printf(&json, "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"%s\":", name);
	json_write(&json, value, JSON_COMPACT);
	buf_putc(&json, '}');
	return buf_steal(&json);
}

TEST(headers_find_the_key_but_are_not_believed)
{
	struct fixture fixture = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	struct fixture stranger = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	char ours[KEY_ID_MAX];
	key_id_thumbprint(fixture.key, ours);
	autofree char *known = xasprintf("{\"alg\":\"ES256\",\"kid\":\"%s\"}", ours);
	const struct {
		const char *header;
		const struct key *key;
		const char *fault;
	} cases[] = {
		{"{\"typ\":\"JWT\",\"alg\":\"ES256\"}", fixture.key, NULL},
		{"{\"typ\":\"jwt\",\"alg\":\"ES256\"}", fixture.key, NULL},
		{"{\"typ\":\"at+jwt\",\"alg\":\"ES256\"}", fixture.key, NULL},
		{"{\"typ\":\"x\",\"alg\":\"ES256\"}", fixture.key, "another type"},
		{"{\"typ\":1,\"alg\":\"ES256\"}", fixture.key, "another type"},
		{known, fixture.key, NULL},
		{known, stranger.key, "no key that is trusted"},
		{"{\"alg\":\"ES256\",\"kid\":\"strange\"}", fixture.key, NULL},
		{"{\"alg\":\"ES256\",\"kid\":\"strange\"}", stranger.key, "no key that is trusted"},
		{"{\"alg\":\"ES256\"}", stranger.key, "no key that is trusted"},
		{"{\"alg\":\"ES256\",\"x5c\":[]}", fixture.key, "no key that is trusted"},
		{"{\"alg\":\"ES256\",\"jwk\":{}}", fixture.key, "no key that is trusted"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		sign(cases[i].key, cases[i].header, CLAIMS, &text);
		check_verify(fixture.verifier, buf_str(&text), 1000, cases[i].fault);
	}
	check_verify(fixture.verifier, STR(""), 1000, "the token");
	check_verify(fixture.verifier, STR("a.b.c"), 1000, "the token");
	check_verify(fixture.verifier, STR("eyJhbGciOiJub25lIn0.e30."), 1000, "not accepted");
	fixture_done(&fixture);
	fixture_done(&stranger);
}

TEST(any_changed_digit_of_a_token_is_noticed)
{
	struct fixture fixture = fixture_new(KEY_ED25519, KEY_ID_LIBTRUST);
	struct token_text token;

	issue(&fixture, "repository:a:pull", &token);
	for (size_t i = 0; i < token.text.len; i++) {
		struct subject subject;
		autoerr struct err err = {0};
		char before = token.text.ptr[i];
		token.text.ptr[i] = before == 'A' ? 'Q' : 'A';
		CHECK(token_verify(fixture.verifier, buf_str(&token.text), now_s(), &subject,
				   &err) < 0);
		token.text.ptr[i] = before;
	}
	buf_done(&token.text);
	fixture_done(&fixture);
}

static struct cert_pair pair_new(int dirfd, const char *name)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	struct ca_options options = {.type = KEY_P256};
	struct cert_pair pair;

	strlist_add(&names, name);
	CHECK_OK(ca_issue(dirfd, &names, &options, &err), &err);
	autofree char *cert = xasprintf("%s.crt", name), *key = xasprintf("%s.key", name);
	CHECK_OK(cert_pair_load(dirfd, cert, key, false, &pair, &err), &err);
	return pair;
}

static struct cert_chain *chain_read(int dirfd, const char *name)
{
	autobuf struct buf pem = {0};
	autoerr struct err err = {0};
	struct cert_chain *chain = NULL;
	CHECK_OK(file_read_at(dirfd, name, 0, &pem, &err), &err);
	CHECK_OK(cert_chain_parse(name, buf_str(&pem), &chain, &err), &err);
	return chain;
}

TEST(chains_are_believed_up_to_trusted_roots)
{
	int ours = test_dir(NULL), theirs = test_dir(NULL);
	struct cert_pair good = pair_new(ours, "good.example");
	struct cert_pair bad = pair_new(theirs, "bad.example");
	autochain struct cert_chain *roots = chain_read(ours, "ca.crt");
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct token_verifier *by_roots = NULL, *by_key = NULL;
	struct token_trust trust = {
		.issuer = "Issuer \"1\"", .service = "registry.example", .roots = roots};
	struct token_trust keyed = {.issuer = "Issuer \"1\"",
				    .service = "registry.example",
				    .keys = &good.key,
				    .n_keys = 1};
	CHECK_OK(token_verifier_new(&trust, 1, &by_roots, &err), &err);
	CHECK_OK(token_verifier_new(&keyed, 1, &by_key, &err), &err);
	cert_chain_free(steal(&roots)); /* the verifier has its own */

	autofree char *good_header = header_with("x5c", cert_chain_x5c(&arena, good.chain));
	autofree char *bad_header = header_with("x5c", cert_chain_x5c(&arena, bad.chain));
	int64_t now = now_s();
	autofree char *claims = xasprintf("{" WHO ",\"exp\":%lld}", (long long)now + 60);
	autobuf struct buf text = {0};

	sign(good.key, good_header, claims, &text);
	check_verify(by_roots, buf_str(&text), now, NULL);
	check_verify(by_key, buf_str(&text), now, NULL);
	sign(bad.key, good_header, claims, &text); /* somebody else's certificate */
	check_verify(by_roots, buf_str(&text), now, "no key that is trusted");
	sign(bad.key, bad_header, claims, &text);
	check_verify(by_roots, buf_str(&text), now, "no key that is trusted");
	check_verify(by_key, buf_str(&text), now, "no key that is trusted");
	sign(good.key, "{\"alg\":\"ES256\"}", claims, &text); /* no chain, no key */
	check_verify(by_roots, buf_str(&text), now, "no key that is trusted");

	token_verifier_free(by_roots);
	token_verifier_free(by_key);
	cert_pair_done(&good);
	cert_pair_done(&bad);
}

TEST(an_issuer_with_a_chain_sends_it)
{
	int dir = test_dir(NULL);
	struct cert_pair pair = pair_new(dir, "token.example");
	autoerr struct err err = {0};
	struct token_issuer *issuer;
	struct access_vec none = {0};
	struct token_text token;
	autoarena struct arena arena = {0};
	struct jws jws;
	struct token_options options = {.issuer = "i",
					.service = "s",
					.expiration_s = 60,
					.key = pair.key,
					.chain = pair.chain};

	CHECK_OK(token_issuer_new(&options, &issuer, &err), &err);
	CHECK_OK(token_issue(issuer, "", NULL, &none, &token, &err), &err);
	CHECK_OK(jws_parse(&arena, buf_str(&token.text), &jws, &err), &err);
	const struct node *x5c = node_get(jws.header, "x5c");
	CHECK(x5c && x5c->kind == NODE_LIST);
	CHECK_INT(x5c->children.n, cert_chain_length(pair.chain));
	CHECK_STR(node_get_text(jws.payload, "sub"), "");
	buf_done(&token.text);
	token_issuer_free(issuer);
	cert_pair_done(&pair);
}

static struct accounts *accounts_with(const char *users)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct accounts *accounts = NULL;
	struct node *node;
	CHECK_OK(json_parse(&arena, "users", str_of(users), &node, &err), &err);
	struct accounts_options options = {.users = node};
	CHECK_OK(accounts_new(&options, &accounts, &err), &err);
	return accounts;
}

static void check_refresh(const struct fixture *fixture, struct str text, const char *service,
			  const char *users, const char *fault)
{
	autoaccounts struct accounts *accounts = accounts_with(users);
	autofree char *account = NULL;
	autoerr struct err err = {0};
	int result = refresh_check(fixture->issuer, text, service, accounts, &account, &err);

	if (!fault) {
		CHECK_OK(result, &err);
		CHECK_STR(account, "alice");
		return;
	}
	CHECK(result < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	if (!strstr(err_text(&err), fault))
		CHECK_STR(err_text(&err), fault);
}

#define ALICE "{\"alice\":{\"password\":\"" HASH "\"}}"

TEST(a_refresh_token_dies_with_the_password)
{
	struct fixture fixture = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	struct fixture stranger = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	autobuf struct buf text = {0}, foreign = {0};
	autoerr struct err err = {0};

	CHECK_OK(refresh_issue(fixture.issuer, "alice", NULL, HASH, &text, &err), &err);
	check_refresh(&fixture, buf_str(&text), NULL, ALICE, NULL);
	check_refresh(&fixture, buf_str(&text), "registry.example", ALICE, NULL);
	check_refresh(&fixture, buf_str(&text), "other", ALICE, "another service");
	check_refresh(&fixture, buf_str(&text), NULL, "{}", "user is gone");
	check_refresh(&fixture, buf_str(&text), NULL, "{\"alice\":{\"password\":\"" OTHER "\"}}",
		      "another password");
	check_refresh(&stranger, buf_str(&text), NULL, ALICE, "the refresh token");
	CHECK_OK(refresh_issue(stranger.issuer, "alice", NULL, HASH, &foreign, &err), &err);
	check_refresh(&fixture, buf_str(&foreign), NULL, ALICE, "the refresh token");
	check_refresh(&fixture, STR("x"), NULL, ALICE, "the refresh token");
	CHECK(!strstr(buf_text(&text), HASH));
	fixture_done(&fixture);
	fixture_done(&stranger);
}

TEST(one_kind_of_token_is_never_taken_for_the_other)
{
	struct fixture fixture = fixture_new(KEY_P256, KEY_ID_LIBTRUST);
	autobuf struct buf refresh = {0};
	autoerr struct err err = {0};
	struct token_text token;

	CHECK_OK(refresh_issue(fixture.issuer, "alice", NULL, HASH, &refresh, &err), &err);
	check_verify(fixture.verifier, buf_str(&refresh), now_s(), "another type");
	issue(&fixture, "", &token);
	check_refresh(&fixture, buf_str(&token.text), NULL, ALICE, "no refresh token");
	/* Not even by the service's name. */
	buf_done(&token.text);
	struct access_vec none = {0};
	CHECK_OK(token_issue(fixture.issuer, "alice", "refresh:registry.example", &none, &token,
			     &err),
		 &err);
	check_refresh(&fixture, buf_str(&token.text), NULL, ALICE, "no refresh token");
	buf_done(&token.text);
	fixture_done(&fixture);
}

TEST(issuers_that_cannot_work_are_refused)
{
	autoerr struct err err = {0};
	autokey struct key *key = NULL;
	struct token_issuer *issuer = NULL;

	CHECK_OK(key_generate(KEY_P256, 0, &key, &err), &err);
	struct token_options options = {.issuer = "i", .service = "s", .key = key};
	CHECK(token_issuer_new(&options, &issuer, &err) < 0);
	err_clear(&err);
	options.expiration_s = INT64_MAX;
	CHECK(token_issuer_new(&options, &issuer, &err) < 0);
	err_clear(&err);
	options.expiration_s = 60;
	options.issuer = "";
	CHECK(token_issuer_new(&options, &issuer, &err) < 0);
	err_clear(&err);
	struct token_verifier *verifier = NULL;
	struct token_trust nothing = {.issuer = "i", .service = "s"};
	CHECK(token_verifier_new(&nothing, 1, &verifier, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
}
