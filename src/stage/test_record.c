/* test_record.c - a build's record, and the page that is made of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/clock.h"
#include "base/io.h"
#include "stage/record_private.h"
#include "testing/test.h"

#include "base/banned.h"

DEFINE_FREEP(struct record, record_free)

static void tell(struct record *record, struct progress_event event)
{
	progress_tell(record_progress(record), &event);
}

static void tell_log(struct record *record, const char *text)
{
	tell(record,
	     (struct progress_event){.kind = PROGRESS_LOG, .text = text, .len = strlen(text)});
}

static void observe(struct record *record, enum change_kind kind, const char *path, uint64_t size)
{
	struct entry entry = {.type = ENTRY_FILE, .size = size};
	const struct change change = {kind, path, kind == CHANGE_DELETED ? NULL : &entry};
	autoerr struct err err = {0};
	CHECK_OK(record_observe(&change, record, &err), &err);
}

static char *page_of(const struct record *record, const char *failure)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	const char *top;
	int dirfd = test_dir(&top);
	autofree char *path = path_join(top, "report.html");

	CHECK_OK(record_report(record, path, "org/<img>", failure, &err), &err);
	CHECK_OK(file_read_at(dirfd, "report.html", (size_t)64 << 20, &text, &err), &err);
	return buf_steal(&text);
}

static void count(const struct progress_event *event, void *arg)
{
	(*(unsigned *)arg)++;
}

TEST(everything_is_passed_on)
{
	unsigned n = 0;
	const struct progress inner = {count, &n};
	cleanup(record_freep) struct record *record = record_new(&inner);

	for (enum progress_kind kind = PROGRESS_BANNER; kind <= PROGRESS_RESULT; kind++)
		tell(record, (struct progress_event){.kind = kind, .name = "n", .text = "t"});
	CHECK_INT(n, PROGRESS_RESULT + 1);
}

TEST(steps_have_their_beginning_length_and_verdict)
{
	cleanup(record_freep) struct record *record = record_new(NULL);

	tell(record, (struct progress_event){.kind = PROGRESS_BEGIN, .step = "boot", .name = "B"});
	tell(record, (struct progress_event){.kind = PROGRESS_END,
					     .step = "boot",
					     .name = "B",
					     .duration_ns = NS_PER_SEC,
					     .files = 3});
	tell(record, (struct progress_event){.kind = PROGRESS_BEGIN, .step = "s3", .name = "T"});
	tell(record, (struct progress_event){
			     .kind = PROGRESS_END, .step = "s3", .name = "T", .failed = true});
	tell(record, (struct progress_event){.kind = PROGRESS_END, .step = "never begun"});
	CHECK_INT(record->steps.n, 2);
	CHECK_INT(record->steps.items[0].duration_ns, NS_PER_SEC);
	CHECK_INT(record->steps.items[0].files, 3);
	CHECK(!record->steps.items[0].failed && record->steps.items[1].failed);
}

TEST(the_log_keeps_its_newest_part)
{
	cleanup(record_freep) struct record *record = record_new(NULL);
	autofree char *block = xmalloc(1 << 20);

	memset(block, 'x', (1 << 20) - 1);
	block[(1 << 20) - 1] = '\0';
	tell_log(record, "the very first line\n");
	for (int i = 0; i < 12; i++)
		tell_log(record, block);
	tell_log(record, "the last line\n");
	CHECK(record->log_is_cut && record->log.len <= LIMIT_RECORD_LOG);
	CHECK(!strstr(buf_text(&record->log), "first"));
	CHECK(text_ends(buf_text(&record->log), "the last line\n"));
}

TEST(files_and_directories_are_listed_by_weight)
{
	cleanup(record_freep) struct record *record = record_new(NULL);

	for (uint64_t i = 0; i < RECORD_LARGEST + 20; i++) {
		autofree char *path = xasprintf("usr/lib/f%llu", (unsigned long long)i);
		observe(record, CHANGE_ADDED, path, i * 7919 % 61);
	}
	observe(record, CHANGE_MODIFIED, "etc/big", 1000);
	observe(record, CHANGE_DELETED, "etc/gone", 0);
	CHECK_INT(record->n_files, RECORD_LARGEST);
	CHECK_STR(record->files[0].path, "etc/big");
	for (size_t i = 1; i < record->n_files; i++)
		CHECK(record->files[i - 1].bytes >= record->files[i].bytes);
	CHECK_INT((uintptr_t)map_get(&record->directories, "etc"), 1000);
	CHECK((uintptr_t)map_get(&record->directories, "usr") ==
	      (uintptr_t)map_get(&record->directories, "usr/lib"));
	CHECK_INT(record->n_changes[CHANGE_DELETED], 1);
}

TEST(the_page_holds_everything_and_nothing_that_acts)
{
	cleanup(record_freep) struct record *record = record_new(NULL);

	tell(record, (struct progress_event){
			     .kind = PROGRESS_VALUE, .name = "OS", .text = "<script>alert(1)"});
	tell(record,
	     (struct progress_event){.kind = PROGRESS_BEGIN, .step = "boot", .name = "boot & co"});
	tell(record, (struct progress_event){.kind = PROGRESS_END, .step = "boot"});
	tell_log(record, "</pre><script>alert(2)</script>\033[31m\xff\n");
	tell(record, (struct progress_event){
			     .kind = PROGRESS_WARNING, .name = "units", .text = "a.service"});
	observe(record, CHANGE_ADDED, "srv/<b>", 5);
	tell(record,
	     (struct progress_event){.kind = PROGRESS_RESULT, .name = "x", .text = "sha256:0123"});
	autofree char *page = page_of(record, NULL);
	CHECK(text_starts(page, "<!doctype html>"));
	CHECK(!strstr(page, "<script") && !strstr(page, "\033") && !strstr(page, "\xff"));
	CHECK(!strstr(page, "http:") && !strstr(page, "https:") && !strstr(page, "src="));
	CHECK(strstr(page, "org/&lt;img&gt;") && strstr(page, "sha256:0123"));
	CHECK(strstr(page, "boot &amp; co") && strstr(page, "/srv/&lt;b&gt;"));
	CHECK(strstr(page, "warning: units: a.service"));
	CHECK(text_ends(page, "</body></html>\n"));
}

TEST(the_page_of_a_failure_says_why)
{
	cleanup(record_freep) struct record *record = record_new(NULL);
	autofree char *page = page_of(record, "stage3.sh ended with status 3");

	CHECK(strstr(page, "failed: stage3.sh ended with status 3"));
	CHECK(!strstr(page, "id=\"files\""));
}
