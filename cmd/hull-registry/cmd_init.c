/* cmd_init.c - hull-registry init: a directory with a certificate, users and a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/guard.h"
#include "base/io.h"
#include "base/random.h"
#include "base/userdb.h"
#include "pki/ca.h"

#include "tool.h"

#include "base/banned.h"

#define CONFIG_NAME    "hull-registry.yml"
#define SERVICE_GROUP  "hull-registry" /* of the systemd unit */
#define PASSWORD_CHARS 20              /* of 32 letters and digits each: 100 bits */

struct init_opts {
	const char *listen, *storage, *admin;
	struct strlist domains, users;
	int64_t cost;
};

static const struct opt init_opts[] = {
	{0, "domain", OPT_LIST, offsetof(struct init_opts, domains), "NAME",
	 "The name or address clients use; may be given several times"},
	{0, "user", OPT_LIST, offsetof(struct init_opts, users), "NAME",
	 "A user; the first may do everything; may be given several times"},
	{0, "listen", OPT_STRING, offsetof(struct init_opts, listen), "ADDRESS",
	 "Where to listen (default \":5000\")"},
	{0, "admin", OPT_STRING, offsetof(struct init_opts, admin), "ADDRESS",
	 "Where /healthz, /readyz and /metrics are (default \"127.0.0.1:5001\")"},
	{0, "storage", OPT_STRING, offsetof(struct init_opts, storage), "DIR",
	 "Where the images are kept (default \"data\" in DIR)"},
	{0, "cost", OPT_INT, offsetof(struct init_opts, cost), "N",
	 "Of bcrypt, from 4 to 31 (default 10)"},
	{0},
};

struct login {
	const char *name;
	char password[PASSWORD_CHARS + 1];
	char *hash;
};
struct logins {
	struct login *items;
	size_t n;
};

static void logins_done(struct logins *logins)
{
	for (size_t i = 0; i < logins->n; i++)
		free(logins->items[i].hash);
	if (logins->n)
		explicit_bzero(logins->items, logins->n * sizeof(*logins->items));
	free(logins->items);
}

/* No letters that look like others. */
static void make_password(char out[PASSWORD_CHARS + 1])
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char bytes[PASSWORD_CHARS];
	_Static_assert(sizeof(letters) == 32 + 1, "each byte gives five bits, none more likely");

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < PASSWORD_CHARS; i++)
		out[i] = letters[bytes[i] % 32];
	out[PASSWORD_CHARS] = '\0';
}

static int check_names(const struct strlist *users, struct err *err)
{
	for (size_t i = 0; i < users->n; i++) {
		const char *name = users->items[i];
		if (!name[0] || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
						  "WXYZ0123456789._@-")])
			return err_set(err, ERR_INPUT,
				       "'%s' is no name for a user here: letters, digits, '.', "
				       "'_', '-' and '@'",
				       name);
		for (size_t k = 0; k < i; k++)
			if (text_eq(users->items[k], name))
				return err_set(err, ERR_INPUT, "--user %s stands there twice",
					       name);
	}
	return 0;
}

static int make_logins(const struct init_opts *opts, struct logins *logins, struct err *err)
{
	logins->items = xcalloc(opts->users.n, sizeof(*logins->items));
	logins->n = opts->users.n;
	for (size_t i = 0; i < logins->n; i++) {
		struct login *login = &logins->items[i];
		login->name = opts->users.items[i];
		make_password(login->password);
		if (password_hash(login->password, (unsigned)opts->cost, &login->hash, err))
			return -1;
	}
	return 0;
}

static void write_head(const struct init_opts *opts, struct buf *text)
{
	const char *domain = opts->domains.items[0];

	buf_printf(text,
		   "# hull-registry.yml(5) tells all keys. 'hull-registry check FILE' looks at a "
		   "changed one;\n"
		   "# a running server takes it over by itself.\n\n"
		   "# Where clients come in: HOST:PORT, :PORT or unix:PATH; may be a list.\n"
		   "listen: \"%s\"\n\n"
		   "# /healthz, /readyz and /metrics, for yourself only.\n"
		   "admin: \"%s\"\n\n"
		   "# Replace the two by a certificate of an authority that your clients know,\n"
		   "# or give your clients pki/ca.crt.\n"
		   "tls:\n"
		   "  certificate: pki/%s.bundle.crt\n"
		   "  key: pki/%s.key\n\n"
		   "# The tree of the reference registry, and what is ours beside it.\n"
		   "storage: \"%s\"\n\n"
		   "# Whether manifests, tags and blobs can be deleted by who has the right.\n"
		   "delete: true\n\n",
		   opts->listen ? opts->listen : ":5000",
		   opts->admin ? opts->admin : "127.0.0.1:5001", domain, domain,
		   opts->storage ? opts->storage : "data");
}

static void write_rules(const char *admin, const struct logins *logins, struct buf *text)
{
	buf_puts(text, "# 'hull-registry user add NAME' adds one.\n"
		       "users:\n");
	for (size_t i = 0; i < logins->n; i++)
		buf_printf(text, "  \"%s\":\n    password: \"%s\"\n", logins->items[i].name,
			   logins->items[i].hash);
	buf_printf(text,
		   "\n# The first rule that matches decides; what none matches is denied.\n"
		   "# 'hull-registry acl explain NAME REPOSITORY ACTION' tells which one it is.\n"
		   "acl:\n"
		   "  - match: {account: \"%s\", type: \"*\"}\n"
		   "    actions: [\"*\"]\n"
		   "    comment: may do everything\n"
		   "  - match: {account: \"/^.+$/\", type: repository, name: \"${account}/*\"}\n"
		   "    actions: [pull, push, delete]\n"
		   "    comment: everybody has repositories below the own name\n"
		   "  - match: {account: \"/^.+$/\", type: repository}\n"
		   "    actions: [pull]\n"
		   "    comment: everybody with a password may read the others'\n\n",
		   admin);
}

static void write_tail(struct buf *text)
{
	buf_puts(text, "# Collecting what nobody needs, and reading everything again, while "
		       "serving.\n"
		       "gc: {every: 24h, grace: 1h}\n"
		       "verify: {every: 720h, rate: 20m}\n\n"
		       "# An upload that nobody goes on with ends after that.\n"
		       "upload_ttl: 24h\n\n"
		       "# log: {level: info, format: text, access: true}\n"
		       "# limits: {connections: 4096, connections_per_address: 256, blob: 100g}\n"
		       "# proxies: [10.0.0.0/8]  # whose X-Forwarded-* are believed\n");
}

/* Files that only root could read are of no use to the unit's user. */
static void share_with_service(int dirfd, const char *name, gid_t gid)
{
	if (fchownat(dirfd, name, (uid_t)-1, gid, 0) == 0)
		fchmodat(dirfd, name, 0640, 0);
}

static void share(int dirfd, const char *domain)
{
	autoerr struct err err = {0};
	autoclose int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autofree char *key = xasprintf("pki/%s.key", domain);
	uint32_t gid = 0;

	if (geteuid() != 0 || root < 0 || userdb_resolve_group(root, SERVICE_GROUP, &gid, &err))
		return;
	share_with_service(dirfd, CONFIG_NAME, gid);
	share_with_service(dirfd, key, gid);
	if (fchown(dirfd, (uid_t)-1, gid) == 0)
		fchmod(dirfd, 0750);
	autoclose int pki = openat(dirfd, "pki", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pki >= 0 && fchown(pki, (uid_t)-1, gid) == 0)
		fchmod(pki, 0750);
}

static int write_all(const struct init_opts *opts, int dirfd, const struct logins *logins,
		     struct err *err)
{
	struct ca_options ca = {.type = KEY_P256};
	autobuf struct buf text = {0};
	autoclose int pki = -1;

	if (dir_make_all(dirfd, "pki", 0700, err) || dir_open_at(dirfd, "pki", &pki, err) ||
	    ca_issue(pki, &opts->domains, &ca, err))
		return -1;
	write_head(opts, &text);
	write_rules(opts->users.items[0], logins, &text);
	write_tail(&text);
	if (file_write_at(dirfd, CONFIG_NAME, buf_text(&text), text.len, 0600, FILE_SYNC, err))
		return -1;
	share(dirfd, opts->domains.items[0]);
	return 0;
}

static int tell(const struct init_opts *opts, const char *dir, const struct logins *logins,
		struct err *err)
{
	const char *listen = opts->listen ? opts->listen : ":5000";
	const char *port = strrchr(listen, ':');
	autofree char *host = xasprintf("%s%s", opts->domains.items[0],
					port && !text_starts(listen, "unix:") ? port : "");
	autobuf struct buf text = {0};

	buf_printf(&text, "%s/" CONFIG_NAME " was written. The passwords are shown only now:\n\n",
		   dir);
	for (size_t i = 0; i < logins->n; i++)
		buf_printf(&text, "    %-16s %s\n", logins->items[i].name,
			   logins->items[i].password);
	buf_printf(
		&text,
		"\nNext:\n\n"
		"    mkdir -p /etc/docker/certs.d/%s && cp %s/pki/ca.crt /etc/docker/certs.d/%s/\n"
		"    hull-registry serve %s/" CONFIG_NAME " &\n"
		"    docker login -u %s %s\n"
		"    docker push %s/%s/IMAGE\n",
		host, dir, host, dir, logins->items[0].name, host, host, logins->items[0].name);
	int failed = tool_print(buf_text(&text), err);
	explicit_bzero(text.ptr, text.len);
	return failed;
}

/* They go between quotes of YAML. */
static int check_quotable(const char *option, const char *text, struct err *err)
{
	for (const char *c = text; c && *c; c++)
		if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20 || *c == 0x7f)
			return err_set(err, ERR_INPUT,
				       "%s '%s' has a quote, a backslash or a "
				       "control byte",
				       option, text);
	return 0;
}

static int check_words(const struct init_opts *opts, struct err *err)
{
	if (!opts->domains.n)
		return err_set(err, ERR_INPUT,
			       "--domain is missing: the name that clients use for the registry");
	if (!opts->users.n)
		return err_set(err, ERR_INPUT, "--user is missing: nobody could use the registry");
	if (opts->cost && (opts->cost < 4 || opts->cost > 31))
		return err_set(err, ERR_INPUT, "--cost is from 4 to 31, not %lld",
			       (long long)opts->cost);
	for (size_t i = 0; i < opts->domains.n; i++)
		if (!opts->domains.items[i][0] || strpbrk(opts->domains.items[i], "/ \"\\\n"))
			return err_set(err, ERR_INPUT, "--domain '%s' is no name",
				       opts->domains.items[i]);
	if (check_quotable("--listen", opts->listen, err) ||
	    check_quotable("--admin", opts->admin, err) ||
	    check_quotable("--storage", opts->storage, err))
		return -1;
	return check_names(&opts->users, err);
}

static int init_run(void *context, void *arg, int argc, char **argv, struct err *err)
{
	const struct init_opts *opts = arg;
	cleanup(logins_done) struct logins logins = {0};
	autoclose int dirfd = -1;

	if (check_words(opts, err) || dir_make_all(AT_FDCWD, argv[0], 0750, err) ||
	    dir_open_at(AT_FDCWD, argv[0], &dirfd, err))
		return -1;
	if (faccessat(dirfd, CONFIG_NAME, F_OK, 0) == 0)
		return err_set(err, ERR_EXISTS, "'%s/" CONFIG_NAME "' exists already", argv[0]);
	if (make_logins(opts, &logins, err) || write_all(opts, dirfd, &logins, err))
		return -1;
	return tell(opts, argv[0], &logins, err);
}

const struct command cmd_init = {
	.name = "init",
	.args = "DIR",
	.summary = "Make a configuration with a certificate and users",
	.details = "Makes a certificate authority and a certificate of it in DIR/pki, "
		   "DIR/" CONFIG_NAME "\nwith the users, and a password for each, which is shown "
		   "once.",
	.opts = init_opts,
	.opts_size = sizeof(struct init_opts),
	.min_args = 1,
	.max_args = 1,
	.run = init_run,
};
