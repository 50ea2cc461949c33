/* test_accounts.c - golden edits of account files, odd ones too, and who may edit when.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/accounts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "testing/test.h"

#include "base/banned.h"

struct files {
	const char *passwd, *group, *shadow, *gshadow; /* NULL: not there */
};

static void put(int root, const char *name, const char *text, mode_t mode)
{
	autoerr struct err err = {0};

	if (text)
		CHECK_OK(file_write_at(root, name, text, strlen(text), mode, FILE_NO_SYNC, &err),
			 &err);
}

/* The n-th root of a test, in its directory. */
static int make_root_in(int dir, size_t n, const struct files *files)
{
	autofree char *name = xasprintf("%zu", n);

	CHECK(!mkdirat(dir, name, 0755));
	int root = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && !mkdirat(root, "etc", 0755));
	put(root, "etc/passwd", files->passwd, 0644);
	put(root, "etc/group", files->group, 0644);
	put(root, "etc/shadow", files->shadow, 0640);
	put(root, "etc/gshadow", files->gshadow, 0640);
	return root;
}

static int make_root(const struct files *files)
{
	return make_root_in(test_dir(NULL), 0, files);
}

static void check_file(int root, const char *name, const char *want)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	if (!want) {
		CHECK(faccessat(root, name, F_OK, 0) != 0);
		return;
	}
	CHECK_OK(file_read_at(root, name, 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), want);
}

static void check_root(int root, const struct files *want)
{
	check_file(root, "etc/passwd", want->passwd);
	check_file(root, "etc/group", want->group);
	check_file(root, "etc/shadow", want->shadow);
	check_file(root, "etc/gshadow", want->gshadow);
}

static int edit(int root, const struct group_spec *group, const struct user_spec *user,
		struct err *err)
{
	struct accounts *accounts = NULL;

	if (accounts_open(root, &accounts, err))
		return -1;
	int result = (group && accounts_ensure_group(accounts, group, err)) ||
		     (user && accounts_ensure_user(accounts, user, err)) ||
		     accounts_save(accounts, err);
	accounts_close(accounts);
	return result ? -1 : 0;
}

static const char *const wheel[] = {"wheel", NULL};
static const char *const members[] = {"dev", "ops", NULL};
#define WHEEL                           \
	{                               \
		(const char **)wheel, 1 \
	}
#define MEMBERS                           \
	{                                 \
		(const char **)members, 2 \
	}
#define USER(n, u)    .name = n, .uid = u, .gid = -1, .shell = "/bin/sh"
#define DEV_LINE      "dev:x:1000:1000::/home/dev:/bin/sh\n"
#define DEBIAN_USERS  "root:x:0:0:root:/root:/bin/bash\nnode:x:1001:1001::/home/node:/bin/sh\n"
#define DEBIAN_GROUPS "root:x:0:\ndialout:x:20:\nnode:x:1001:\n"

static const struct {
	const char *name;
	struct group_spec group; /* name NULL: none */
	struct user_spec user;
	struct files before, after;
} edits[] = {
	{"an empty root",
	 {0},
	 {USER("dev", 1000)},
	 {0},
	 {"dev:!:1000:1000::/home/dev:/bin/sh\n", "dev:x:1000:\n"}},
	{"all four files",
	 {0},
	 {USER("dev", 1000), .unlock = true},
	 {DEBIAN_USERS, DEBIAN_GROUPS, "root:*:19000:0:99999:7:::\n", "root:*::\n"},
	 {DEBIAN_USERS DEV_LINE, DEBIAN_GROUPS "dev:x:1000:\n",
	  "root:*:19000:0:99999:7:::\ndev:*:::::::\n", "root:*::\ndev:!::\n"}},
	{"locked, without a shadow",
	 {0},
	 {USER("dev", 1000), .unlock = true},
	 {"root:x:0:0:::\n", "root:x:0:\n"},
	 {"root:x:0:0:::\ndev:*:1000:1000::/home/dev:/bin/sh\n", "root:x:0:\ndev:x:1000:\n"}},
	{"no newline at the end",
	 {0},
	 {USER("dev", 1000)},
	 {"root:x:0:0:::", "root:x:0:"},
	 {"root:x:0:0:::\ndev:!:1000:1000::/home/dev:/bin/sh\n", "root:x:0:\ndev:x:1000:\n"}},
	{"empty files",
	 {0},
	 {USER("dev", 1000)},
	 {"", "", "", ""},
	 {DEV_LINE, "dev:x:1000:\n", "dev:!:::::::\n", "dev:!::\n"}},
	{"before lines of NIS, comments kept",
	 {0},
	 {USER("dev", 1000)},
	 {"# local\n\nroot:x:0:0:::\n+@net::::::\n+::::::\n", "root:x:0:\n+:::\n", "", ""},
	 {"# local\n\nroot:x:0:0:::\n" DEV_LINE "+@net::::::\n+::::::\n",
	  "root:x:0:\ndev:x:1000:\n+:::\n", "dev:!:::::::\n", "dev:!::\n"}},
	{"a comment is no user",
	 {0},
	 {USER("dev", 1000)},
	 {"#dev:x:5:5:::\n", ":x:1000:\n"},
	 {"#dev:x:5:5:::\ndev:!:1000:1000::/home/dev:/bin/sh\n", ":x:1000:\ndev:x:1000:\n"}},
	{"broken lines and carriage returns stay",
	 {0},
	 {USER("dev", 1000)},
	 {"root:x:0:0:::/bin/sh\r\nhalf\nx:y:zz\n", "root:x:0:\r\n"},
	 {"root:x:0:0:::/bin/sh\r\nhalf\nx:y:zz\ndev:!:1000:1000::/home/dev:/bin/sh\n",
	  "root:x:0:\r\ndev:x:1000:\n"}},
	{"the same again",
	 {0},
	 {USER("dev", 1000)},
	 {DEV_LINE, "dev:x:1000:\n", "dev:!::\n", ""},
	 {DEV_LINE, "dev:x:1000:\n", "dev:!::\n", ""}},
	{"the first of two lines counts",
	 {0},
	 {USER("dev", 1000)},
	 {DEV_LINE "dev:x:7:7::/:/x\n", "dev:x:1000:\n"},
	 {DEV_LINE "dev:x:7:7::/:/x\n", "dev:x:1000:\n"}},
	{"unlocked later; a password stays",
	 {0},
	 {USER("dev", 1000), .unlock = true},
	 {DEV_LINE, "dev:x:1000:\n", "a:!:::::::\ndev:!:1:2:3:4:::\n"},
	 {DEV_LINE, "dev:x:1000:\n", "a:!:::::::\ndev:*:1:2:3:4:::\n"}},
	{"a password stays",
	 {0},
	 {USER("dev", 1000), .unlock = true},
	 {DEV_LINE, "dev:x:1000:\n", "dev:$6$x:1:2:3:4:::\n"},
	 {DEV_LINE, "dev:x:1000:\n", "dev:$6$x:1:2:3:4:::\n"}},
	{"a shadow entry that was missing",
	 {0},
	 {USER("dev", 1000)},
	 {DEV_LINE, "dev:x:1000:\n", "root:*::\n"},
	 {DEV_LINE, "dev:x:1000:\n", "root:*::\ndev:!:::::::\n"}},
	{"a group's number that another name has",
	 {0},
	 {.name = "dev", .uid = 1000, .gid = 20, .shell = "/bin/sh"},
	 {DEBIAN_USERS, DEBIAN_GROUPS},
	 {DEBIAN_USERS "dev:!:1000:20::/home/dev:/bin/sh\n", DEBIAN_GROUPS}},
	{"a named group that is there",
	 {0},
	 {USER("dev", 1000), .group = "dialout"},
	 {DEBIAN_USERS, DEBIAN_GROUPS},
	 {DEBIAN_USERS "dev:!:1000:20::/home/dev:/bin/sh\n", DEBIAN_GROUPS}},
	{"a named group that is not there",
	 {0},
	 {USER("dev", 1000), .group = "web"},
	 {"", ""},
	 {"dev:!:1000:1000::/home/dev:/bin/sh\n", "web:x:1000:\n"}},
	{"a named group with its number",
	 {0},
	 {.name = "dev", .uid = 1000, .gid = 33, .group = "web", .shell = "/bin/sh"},
	 {"", ""},
	 {"dev:!:1000:33::/home/dev:/bin/sh\n", "web:x:33:\n"}},
	{"the next free numbers",
	 {0},
	 {USER("dev", -1)},
	 {DEBIAN_USERS DEV_LINE "", DEBIAN_GROUPS},
	 {DEBIAN_USERS DEV_LINE, DEBIAN_GROUPS}},
	{"numbers that are free",
	 {0},
	 {USER("ops", -1)},
	 {DEBIAN_USERS "a:x:1000:1000:::\n", DEBIAN_GROUPS},
	 {DEBIAN_USERS "a:x:1000:1000:::\nops:!:1002:1002::/home/ops:/bin/sh\n",
	  DEBIAN_GROUPS "ops:x:1002:\n"}},
	{"a system user",
	 {0},
	 {USER("svc", -1), .system = true, .home = "/run/svc"},
	 {"a:x:999:999:::\n", "a:x:999:\n"},
	 {"a:x:999:999:::\nsvc:!:998:998::/run/svc:/bin/sh\n", "a:x:999:\nsvc:x:998:\n"}},
	{"all that a user can have",
	 {0},
	 {.name = "dev",
	  .uid = 5,
	  .gid = 6,
	  .home = "/srv",
	  .shell = "/bin/x",
	  .comment = "D. E. V.",
	  .groups = WHEEL},
	 {"", "wheel:x:10:root\n", NULL, "wheel:!::root\n"},
	 {"dev:!:5:6:D. E. V.:/srv:/bin/x\n", "wheel:x:10:root,dev\ndev:x:6:\n", NULL,
	  "wheel:!::root,dev\ndev:!::\n"}},
	{"a member once, behind a carriage return",
	 {0},
	 {USER("dev", 1000), .groups = WHEEL},
	 {DEV_LINE, "wheel:x:10:\r\ndev:x:1000:\n"},
	 {DEV_LINE, "wheel:x:10:dev\r\ndev:x:1000:\n"}},
	{"a member already",
	 {0},
	 {USER("dev", 1000), .groups = WHEEL},
	 {DEV_LINE, "wheel:x:10:root, dev\n"},
	 {DEV_LINE, "wheel:x:10:root, dev\n"}},
	{"a group with members",
	 {.name = "editor", .gid = 65753, .members = MEMBERS},
	 {0},
	 {"", "", NULL, ""},
	 {"", "editor:x:65753:dev,ops\n", NULL, "editor:!::dev,ops\n"}},
	{"a group of the system",
	 {.name = "sys", .gid = -1, .system = true},
	 {0},
	 {"", "a:x:999:\n"},
	 {"", "a:x:999:\nsys:x:998:\n"}},
	{"the last number there is",
	 {.name = "last", .gid = 4294967294},
	 {0},
	 {"", ""},
	 {"", "last:x:4294967294:\n"}},
};

TEST(edits_of_account_files)
{
	int dir = test_dir(NULL);

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		autoclose int root = make_root_in(dir, i, &edits[i].before);
		autoerr struct err err = {0};
		if (edit(root, edits[i].group.name ? &edits[i].group : NULL,
			 edits[i].user.name ? &edits[i].user : NULL, &err))
			test_fail(__FILE__, __LINE__, "%s: %s", edits[i].name, err_text(&err));
		printf("# %s\n", edits[i].name);
		check_root(root, &edits[i].after);
		/* Once more changes nothing. */
		if (edits[i].user.uid >= 0)
			CHECK_OK(edit(root, edits[i].group.name ? &edits[i].group : NULL,
				      edits[i].user.name ? &edits[i].user : NULL, &err),
				 &err);
		check_root(root, &edits[i].after);
		CHECK(faccessat(root, "etc/passwd.lock", F_OK, 0) != 0);
		CHECK(faccessat(root, "etc/passwd+", F_OK, 0) != 0);
	}
}

static const struct {
	struct group_spec group;
	struct user_spec user;
	struct files before;
	enum err_kind kind;
	const char *want;
} refusals[] = {
	{{0},
	 {USER("dev", 1000)},
	 {"dev:x:1001:1001:::\n", ""},
	 ERR_EXISTS,
	 "user 'dev' exists with id 1001, not 1000"},
	{{0},
	 {USER("dev", 1001)},
	 {DEBIAN_USERS, DEBIAN_GROUPS},
	 ERR_EXISTS,
	 "user 'dev': id 1001 is that of 'node'"},
	{{0},
	 {.name = "dev", .uid = 1000, .gid = 5},
	 {DEV_LINE, ""},
	 ERR_EXISTS,
	 "the group of user 'dev' exists with id 1000, not 5"},
	{{0},
	 {USER("dev", 1000), .group = "web"},
	 {DEV_LINE, "web:x:33:\n"},
	 ERR_EXISTS,
	 "the group of user 'dev' exists with id 1000, not 33"},
	{{.name = "web", .gid = 34},
	 {0},
	 {"", "web:x:33:\n"},
	 ERR_EXISTS,
	 "group 'web' exists with id 33, not 34"},
	{{.name = "web", .gid = 20},
	 {0},
	 {"", DEBIAN_GROUPS},
	 ERR_EXISTS,
	 "group 'web': id 20 is that of 'dialout'"},
	{{0},
	 {USER("dev", 1000), .groups = WHEEL},
	 {"", ""},
	 ERR_INPUT,
	 "user 'dev': no group 'wheel' in /etc/group"},
	{{0}, {USER("a:b", 1000)}, {"", ""}, ERR_INPUT, "'a:b' is no name of a user"},
	{{0}, {USER("-x", 1000)}, {"", ""}, ERR_INPUT, "'-x' is no name of a user"},
	{{0}, {USER("+x", 1000)}, {"", ""}, ERR_INPUT, "'+x' is no name of a user"},
	{{0}, {USER("12", 1000)}, {"", ""}, ERR_INPUT, "'12' is no name of a user"},
	{{0}, {USER("..", 1000)}, {"", ""}, ERR_INPUT, "'..' is no name of a user"},
	{{0}, {USER("a\nb", 1000)}, {"", ""}, ERR_INPUT, "is no name of a user"},
	{{0}, {USER("a b", 1000)}, {"", ""}, ERR_INPUT, "'a b' is no name of a user"},
	{{0}, {USER("", 1000)}, {"", ""}, ERR_INPUT, "'' is no name of a user"},
	{{0}, {USER("a/b", 1000)}, {"", ""}, ERR_INPUT, "'a/b' is no name of a user"},
	{{0},
	 {USER("abcdefghijklmnopqrstuvwxyzabcdefg", 1000)},
	 {"", ""},
	 ERR_INPUT,
	 "is no name of a user"},
	{{.name = "x:y", .gid = 7}, {0}, {"", ""}, ERR_INPUT, "'x:y' is no name of a group"},
	{{0},
	 {USER("dev", 1000), .home = "/a:b"},
	 {"", ""},
	 ERR_INPUT,
	 "home '/a:b' holds a colon"},
	{{0},
	 {USER("dev", 1000), .comment = "a\nroot::0:0:::"},
	 {"", ""},
	 ERR_INPUT,
	 "holds a colon or a control character"},
	{{0},
	 {USER("dev", 1000)},
	 {"dev:x:\n", ""},
	 ERR_INPUT,
	 "the line of user 'dev' in /etc/passwd is broken"},
};

TEST(what_is_refused_changes_nothing)
{
	int dir = test_dir(NULL);

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		autoclose int root = make_root_in(dir, i, &refusals[i].before);
		autoerr struct err err = {0};
		CHECK(edit(root, refusals[i].group.name ? &refusals[i].group : NULL,
			   refusals[i].user.name ? &refusals[i].user : NULL, &err) < 0);
		CHECK_INT(err.kind, refusals[i].kind);
		if (!strstr(err_text(&err), refusals[i].want))
			CHECK_STR(err_text(&err), refusals[i].want);
		check_root(root, &refusals[i].before);
	}
}

TEST(mode_and_owner_are_kept)
{
	int root = make_root(&(struct files){"", "", "root:*::\n", ""});
	struct user_spec user = {USER("dev", 1000)};
	autoerr struct err err = {0};
	struct stat st;

	CHECK(!fchmodat(root, "etc/shadow", 0640, 0));
	if (geteuid() == 0)
		CHECK(!fchownat(root, "etc/shadow", 0, 42, 0));
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	CHECK(!fstatat(root, "etc/shadow", &st, 0));
	CHECK_INT(st.st_mode & 07777, 0640);
	if (geteuid() == 0)
		CHECK_INT(st.st_gid, 42);
}

TEST(a_link_is_written_through)
{
	int root = make_root(&(struct files){NULL, "", NULL, NULL});
	struct user_spec user = {USER("dev", 1000)};
	autoerr struct err err = {0};
	struct stat st;

	put(root, "real", "root:x:0:0:::\n", 0644);
	CHECK(!symlinkat("../real", root, "etc/passwd"));
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	check_file(root, "real", "root:x:0:0:::\ndev:!:1000:1000::/home/dev:/bin/sh\n");
	CHECK(!fstatat(root, "etc/passwd", &st, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(st.st_mode));
}

TEST(a_home_comes_from_skel)
{
	int root = make_root(&(struct files){"", "", "", ""});
	uint32_t id = geteuid() == 0 ? 1234 : geteuid();
	struct user_spec user = {USER("dev", id), .make_home = true};
	autoerr struct err err = {0};
	struct stat st;

	CHECK(!mkdirat(root, "etc/skel", 0755));
	CHECK(!mkdirat(root, "etc/skel/.config", 0750));
	put(root, "etc/skel/.bashrc", "PS1=x\n", 0644);
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	check_file(root, "home/dev/.bashrc", "PS1=x\n");
	CHECK(!fstatat(root, "home/dev/.bashrc", &st, 0));
	CHECK_INT(st.st_uid, id);
	CHECK(!fstatat(root, "home/dev/.config", &st, 0));
	CHECK_INT(st.st_mode & 07777, 0750);
	CHECK(!fstatat(root, "home/dev", &st, 0));
	CHECK_INT(st.st_uid, id);
	CHECK_INT(st.st_mode & 07777, 0755);
}

TEST(a_home_with_content_stays_as_it_is)
{
	int root = make_root(&(struct files){"", "", "", ""});
	struct user_spec user = {USER("dev", 1234), .make_home = true};
	autoerr struct err err = {0};
	struct stat st;

	CHECK(!mkdirat(root, "etc/skel", 0755));
	put(root, "etc/skel/.bashrc", "PS1=x\n", 0644);
	CHECK(!mkdirat(root, "home", 0755) && !mkdirat(root, "home/dev", 0700));
	put(root, "home/dev/mine", "", 0644);
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	check_file(root, "home/dev/.bashrc", NULL);
	CHECK(!fstatat(root, "home/dev", &st, 0));
	CHECK_INT(st.st_uid, geteuid());
	CHECK_INT(st.st_mode & 07777, 0700);
}

TEST(a_lock_of_the_dead_is_taken_away)
{
	int root = make_root(&(struct files){"", "", "", ""});
	struct user_spec user = {USER("dev", 1000)};
	autoerr struct err err = {0};
	char text[16];
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	snprintf(text, sizeof(text), "%d", (int)pid);
	put(root, "etc/passwd.lock", text, 0600);
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	check_file(root, "etc/passwd", DEV_LINE);
}

/* PID 1 is older than this test, but not as old as the lock. */
TEST(a_lock_older_than_its_holder_is_taken_away)
{
	int root = make_root(&(struct files){"", "", "", ""});
	struct user_spec user = {USER("dev", 1000)};
	struct timespec long_ago[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
	autoerr struct err err = {0};

	if (access("/proc/1/stat", R_OK))
		test_skip("needs /proc");
	put(root, "etc/group.lock", "1", 0600);
	CHECK(!utimensat(root, "etc/group.lock", long_ago, 0));
	CHECK_OK(edit(root, NULL, &user, &err), &err);
	check_file(root, "etc/passwd", DEV_LINE);
}

/* Many at once, each with a user of its own: nobody's line is lost. */
TEST(writers_wait_for_one_another)
{
	enum { WRITERS = 8, USERS = 5 };
	int root = make_root(&(struct files){"root:x:0:0:::\n", "root:x:0:\n", "", ""});
	pid_t pids[WRITERS];
	int status;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		for (int n = 0; !pids[i] && n < USERS; n++) {
			autoerr struct err err = {0};
			autofree char *name = xasprintf("u%d", i * USERS + n);
			struct user_spec user = {USER(name, -1)};
			if (edit(root, NULL, &user, &err))
				_exit(1);
		}
		if (!pids[i])
			_exit(0);
	}
	for (int i = 0; i < WRITERS; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(root, "etc/passwd", 0, &text, &err), &err);
	for (int i = 0; i < WRITERS * USERS; i++) {
		autofree char *name = xasprintf("\nu%d:x:", i);
		autofree char *id = xasprintf(":x:%d:", 1000 + i);
		CHECK(strstr(buf_text(&text), name));
		CHECK(strstr(buf_text(&text), id));
	}
}

/* lckpwdf(3) of another program keeps us out until it lets go. */
TEST(the_lock_of_lckpwdf_is_honoured)
{
	int root = make_root(&(struct files){"", "", "", ""});
	struct user_spec user = {USER("dev", 1000)};
	autoclose int lock = openat(root, "etc/.pwd.lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct timespec pause = {.tv_nsec = 100000000};
	int status;

	CHECK(lock >= 0 && !fcntl(lock, F_SETLK, &whole));
	pid_t pid = fork();
	if (pid == 0) {
		autoerr struct err err = {0};
		_exit(edit(root, NULL, &user, &err) ? 1 : 0);
	}
	nanosleep(&pause, NULL);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	check_file(root, "etc/passwd", "");
	whole.l_type = F_UNLCK;
	CHECK(!fcntl(lock, F_SETLK, &whole));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	check_file(root, "etc/passwd", DEV_LINE);
}
