/* test_scrub.c - each action of the list, in order, and what it must not touch.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "layer/tree.h"
#include "stage/scrub.h"
#include "testing/test.h"

#include "base/banned.h"

/* "dir/", "file", "file=content", "link>target" between blanks, in directory `name` of `top`. */
static int make_tree(int top, size_t name, const char *sketch)
{
	autostrlist struct strlist words = {0};
	autoerr struct err err = {0};
	autofree char *dir = xasprintf("%zu", name);
	int dirfd = -1;

	CHECK_OK(dir_make_all(top, dir, 0755, &err), &err);
	CHECK_OK(dir_open_at(top, dir, &dirfd, &err), &err);
	strlist_split(&words, str_of(sketch), ' ');
	for (size_t i = 0; i < words.n; i++) {
		char *word = words.items[i], *mark;
		autofree char *parent = xstrdup(word);
		char *slash = strrchr(parent, '/');
		if (slash) {
			*slash = '\0';
			CHECK_OK(dir_make_all(dirfd, parent, 0755, &err), &err);
		}
		if ((mark = strchr(word, '>'))) {
			*mark = '\0';
			CHECK(!symlinkat(mark + 1, dirfd, word));
		} else if (!text_ends(word, "/")) {
			mark = strchr(word, '=');
			if (mark)
				*mark = '\0';
			const char *text = mark ? mark + 1 : "x";
			CHECK_OK(file_write_at(dirfd, word, text, strlen(text), 0644, FILE_NO_SYNC,
					       &err),
				 &err);
		}
	}
	return dirfd;
}

static int sketch(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct strlist *words = arg;
	const struct entry *entry = visit->entry;
	strlist_addf(words, "%s%s", entry->path,
		     entry->type == ENTRY_DIRECTORY              ? "/"
		     : entry->type == ENTRY_SYMLINK              ? ">"
		     : entry->type == ENTRY_FILE && !entry->size ? "="
								 : "");
	return 0;
}

static char *tree_of(int dirfd)
{
	static const struct tree_options options = {.no_xattrs = true};
	autostrlist struct strlist words = {0};
	autoerr struct err err = {0};
	CHECK_OK(tree_walk(dirfd, &options, sketch, &words, &err), &err);
	return strlist_join(&words, " ");
}

struct scrub_case {
	const char *name, *before, *list, *kept, *after;
};

static const struct scrub_case cases[] = {
	{"remove takes a file", "a b", "remove /a", "", "b"},
	{"remove takes a tree", "d/e/f g", "remove /d", "", "g"},
	{"remove takes a link, not what it leads to", "a l>a", "remove /l", "", "a"},
	{"what is not there is fine", "a", "remove /b\nempty /c\nblank /d/e", "", "a"},
	{"a star stops at a slash", "h/x/.c/f h/y/.c/f h/z/d/.c", "remove /h/*/.c", "",
	 "h/ h/x/ h/y/ h/z/ h/z/d/ h/z/d/.c"},
	{"a star in a name", "k_1 k_2.pub other", "remove /k_*", "", "other"},
	{"empty keeps the directory", "t/a t/d/b", "empty /t", "", "t/"},
	{"empty of a file does nothing", "t", "empty /t", "", "t"},
	{"empty does not follow a link", "t>d d/a", "empty /t", "", "d/ d/a t>"},
	{"no component is followed", "t>d d/e/a", "empty /t/e", "", "d/ d/e/ d/e/a t>"},
	{"empty-files keeps all directories", "c/a c/d/b c/d/l>a", "empty-files /c", "", "c/ c/d/"},
	{"truncate empties files below", "l/a l/d/b l/k>a", "truncate /l", "",
	 "l/ l/a= l/d/ l/d/b= l/k>"},
	{"blank empties one file", "f g", "blank /f", "", "f= g"},
	{"blank leaves directories and links", "d/a l>d", "blank /d\nblank /l", "", "d/ d/a l>"},
	{"rows work in their order", "l/a l/a.gz", "remove /l/*.gz\ntruncate /l", "", "l/ l/a="},
	{"what was injected stays", "t/a t/b", "empty /t", "t t/a", "t/ t/a"},
	{"also deep below", "t/d/a t/d/b t/e", "remove /t", "t t/d t/d/a", "t/ t/d/ t/d/a"},
	{"also its content", "l/a l/b", "truncate /l", "l l/a", "l/ l/a l/b="},
	{"also a single file", "f", "blank /f\nremove /f", "f", "f"},
	{"also where only directories stay", "p/a p/b", "empty-files /p", "p p/a", "p/ p/a"},
	{"comments and blank lines", "a", "# remove /a\n\n   \n", "", "a"},
	{"dots lead nowhere", "a d/b", "remove /d/../a\nremove /./a", "", "a d/ d/b"},
};

TEST(each_action_does_what_it_says_and_no_more)
{
	const char *path;
	int top = test_dir(&path);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autostrlist struct strlist kept = {0};
		automap struct map keep = {0};
		autoerr struct err err = {0};
		struct scrub_result result = {0};
		autoclose int dirfd = make_tree(top, i, cases[i].before);

		strlist_split(&kept, str_of(cases[i].kept), ' ');
		for (size_t k = 0; k < kept.n; k++)
			map_set(&keep, kept.items[k], &keep);
		CHECK_OK(scrub_apply("list", str_of(cases[i].list), dirfd, &keep, &result, &err),
			 &err);
		autofree char *after = tree_of(dirfd);
		CHECK_STR(after, cases[i].after);
	}
}

TEST(a_list_with_a_mistake_changes_nothing)
{
	static const struct {
		const char *list, *message;
	} bad[] = {
		{"remove /a\nremvoe /b",
		 "list:2: unknown action 'remvoe' (did you mean 'remove'?)"},
		{"remove /a\n\n# x\nshred /b", "list:4: unknown action 'shred'"},
		{"remove /a\nempty", "list:2: 'empty' needs an absolute path"},
		{"remove /a\nempty b", "list:2: 'empty' needs an absolute path"},
		{"remove /a\nempty //", "list:2: the whole image cannot be scrubbed"},
	};

	const char *path;
	int top = test_dir(&path);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		static const struct map nothing;
		struct scrub_result result = {7, 7};
		autoerr struct err err = {0};
		autoclose int dirfd = make_tree(top, i, "a");
		CHECK(scrub_apply("list", str_of(bad[i].list), dirfd, &nothing, &result, &err));
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), bad[i].message);
		CHECK_INT(result.n_removed, 7);
		autofree char *after = tree_of(dirfd);
		CHECK_STR(after, "a");
	}
}

TEST(what_was_done_is_counted)
{
	static const struct map nothing;
	struct scrub_result result = {0};
	autoerr struct err err = {0};
	const char *path;
	autoclose int dirfd = make_tree(test_dir(&path), 0, "a b l/c l/d= t/x t/y/z");

	CHECK_OK(scrub_apply("list", STR("remove /a\ntruncate /l\nempty /t"), dirfd, &nothing,
			     &result, &err),
		 &err);
	CHECK_INT(result.n_removed, 3);
	CHECK_INT(result.n_emptied, 1);
}
