/* test_config.c - files of both formats: what is read, what is told, what is refused.
 * SPDX-License-Identifier: Apache-2.0
 *
 * testdata/good-*.yml load, with the lines of .warnings beside; testdata/bad-*.yml are refused
 * with the line of .err, where "*" stands for words of other modules. */
#include "service/config.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/io.h"
#include "pki/ca.h"
#include "testing/test.h"

#include "base/banned.h"

#define HASH "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"
#define HOUR (3600 * NS_PER_SEC)

static void put(int dirfd, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(dirfd, name, text, strlen(text), 0600, FILE_NO_SYNC, &err), &err);
}

static void copy(int dirfd, const char *from, const char *name)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(AT_FDCWD, from, 0, &text, &err), &err);
	put(dirfd, name, buf_text(&text));
}

/* A directory with what the files of testdata name. */
static int fixture(const char **ret_path)
{
	int dirfd = test_dir(ret_path);
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	struct ca_options options = {.type = KEY_P256};

	strlist_add(&names, "localhost");
	CHECK_OK(ca_issue(dirfd, &names, &options, &err), &err);
	copy(dirfd, "../pki/testdata/dates.crt", "dates.crt");
	copy(dirfd, "../pki/testdata/dates.key", "dates.key");
	CHECK_OK(dir_make_all(dirfd, "etc", 0700, &err), &err);
	put(dirfd, "htpasswd", "alice:" HASH "\n");
	put(dirfd, "auth.yml",
	    "server: {addr: ':5001', certificate: localhost.crt, key: localhost.key,\n"
	    "         path_prefix: /authserver, real_ip_header: X-Real-IP, real_ip_pos: -2,\n"
	    "         tls_min_version: TLS13, tls_curve_preferences: [P256],\n"
	    "         hsts: true}\n"
	    "token: {issuer: Acme, expiration: 600, disable_legacy_key_id: true}\n"
	    "users:\n  alice: {password: '" HASH "'}\n"
	    "acl: [{match: {account: alice, type: '*'}, actions: ['*']}]\n");
	return dirfd;
}

/* The text with the fixture's directory taken out. */
static char *without_dir(const char *text, const char *dir, const char *instead)
{
	autobuf struct buf out = {0};
	size_t len = strlen(dir);

	while (*text) {
		if (strncmp(text, dir, len) == 0 && (instead[0] || text[len] == '/')) {
			buf_puts(&out, instead);
			text += len + !instead[0];
			continue;
		}
		buf_putc(&out, *text++);
	}
	return xstrdup(buf_text(&out));
}

static int parse_as(const char *dir, const char *name, const char *text, char *const *env,
		    struct registry_config *ret_config, struct err *err)
{
	autofree char *path = path_join(dir, name);
	return registry_config_parse(path, str_of(text), env, ret_config, err);
}

static int parse_file(const char *dir, const char *name, struct registry_config *ret_config,
		      struct err *err)
{
	autofree char *from = path_join("testdata", name);
	autobuf struct buf text = {0};
	autoerr struct err read_err = {0};

	CHECK_OK(file_read_at(AT_FDCWD, from, 0, &text, &read_err), &read_err);
	return parse_as(dir, name, buf_text(&text), NULL, ret_config, err);
}

/* "NAME.SUFFIX" of testdata; "" when there is none. */
static char *expected(const char *name, const char *suffix)
{
	autofree char *path = xasprintf("testdata/%s.%s", name, suffix);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	if (file_read_at(AT_FDCWD, path, 0, &text, &err))
		return xstrdup("");
	return xstrdup(buf_text(&text));
}

static void names_of(const char *prefix, struct strlist *names)
{
	autostrlist struct strlist all = {0};
	autoerr struct err err = {0};

	CHECK_OK(dir_list(AT_FDCWD, "testdata", &all, &err), &err);
	for (size_t i = 0; i < all.n; i++)
		if (text_starts(all.items[i], prefix) && text_ends(all.items[i], ".yml"))
			strlist_add(names, all.items[i]);
	CHECK(names->n > 0);
}

TEST(good_files_load_with_their_warnings)
{
	const char *dir = NULL;
	autostrlist struct strlist names = {0};

	fixture(&dir);
	names_of("good-", &names);
	for (size_t i = 0; i < names.n; i++) {
		autoconfig struct registry_config config = {0};
		autoerr struct err err = {0};
		autofree char *want = expected(names.items[i], "warnings");
		autobuf struct buf got = {0};

		if (parse_file(dir, names.items[i], &config, &err))
			test_fail(__FILE__, __LINE__, "%s: %s", names.items[i], err_text(&err));
		for (size_t k = 0; k < config.warnings.n; k++) {
			autofree char *line = without_dir(config.warnings.items[k], dir, "");
			buf_printf(&got, "%s\n", line);
		}
		autofree char *full = without_dir(want, "DIR", dir);
		autofree char *shown = without_dir(full, dir, "");
		CHECK_STR(buf_text(&got), shown);
	}
}

TEST(bad_files_are_refused_with_their_place)
{
	const char *dir = NULL;
	autostrlist struct strlist names = {0};
	autobuf struct buf wrong = {0};

	fixture(&dir);
	names_of("bad-", &names);
	for (size_t i = 0; i < names.n; i++) {
		autoconfig struct registry_config config = {0};
		autoerr struct err err = {0};
		autofree char *want = expected(names.items[i], "err");

		CHECK(parse_file(dir, names.items[i], &config, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		autofree char *got = without_dir(err_text(&err), dir, "");
		want[strcspn(want, "\n")] = '\0';
		if (strchr(want, '*') ? !str_glob(want, got) : !text_eq(got, want))
			buf_printf(&wrong, "# got:  %s\n# want: %s\n", got, want);
		CHECK(!config.path);
	}
	if (wrong.len)
		test_fail(__FILE__, __LINE__, "other words:\n%s", buf_text(&wrong));
}

TEST(each_key_of_ours_lands_in_its_field)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-full.yml", &c, &err), &err);
	CHECK(!c.is_distribution);
	CHECK_INT(c.listen.n, 4);
	CHECK_STR(c.listen.items[0].text, ":5000");
	CHECK(c.listen.items[0].is_tls && c.listen.items[1].is_tls);
	CHECK(!c.listen.items[2].is_tls); /* a local socket */
	CHECK(!c.listen.items[3].is_tls); /* listen_plain */
	CHECK_INT(c.listen.items[1].pos.line, 1);
	CHECK_STR(c.admin.text, "127.0.0.1:5001");
	CHECK_INT(c.tls.n, 2);
	CHECK_STR(c.tls_minimum, "1.3");
	CHECK_STR(c.tls_curves, "X25519:P-256");
	CHECK(text_starts(c.storage, dir) && text_ends(c.storage, "/data"));
	CHECK_INT(c.storage_floor, 2LL << 30);
	CHECK(!c.delete_enabled && c.read_only && !c.catalog_enabled && c.sparse_indexes);
	CHECK_INT(accounts_count(c.accounts), 1);
	CHECK_STR(c.issuer, "Example");
	CHECK_STR(c.service, "registry.example.com");
	CHECK_STR(c.realm, "https://registry.example.com/authserver/token");
	CHECK_STR(c.token_prefix, "/authserver");
	CHECK_INT(c.token_expiration_s, 300);
	CHECK(c.token.pair.key && c.token_x5c && c.token_thumbprint);
	CHECK_INT(c.external.n, 1);
	CHECK(c.external.items[0].chain);
	CHECK_INT(c.proxies.n, 4);
	CHECK_STR(c.real_ip_header, "X-Real-IP");
	CHECK_INT(c.real_ip_pos, -1);
	CHECK(c.hsts);
	CHECK_STR(c.fields.items[0], "X-Content-Type-Options: nosniff");
	CHECK_STR(c.fields.items[1], "X-Number: 0123"); /* as it is written, not as a number */
}

TEST(each_bound_of_ours_lands_in_its_field)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-full.yml", &c, &err), &err);
	CHECK_INT(c.http.head_bytes, 16384);
	CHECK_INT(c.http.head_fields, 64);
	CHECK_INT(c.http.idle_ms, 75000);
	CHECK_INT(c.http.head_ms, 10000);
	CHECK_INT(c.http.body_ms, 30000);
	CHECK_INT(c.http.body_rate, 1024);
	CHECK_INT(c.http.connections, 4096);
	CHECK_INT(c.http.connections_per_address, 64);
	CHECK_INT(c.http.pool_threads, 32);
	CHECK_INT(c.http.pool_queue, 512);
	CHECK_INT(c.http.loops, 2);
	CHECK_INT(c.max_blob_bytes, 10LL << 30);
	CHECK_INT(c.page_max, 500);
	CHECK_STR(c.log_level, "warn");
	CHECK(c.log_is_json && !c.access_log);
	CHECK_INT(c.upload_ttl_ns, 36 * HOUR);
	CHECK_INT(c.gc_every_ns, 12 * HOUR);
	CHECK_INT(c.gc_grace_ns, 2 * HOUR);
	CHECK_INT(c.gc_untagged_age_ns, 720 * HOUR);
	CHECK_INT(c.verify_every_ns, 0);
	CHECK_INT(c.verify_rate, 5 << 20);
	CHECK_INT(c.drain_ns, 10 * NS_PER_SEC);
	/* The file, two certificates with one key, the token's pair is among them, the bundle. */
	CHECK_INT(c.watched.n, 5);
	for (size_t i = 0; i < c.watched.n; i++)
		CHECK(c.watched.items[i][0] == '/');
}

TEST(a_small_file_has_sensible_defaults)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-least.yml", &c, &err), &err);
	CHECK_INT(c.listen.n, 1);
	CHECK_STR(c.listen.items[0].text, ":5000");
	CHECK(!c.admin.text && c.is_open && !c.accounts);
	CHECK(c.delete_enabled && c.catalog_enabled && c.access_log && !c.read_only);
	CHECK_INT(c.upload_ttl_ns, 24 * HOUR);
	CHECK_INT(c.gc_every_ns, 24 * HOUR);
	CHECK_INT(c.gc_grace_ns, HOUR);
	CHECK_INT(c.storage_floor, 64 << 20);
	CHECK_INT(c.gc_untagged_age_ns, 0);
	CHECK_INT(c.drain_ns, 30 * NS_PER_SEC);
	CHECK_INT(c.token_expiration_s, 900);
}

TEST(docker_auths_file_gives_what_ours_does_not_say)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-auth-file.yml", &c, &err), &err);
	CHECK_INT(accounts_count(c.accounts), 1);
	CHECK_INT(c.tls.n, 1);
	CHECK(c.listen.items[0].is_tls);
	CHECK_STR(c.issuer, "Acme");
	CHECK_STR(c.service, "Acme");
	CHECK_INT(c.token_expiration_s, 600);
	CHECK_STR(c.token_prefix, "/authserver");
	CHECK(c.token.pair.key && c.token_thumbprint && c.hsts);
	CHECK_STR(c.real_ip_header, "X-Real-IP");
	CHECK_INT(c.real_ip_pos, -2);
	CHECK_STR(c.tls_minimum, "1.3");
	CHECK_STR(c.tls_curves, "P-256");
}

TEST(the_reference_registrys_keys_are_translated)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-distribution-full.yml", &c, &err), &err);
	CHECK(c.is_distribution);
	CHECK_INT(c.listen.n, 1);
	CHECK(text_starts(c.listen.items[0].text, "unix:/"));
	CHECK(text_ends(c.storage, "/images"));
	CHECK(c.delete_enabled && c.read_only && c.sparse_indexes);
	CHECK(!c.access_log && c.log_is_json);
	CHECK_STR(c.log_level, "warn");
	CHECK_INT(c.upload_ttl_ns, 0); /* not purged */
	CHECK_INT(c.drain_ns, 60 * NS_PER_SEC);
	CHECK_STR(c.basic_realm, "Here");
	CHECK_INT(accounts_count(c.accounts), 1);
	CHECK_STR(c.tls_minimum, "1.3");
	CHECK_STR(c.tls_ciphers, "ECDHE-ECDSA-AES128-GCM-SHA256");
	CHECK_INT(c.fields.n, 3);
	CHECK_STR(c.fields.items[2], "X-A: c");
	CHECK_STR(c.admin.text, "localhost:5001");
	CHECK_INT(c.page_max, 1000);
	CHECK_INT(c.gc_every_ns, 0); /* another registry may serve the same tree */
	CHECK_INT(c.verify_every_ns, 0);
}

TEST(the_seeds_file_is_served_with_tokens_of_its_service)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	fixture(&dir);
	CHECK_OK(parse_file(dir, "good-seed.yml", &c, &err), &err);
	CHECK(!c.accounts && !c.is_open && c.delete_enabled);
	CHECK_INT(c.external.n, 1);
	CHECK_STR(c.realm, "https://registry.docker.tld/authserver/auth");
	CHECK_STR(c.service, "registry.docker.tld");
	CHECK_INT(c.upload_ttl_ns, 168 * HOUR);
	CHECK_INT(c.upload_purge_every_ns, 24 * HOUR);
	CHECK_STR(c.fields.items[0], "X-Content-Type-Options: nosniff");
}

#define THEIRS "version: 0.1\nstorage: {filesystem: {rootdirectory: /srv}}\nhttp: {addr: ':5000'}\n"

TEST(variables_override_the_reference_registrys_file)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};
	static const char variables[] = "PATH=/bin\t"
					"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/elsewhere\t"
					"REGISTRY_STORAGE_DELETE_ENABLED=true\t"
					"REGISTRY_HTTP_ADDR=127.0.0.1:7000\t"
					"REGISTRY_HTTP_HEADERS_X-Other=[a]\t"
					"REGISTRY_AUTH_HTPASSWD_REALM=There\t"
					"REGISTRY_AUTH=htpasswd\t"
					"REGISTRY_AUTH_HTPASSWD_PATH=htpasswd\t"
					"REGISTRY_CONFIGURATION_PATH=/x\t"
					"REGISTRY_PORT=tcp://10.0.0.1:5000";
	autostrlist struct strlist env = {0};

	fixture(&dir);
	strlist_split(&env, str_of(variables), '\t');
	CHECK_OK(parse_as(dir, "env.yml", THEIRS, strlist_argv(&env), &c, &err), &err);
	CHECK_STR(c.storage, "/elsewhere");
	CHECK(c.delete_enabled);
	CHECK_STR(c.listen.items[0].text, "127.0.0.1:7000");
	CHECK_STR(c.fields.items[0], "x-other: a");
	CHECK_STR(c.basic_realm, "There");
	CHECK_INT(accounts_count(c.accounts), 1);
	CHECK_INT(c.warnings.n, 1);
	CHECK_STR(c.warnings.items[0], "REGISTRY_PORT names nothing that can be set, ignoring");
}

TEST(wrong_variables_are_told_by_name)
{
	static const struct {
		const char *variable, *error;
	} cases[] = {
		{"REGISTRY_HTTP_ADR=:1",
		 "REGISTRY_HTTP_ADR*unknown key 'adr', did you mean 'addr'?"},
		{"REGISTRY_HTTP_ADDR=7", "REGISTRY_HTTP_ADDR*'7' is no address*"},
		{"REGISTRY_LOG_LEVEL=[", "REGISTRY_LOG_LEVEL:*"},
		{"REGISTRY_HTTP__ADDR=:1", "REGISTRY_HTTP__ADDR*an empty name between two '_'"},
		{"REGISTRY_STORAGE_S3_BUCKET=b",
		 "REGISTRY_STORAGE_S3_BUCKET*'s3' is not supported*"},
		{"REGISTRY_STORAGE=inmemory", "REGISTRY_STORAGE*'inmemory'*"},
		{"REGISTRY_NOTIFICATIONS_ENDPOINTS=[{url: x}]",
		 "REGISTRY_NOTIFICATIONS_ENDPOINTS*'notifications.endpoints' is not supported*"},
	};
	const char *dir = NULL;

	fixture(&dir);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoconfig struct registry_config c = {0};
		autoerr struct err err = {0};
		char *env[] = {(char *)cases[i].variable, NULL};
		if (!parse_as(dir, "env.yml", THEIRS, env, &c, &err))
			test_fail(__FILE__, __LINE__, "%s was taken", cases[i].variable);
		CHECK_INT(err.kind, ERR_INPUT);
		if (!str_glob(cases[i].error, err_text(&err)))
			test_fail(__FILE__, __LINE__, "%s: %s", cases[i].variable, err_text(&err));
	}
}

TEST(our_own_format_has_no_variables)
{
	const char *dir = NULL;
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};
	autostrlist struct strlist env = {0};

	fixture(&dir);
	strlist_add(&env, "REGISTRY_HTTP_ADDR=:1");
	CHECK_OK(parse_as(dir, "own.yml", "storage: data\nopen: true\n", strlist_argv(&env), &c,
			  &err),
		 &err);
	CHECK_STR(c.listen.items[0].text, ":5000");
}

TEST(a_missing_file_is_told)
{
	autoconfig struct registry_config c = {0};
	autoerr struct err err = {0};

	CHECK(registry_config_read("nowhere/registry.yml", NULL, &c, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(strstr(err_text(&err), "nowhere/registry.yml"));
}
