/* test_dockerfile.c - Dockerfiles: what is read, what is refused and how.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile.h"

#include <fcntl.h>

#include "base/io.h"
#include "doc/json.h"
#include "dockerfile/limits.h"
#include "testing/test.h"

static void dump_texts(struct buf *out, const struct strlist *texts)
{
	for (size_t i = 0; i < texts->n; i++) {
		buf_putc(out, ' ');
		json_write_text(out, str_of(texts->items[i]));
	}
}

/* 3:1 COPY [--link] "a" "b"
 *       <<EOF, expanded: "body\n"
 *       COPY --link a b <<EOF            as history tells it */
static void dump_instruction(struct buf *out, const struct instruction *instruction)
{
	buf_printf(out, "%u:%u %s", instruction->pos.line, instruction->pos.column,
		   instruction_name(instruction->kind));
	for (size_t i = 0; i < instruction->flags.n; i++)
		buf_printf(out, " [--%s]", instruction->flags.items[i]);
	buf_puts(out, instruction->is_json ? " json:" : "");
	dump_texts(out, &instruction->words);
	for (size_t i = 0; i < instruction->n_heredocs; i++) {
		const struct heredoc *heredoc = &instruction->heredocs[i];
		buf_printf(out, "\n\t<<%s, %s: ", heredoc->name,
			   heredoc->expand ? "expanded" : "as it is");
		json_write_text(out, str_of(heredoc->body));
	}
	buf_printf(out, "\n\t%s\n", instruction->original);
}

static void dump(struct buf *out, const struct dockerfile *dockerfile)
{
	if (dockerfile->escape != '\\' || dockerfile->syntax)
		buf_printf(out, "escape %c syntax %s\n", dockerfile->escape,
			   dockerfile->syntax ? dockerfile->syntax : "");
	for (size_t i = 0; i < dockerfile->n; i++)
		dump_instruction(out, &dockerfile->items[i]);
}

static void read_file(const char *name, struct buf *text)
{
	autoerr struct err err = {0};
	autofree char *path = path_join("testdata", name);

	CHECK_OK(file_read_at(AT_FDCWD, path, LIMIT_DOCKERFILE_BYTES, text, &err), &err);
}

/* good-x.dockerfile is read as its .out says; bad-x.dockerfile is refused as its .err says. */
static void check_file(const char *name)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	autobuf struct buf expected = {0};
	autobuf struct buf got = {0};
	bool is_good = text_starts(name, "good-");
	autofree char *answer = xasprintf("%s.%s", name, is_good ? "out" : "err");

	read_file(name, &text);
	if (dockerfile_parse(name, buf_str(&text), &dockerfile, &err))
		buf_printf(&got, "%s\n", err_text(&err));
	else
		dump(&got, &dockerfile);
	read_file(answer, &expected);
	CHECK_STR(buf_text(&got), buf_text(&expected));
	CHECK(is_good == !err_is_set(&err));
}

TEST(files_are_read_or_refused_as_their_names_say)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	size_t n_checked = 0;

	CHECK_OK(dir_list(AT_FDCWD, "testdata", &names, &err), &err);
	for (size_t i = 0; i < names.n; i++) {
		if (!text_ends(names.items[i], ".dockerfile"))
			continue;
		check_file(names.items[i]);
		n_checked++;
	}
	CHECK(n_checked >= 60);
}

/* The dump of one line, or its error. */
static void read_one(const char *text, struct buf *out)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	if (dockerfile_parse_change(text, &dockerfile, &err))
		buf_puts(out, err_text(&err));
	else
		dump(out, &dockerfile);
}

TEST(a_change_is_exactly_one_instruction)
{
	static const struct {
		const char *text, *dump;
	} cases[] = {
		{"CMD [\"a\", \"b\"]", "1:1 CMD json: \"a\" \"b\"\n\tCMD [\"a\", \"b\"]\n"},
		{"env a=b", "1:1 ENV \"a=b\"\n\tENV a=b\n"},
		{"CMD", "1:1 CMD\n\tCMD\n"},
		{"ENTRYPOINT []", "1:1 ENTRYPOINT json:\n\tENTRYPOINT []\n"},
		{"", "--change: '' is not one instruction"},
		{"USER a\nUSER b", "--change: 'USER a\nUSER b' is not one instruction"},
		{"LABLE a=b", "--change:1:1: unknown instruction 'LABLE', did you mean 'LABEL'?"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf got = {0};
		read_one(cases[i].text, &got);
		CHECK_STR(buf_text(&got), cases[i].dump);
	}
}

TEST(flags_are_found_by_their_whole_names)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	CHECK_OK(dockerfile_parse_one("t", "COPY --link --from=a --exclude=b --exclude=c x y",
				      &dockerfile, &err),
		 &err);
	CHECK_STR(instruction_flag(&dockerfile.items[0], "link"), "");
	CHECK_STR(instruction_flag(&dockerfile.items[0], "from"), "a");
	CHECK_STR(instruction_flag(&dockerfile.items[0], "exclude"), "b");
	CHECK(!instruction_flag(&dockerfile.items[0], "fro"));
	CHECK(!instruction_flag(&dockerfile.items[0], "chown"));
}

TEST(switches_are_on_off_or_not_said)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	CHECK_OK(dockerfile_parse_one("t", "ADD --link --unpack=false --keep-git-dir=true x y",
				      &dockerfile, &err),
		 &err);
	const struct instruction *add = &dockerfile.items[0];
	CHECK(instruction_flag_is_on(add, "link", false));
	CHECK(instruction_flag_is_on(add, "keep-git-dir", false));
	CHECK(!instruction_flag_is_on(add, "unpack", true));
	CHECK(instruction_flag_is_on(add, "parents", true));
	CHECK(!instruction_flag_is_on(add, "parents", false));
}

TEST(a_heredoc_alone_is_a_script)
{
	static const struct {
		const char *text;
		bool is_script;
	} cases[] = {
		{"RUN <<EOF\nEOF\n", true},         {"RUN --network=none 3<<-'E F'\nE F\n", true},
		{"RUN <<EOF cat\nEOF\n", false},    {"RUN cat <<EOF\nEOF\n", false},
		{"RUN <<EOF <<X\nEOF\nX\n", false}, {"RUN cat", false},
		{"COPY <<EOF /x\nEOF\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
		autoerr struct err err = {0};
		CHECK_OK(dockerfile_parse_one("t", cases[i].text, &dockerfile, &err), &err);
		CHECK(dockerfile.items[0].is_script == cases[i].is_script);
	}
}

TEST(heredocs_are_joined_as_a_shell_reads_them)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	CHECK_OK(dockerfile_parse_one("t", "RUN a <<X <<-'Y'\n1\nX\n\t2\n\tY\n", &dockerfile, &err),
		 &err);
	autofree char *text =
		instruction_join_heredocs(&dockerfile.items[0], dockerfile.items[0].words.items[0]);
	CHECK_STR(text, "a <<X <<-'Y'\n1\nX\n2\nY");
}

static void check_refused(struct str text, enum err_kind kind, const char *message)
{
	struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	CHECK(dockerfile_parse("t", text, &dockerfile, &err) == -1);
	CHECK_INT(err.kind, kind);
	CHECK_STR(err_text(&err), message);
	CHECK(!dockerfile.items);
}

TEST(what_no_text_file_holds_is_refused)
{
	check_refused((struct str){"FROM a\0b", 8}, ERR_INPUT,
		      "t: holds a NUL byte, so it is not text");
	check_refused((struct str){"", 0}, ERR_INPUT, "t: there is no instruction");
}

TEST(sizes_are_bounded)
{
	autofree char *blanks = xmalloc(LIMIT_DOCKERFILE_BYTES + 1);
	autobuf struct buf many = {0};

	memset(blanks, ' ', LIMIT_DOCKERFILE_BYTES + 1);
	check_refused((struct str){blanks, LIMIT_DOCKERFILE_BYTES + 1}, ERR_LIMIT,
		      "t: larger than 4194304 bytes");
	check_refused((struct str){blanks, LIMIT_DOCKERFILE_LINE + 1}, ERR_INPUT,
		      "t:1: the line is longer than 65535 bytes");
	for (size_t i = 0; i <= LIMIT_DOCKERFILE_INSTRUCTIONS; i++)
		buf_puts(&many, "FROM a\n");
	check_refused(buf_str(&many), ERR_LIMIT, "t: more than 10000 instructions");
}
