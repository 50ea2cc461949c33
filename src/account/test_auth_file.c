/* test_auth_file.c - docker_auth's file and htpasswd files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/auth_file.h"

#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

#define HASH "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"

static void put(int dir, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(dir, name, text, strlen(text), 0600, FILE_NO_SYNC, &err), &err);
}

static bool allows(const struct accounts *accounts, const char *account, const char *name,
		   const char *action)
{
	struct acl_question question = {
		.account = account, .type = "repository", .name = name, .service = "s"};
	return acl_allows(accounts, &question, action);
}

/* What the image of the seed renders: realm, service and rootcertbundle are its own. */
static const char of_the_seed[] =
	"server:\n"
	"  addr: \":5001\"\n"
	"token:\n"
	"  issuer: \"Auth service\"\n"
	"  expiration: 900\n"
	"  certificate: \"/srv/projects/registry/data/ssl/bundle.crt\"\n"
	"  key: \"/srv/projects/registry/data/ssl/bundle.key\"\n"
	"  rootcertbundle: \"/srv/projects/registry/data/ssl/bundle.crt\"\n"
	"  realm: \"https://registryh.docker.tld/authserver/auth\"\n"
	"  service: \"Docker registry\"\n"
	"users:\n"
	"  \"admin\":\n"
	"    password: \"" HASH "\"\n"
	"  \"readonly\":\n"
	"    password: \"" HASH "\"\n"
	"acl: [\n"
	"    {\n"
	"        \"actions\": [\n"
	"            \"*\"\n"
	"        ], \n"
	"        \"match\": {\n"
	"            \"account\": \"admin\"\n"
	"        }\n"
	"    }, \n"
	"    {\n"
	"        \"actions\": [\n"
	"            \"pull\"\n"
	"        ], \n"
	"        \"match\": {\n"
	"            \"account\": \"readonly\"\n"
	"        }\n"
	"    }\n"
	"]\n";

TEST(the_file_of_the_seed_is_read)
{
	int dir = test_dir(NULL);
	autoarena struct arena arena = {0};
	autostrlist struct strlist warnings = {0};
	autoerr struct err err = {0};
	struct auth_file file;

	put(dir, "auth.yml", of_the_seed);
	CHECK_OK(auth_file_read(&arena, dir, "auth.yml", false, &warnings, &file, &err), &err);
	CHECK_STR(file.addr, ":5001");
	CHECK_STR(file.issuer, "Auth service");
	CHECK_INT(file.expiration, 900);
	CHECK_STR(file.token_key, "/srv/projects/registry/data/ssl/bundle.key");
	CHECK(file.certificate == NULL && file.net == NULL);
	CHECK_INT(accounts_count(file.accounts), 2);
	CHECK(allows(file.accounts, "admin", "a/b", "push"));
	CHECK(allows(file.accounts, "readonly", "a/b", "pull"));
	CHECK(!allows(file.accounts, "readonly", "a/b", "push"));
	CHECK(!allows(file.accounts, "", "a/b", "pull"));
	auth_file_done(&file);
}

/* In the manner of docker_auth's reference.yml. */
static const char reference[] =
	"server:\n"
	"  addr: \":5001\"\n"
	"  net: tcp\n"
	"  path_prefix: /auth\n"
	"  certificate: server.pem\n"
	"  key: server.key\n"
	"  hsts: true\n"
	"  tls_min_version: TLS12\n"
	"  tls_curve_preferences: [P256, X25519, 24]\n"
	"  tls_cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
	"  real_ip_header: X-Forwarded-For\n"
	"  real_ip_pos: -2\n"
	"token:\n"
	"  issuer: Acme auth server\n"
	"  expiration: 900\n"
	"  disable_legacy_key_id: true\n"
	"users:\n"
	"  admin: {password: " HASH "}\n"
	"  0123: {password: " HASH ", labels: {group: [VIP], project: [alpha, 7]}}\n"
	"  \"\": {}\n"
	"acl:\n"
	"  - match: {ip: 127.0.0.0/8}\n"
	"    actions: [\"*\"]\n"
	"    comment: Allow everything from localhost\n"
	"  - match: {account: admin}\n"
	"    actions: ['*']\n"
	"  - match: {account: /.+/, name: '${account}/*'}\n"
	"    actions: [push, pull]\n"
	"  - match: {account: '/^(.+)@test.com$/', name: '${account:1}/*'}\n"
	"    actions: []\n"
	"  - match: {name: '${labels:project}/*'}\n"
	"    actions: [pull]\n"
	"  - match: {account: '', name: hello-world}\n"
	"    actions: [pull]\n";

TEST(the_reference_is_read)
{
	int dir = test_dir(NULL);
	autoarena struct arena arena = {0};
	autostrlist struct strlist warnings = {0};
	autoerr struct err err = {0};
	struct auth_file file;

	put(dir, "auth.yml", reference);
	CHECK_OK(auth_file_read(&arena, dir, "auth.yml", false, &warnings, &file, &err), &err);
	CHECK_STR(file.net, "tcp");
	CHECK_STR(file.path_prefix, "/auth");
	CHECK_STR(file.token_certificate, "server.pem");
	CHECK_STR(file.token_key, "server.key");
	CHECK_STR(file.tls_min_version, "1.2");
	CHECK_STR(file.tls_curves, "P-256:X25519:P-384");
	CHECK_STR(file.real_ip_header, "X-Forwarded-For");
	CHECK_INT(file.real_ip_pos, -2);
	CHECK(file.hsts && file.disable_legacy_key_id);
	CHECK(accounts_has_anonymous(file.accounts));
	CHECK(accounts_hash(file.accounts, "0123") != NULL); /* a key is text */
	CHECK(allows(file.accounts, "0123", "0123/x", "push"));
	CHECK(allows(file.accounts, "0123", "7/x", "pull"));
	CHECK(!allows(file.accounts, "0123", "beta/x", "pull"));
	CHECK(allows(file.accounts, "", "hello-world", "pull"));
	CHECK(!allows(file.accounts, "admin@test.com", "admin/x", "pull"));
	char *all = strlist_join(&warnings, "\n");
	CHECK(strstr(all, "auth.yml:10:22: 'tls_cipher_suites'") != NULL);
	CHECK(strstr(all, "matches anywhere") != NULL);
	free(all);
	auth_file_done(&file);
}

#define SERVER "server: {addr: ':1', certificate: a, key: b}\n"
#define TOKEN  "token: {issuer: i, expiration: 9}\n"
#define REST   "users: {}\nacl: []\n"

static const struct {
	const char *text, *fault;
	bool compat_too;
} mistakes[] = {
	{SERVER TOKEN REST, NULL, true},
	{"", "auth.yml:1:1: the file must be a map", true},
	{"[]", "the file must be a map", true},
	{TOKEN REST, "server.addr is required", true},
	{"server: {certificate: a, key: b}\n" TOKEN REST, ":1:1: server.addr is required", true},
	{"server: {addr: x, net: udp}\n" TOKEN REST, ":1:24: server.net is", true},
	{"server: {addr: x, path_prefix: a}\n" TOKEN REST, "must begin with '/'", true},
	{"server: {addr: x, key: b}\n" TOKEN REST, "go together", true},
	{"server: {addr: x, certificate: b}\n" TOKEN REST, "go together", true},
	{"server: {addr: x}\n" TOKEN REST, "neither token nor server", true},
	{"server: {addr: x, letsencrypt: {email: a}}\n" TOKEN REST,
	 ":1:19: 'letsencrypt' is not supported", true},
	{"server: {addr: x, hsts: 1}\n" TOKEN REST, "'hsts' must be true or false", true},
	{"server: {addr: x, real_ip_pos: a}\n" TOKEN REST, "must be an integer", true},
	{"server: {addr: x, certificate: a, key: b, tls_min_version: TLS9}\n" TOKEN REST,
	 "none of TLS10", true},
	{"server: {addr: x, certificate: a, key: b, tls_min_version: TLS13, "
	 "tls_cipher_suites: [a]}\n" TOKEN REST,
	 "cannot be chosen with TLS13", true},
	{"server: {addr: x, certificate: a, key: b, tls_min_version: 772}\n" TOKEN REST, NULL,
	 true},
	{"server: {addr: x, certificate: a, key: b, tls_curve_preferences: [P1]}\n" TOKEN REST,
	 "none of P256", true},
	{"server: {addr: x, certificate: a, key: b, tls_curve_preferences: P256}\n" TOKEN REST,
	 "must be a list", true},
	{"server: []\n" TOKEN REST, "server must be a map", true},
	{SERVER REST, "token.issuer is required", true},
	{SERVER "token: {expiration: 9}\n" REST, ":2:1: token.issuer is required", true},
	{SERVER "token: {issuer: i}\n" REST, "token.expiration is required", true},
	{SERVER "token: {issuer: i, expiration: 0}\n" REST, ":2:32: token.expiration", true},
	{SERVER "token: {issuer: i, expiration: -5}\n" REST, "token.expiration", true},
	{SERVER "token: {issuer: i, expiration: 9, key: a}\n" REST, "go together", true},
	{SERVER TOKEN "acl: []\n", "there are no users", true},
	{SERVER TOKEN "users:\nacl: []\n", "there are no users", true},
	{SERVER TOKEN "users: {}\n", "there is no acl", true},
	{SERVER TOKEN REST "ldap_auth: {addr: x}\n", ":5:1: 'ldap_auth' is not supported", true},
	{SERVER TOKEN REST "ext_auth:\n", "'ext_auth' is not supported", true},
	{SERVER TOKEN REST "casbin_authz: {}\n", "'casbin_authz' is not supported", true},
	{SERVER TOKEN REST "tokens: {}\n",
	 ":5:1: unknown key 'tokens' of the file, did you mean 'token'?", false},
	{"server: {addr: x, certificate: a, key: b, hst: true}\n" TOKEN REST,
	 "unknown key 'hst' of server, did you mean 'hsts'?", false},
	{SERVER "token: {issuer: i, expiration: 9, isuer: a}\n" REST,
	 "unknown key 'isuer' of token", false},
	{SERVER TOKEN "acl: []\nusers: {a: {}}\n", ":4:12: the user 'a' has no password", false},
	{SERVER TOKEN "users: {}\nacl: []\nacl: []\n", "there twice", true},
	{SERVER TOKEN "users: {}\nacl:\n- match: {acount: a}\n  actions: []\n",
	 ":5:11: unknown key 'acount' of a match, did you mean 'account'?", false},
	{SERVER TOKEN "users: {}\nacl:\n- match: {account: '/a\\1/'}\n  actions: []\n",
	 ":5:20: the pattern", true},
};

TEST(mistakes_stop_the_start_with_their_place)
{
	int dir = test_dir(NULL);

	for (size_t i = 0; i < 2 * ARRAY_LEN(mistakes); i++) {
		autoarena struct arena arena = {0};
		autoerr struct err err = {0};
		struct auth_file file = {0};
		bool compat = i % 2;
		const char *fault = mistakes[i / 2].fault;
		put(dir, "auth.yml", mistakes[i / 2].text);
		if (compat && !mistakes[i / 2].compat_too)
			fault = NULL;
		int result = auth_file_read(&arena, dir, "auth.yml", compat, NULL, &file, &err);
		if (!fault)
			CHECK_OK(result, &err);
		else if (result == 0 || !strstr(err_text(&err), fault))
			test_fail(__FILE__, __LINE__, "%s: '%s', not '%s'", mistakes[i / 2].text,
				  err_text(&err), fault);
		auth_file_done(&file);
	}
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct auth_file file = {0};
	CHECK(auth_file_read(&arena, dir, "none.yml", false, NULL, &file, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(htpasswd_files_are_read_when_they_are_bcrypt)
{
	static const struct {
		const char *text, *fault;
		size_t n;
	} cases[] = {
		{"", NULL, 0},
		{"# comment\n\na:" HASH "\r\nb:" HASH, NULL, 2},
		{"a:" HASH "\na:" HASH "\n", "htpasswd:2:1: the user 'a' is there twice", 0},
		{"a\n", "htpasswd:1:1: the line is not NAME:HASH", 0},
		{":" HASH "\n", "not NAME:HASH", 0},
		{"\na:$apr1$x$y\n", "htpasswd:2:1: the password of 'a' is Apache's MD5, not bcrypt",
		 0},
		{"a:{SHA}x=\n", "is SHA-1, not bcrypt", 0},
		{"a:secret\n", "is no hash, or an old one, not bcrypt", 0},
		{"a:" HASH "x\n", "not bcrypt", 0},
	};
	int dir = test_dir(NULL);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autoaccounts struct accounts *accounts = NULL;
		autoerr struct err err = {0};
		struct node *users = NULL;
		put(dir, "htpasswd", cases[i].text);
		int result = htpasswd_read(&arena, dir, "htpasswd", &users, &err);
		if (cases[i].fault) {
			CHECK(result < 0);
			CHECK(!strstr(err_text(&err), "secret"));
			if (!strstr(err_text(&err), cases[i].fault))
				CHECK_STR(err_text(&err), cases[i].fault);
			continue;
		}
		CHECK_OK(result, &err);
		struct accounts_options options = {.users = users};
		CHECK_OK(accounts_new(&options, &accounts, &err), &err);
		CHECK_INT(accounts_count(accounts), cases[i].n);
		if (cases[i].n)
			CHECK_STR(accounts_hash(accounts, "b"), HASH);
	}
}
