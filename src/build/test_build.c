/* test_build.c - whole builds: stages, variables, settings, the cache.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "build/test_fixture.h"
#include "testing/test.h"

static void check_list(const struct strlist *got, const char *want)
{
	autofree char *joined = strlist_join(got, "|");
	CHECK_STR(joined, want);
}

TEST(settings_reach_the_config)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config config = {0};
	bench_open(&bench);
	strlist_add(&bench.options.labels, "given=yes");
	bench_make(&bench, "FROM scratch\n"
			   "MAINTAINER someone\n"
			   "ENV A=1 B=$A C=\"x y\"\n"
			   "ENV B=${A}2\n"
			   "LABEL one=\"1\" two=2\n"
			   "USER web:www\n"
			   "WORKDIR /srv\n"
			   "WORKDIR data\n"
			   "EXPOSE 80 53/udp\n"
			   "VOLUME /data [\"/x\"]\n"
			   "STOPSIGNAL SIGTERM\n"
			   "SHELL [\"/bin/ash\", \"-ec\"]\n"
			   "CMD echo $A\n"
			   "ENTRYPOINT [\"/init\"]\n"
			   "HEALTHCHECK --interval=5s CMD [\"true\"]\n"
			   "ONBUILD RUN make\n");
	bench_config(&bench, &config);
	struct run_config *run = &config.config;
	check_list(&run->env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
			      "|A=1|B=12|C=x y");
	check_list(&run->labels, "given=yes|one=1|two=2");
	CHECK_STR(run->user, "web:www");
	CHECK_STR(run->working_dir, "/srv/data");
	check_list(&run->exposed_ports, "53/udp|80/tcp");
	check_list(&run->volumes, "/data|[/x]");
	CHECK_STR(run->stop_signal, "SIGTERM");
	check_list(&run->cmd, "/bin/ash|-ec|echo $A");
	check_list(&run->entrypoint, "/init");
	check_list(&run->healthcheck.test, "CMD|true");
	CHECK_INT(run->healthcheck.interval_ns, 5 * NS_PER_SEC);
	check_list(&run->on_build, "RUN make");
	CHECK_STR(config.author, "someone");
	CHECK_INT(config.n_history, 15);
	CHECK_INT(config.n_diff_ids, 2);
	CHECK_STR(config.history[0].created_by, "MAINTAINER someone");
	CHECK(config.history[0].empty_layer && !config.history[5].empty_layer);
	CHECK_STR(config.history[5].created_by, "WORKDIR /srv");
}

TEST(an_entry_point_drops_the_command_it_inherits_and_not_its_own)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config inherited = {0};
	cleanup(image_config_done) struct image_config own = {0};
	bench_open(&bench);
	bench_make(&bench, "FROM scratch AS a\nCMD [\"x\"]\nFROM a\nENTRYPOINT [\"y\"]\n");
	bench_config(&bench, &inherited);
	check_list(&inherited.config.cmd, "");
	bench_make(&bench,
		   "FROM scratch AS a\nCMD [\"x\"]\nFROM a\nCMD [\"z\"]\nENTRYPOINT [\"y\"]\n");
	bench_config(&bench, &own);
	check_list(&own.config.cmd, "z");
}

TEST(stages_that_nobody_needs_are_not_built)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "f", "f");
	static const char text[] = "FROM nowhere AS unused\n"
				   "RUN --mount=type=cache,target=/x false\n"
				   "FROM scratch AS base\n"
				   "COPY f /base\n"
				   "FROM base AS middle\n"
				   "COPY f /middle\n"
				   "FROM scratch\n"
				   "COPY --from=middle /base /copied\n";
	bench_make(&bench, text);
	CHECK_TEXT(&bench, "/copied", "f");
	CHECK_INT(bench.result.n_steps, 3);
	bench.options.target = "Middle";
	bench_make(&bench, text);
	CHECK_TEXT(&bench, "/middle", "f");
	CHECK_INT(bench.result.n_steps, 2);
	CHECK(bench.result.cached);
	bench.options.target = "1";
	bench_make(&bench, text);
	CHECK_TEXT(&bench, "/base", "f");
	bench.options.target = "midle";
	autoerr struct err err = {0};
	CHECK(bench_build(&bench, text, &err) == -1);
	CHECK(strstr(err_text(&err), "there is no stage 'midle' in '"));
	CHECK(text_ends(err_text(&err), "', did you mean 'middle'?"));
	CHECK_INT(err.kind, ERR_INPUT);
}

TEST(what_is_not_supported_is_refused_by_name_before_anything_is_made)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"RUN --mount=type=cache,target=/x true", "RUN --mount is not supported yet"},
		{"RUN --security=insecure true", "RUN --security=insecure is not supported"},
		{"RUN --network=mine true", "RUN --network is default, none or host, not 'mine'"},
		{"RUN --device=x true", "RUN --device is not supported yet"},
		{"COPY --link a b", "COPY --link is not supported yet"},
		{"COPY --parents a b", "COPY --parents is not supported yet"},
		{"COPY --exclude=x a b", "COPY --exclude is not supported yet"},
		{"ADD --checksum=sha256:00 a b", "ADD --checksum is not supported yet"},
		{"ADD --keep-git-dir a b", "ADD --keep-git-dir is not supported yet"},
		{"ADD https://example.org/x /",
		 "ADD of 'https://example.org/x': sources on the network are not supported yet"},
		{"ADD git@example.org:x.git /",
		 "ADD of 'git@example.org:x.git': sources on the network are not supported yet"},
	};
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "f", "f");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *text = xasprintf("FROM scratch\n\n%s\n", cases[i].line);
		autofree char *message = xasprintf("Dockerfile:3:1: %s", cases[i].message);
		bench_refuse(&bench, text, message);
	}
	bench_refuse(
		&bench, "# syntax=example/other\nFROM scratch\n",
		"Dockerfile: the syntax 'example/other' is not supported, docker/dockerfile is");
	bench_refuse(
		&bench, "FROM --platform=linux/s390x scratch\n",
		"Dockerfile:1:1: --platform=linux/s390x is not supported on this host, which is "
		"linux/amd64");
	bench_refuse(&bench, "FROM debian:nowhere\n",
		     "Dockerfile:1:1: no such image 'debian:nowhere'");
	bench_refuse(&bench, "ARG x\nFROM ${x}\n",
		     "Dockerfile:2:1: '${x}' expands to nothing: no image to build from");
}

TEST(arguments_have_scopes)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config config = {0};
	bench_open(&bench);
	strlist_add(&bench.options.build_args, "given=from outside");
	strlist_add(&bench.options.build_args, "stray=1");
	strlist_add(&bench.options.build_args, "HTTP_PROXY=http://proxy");
	bench_make(&bench, "ARG global=g base=scratch\n"
			   "ARG derived=${global}2\n"
			   "FROM $base AS first\n"
			   "LABEL a=\"$global,$given,$late\"\n"
			   "ARG global given=default late=default own\n"
			   "LABEL b=\"$global,$given,$late,${own-unset}\"\n"
			   "ENV late=env\n"
			   "ARG derived TARGETARCH\n"
			   "LABEL c=\"$late,$derived,${TARGETARCH:+arch}\"\n"
			   "FROM first\n"
			   "LABEL d=\"$global,$given,$late\"\n");
	bench_config(&bench, &config);
	check_list(&config.config.labels, "a=,,|b=g,from outside,default,unset|c=env,g2,arch|"
					  "d=g,from outside,env");
	CHECK_STR(buf_text(&bench.warnings), "--build-arg stray: no ARG declares it, ignoring\n");
	check_list(&config.config.env,
		   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		   "/bin|late=env");
}

TEST(triggers_run_in_the_stage_that_builds_on_them)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config config = {0};
	bench_open(&bench);
	bench_write(&bench, "f", "f");
	bench_make(&bench, "FROM scratch AS base\n"
			   "ONBUILD COPY f /from-trigger\n"
			   "ONBUILD ENV triggered=$PATH\n"
			   "FROM base\n"
			   "COPY f /own\n");
	bench_config(&bench, &config);
	CHECK_TEXT(&bench, "/from-trigger", "f");
	CHECK(strlist_env_get(&config.config.env, "triggered"));
	CHECK_INT(config.config.on_build.n, 0);
	CHECK_STR(config.history[2].created_by, "COPY f /from-trigger");
	bench_refuse(&bench, "FROM scratch AS base\nONBUILD COPY none /x\nFROM base\n",
		     "ONBUILD of 'base':1:1: 'none' is not in the build context");
}

TEST(nothing_changed_means_nothing_is_made)
{
	autobench struct bench bench;
	static const char text[] = "FROM scratch\nCOPY a /\nENV x=1\nWORKDIR /w\nCOPY b /\n";
	bench_open(&bench);
	bench_write(&bench, "a", "A");
	bench_write(&bench, "b", "B");
	bench_make(&bench, text);
	CHECK(!bench.result.cached && bench.result.n_cached == 0 && bench.result.n_steps == 3);
	struct digest first = bench.result.image.id;
	bench_make(&bench, text);
	CHECK(bench.result.cached && bench.result.n_cached == 3);
	CHECK(digest_eq(&first, &bench.result.image.id));
	bench_write(&bench, "a", "A"); /* the same, later */
	bench_make(&bench, text);
	CHECK(bench.result.cached);
	bench_write(&bench, "b", "changed");
	bench_make(&bench, text);
	CHECK(!bench.result.cached && bench.result.n_cached == 2);
	CHECK_TEXT(&bench, "/b", "changed");
	bench_write(&bench, "b", "B");
	bench.options.no_cache = true;
	bench_make(&bench, text);
	CHECK_INT(bench.result.n_cached, 0);
}

TEST(a_parent_made_anew_with_the_same_content_changes_nothing)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a", "A");
	bench_write(&bench, "b", "B");
	bench_make(&bench,
		   "FROM scratch AS x\nCOPY a /a\nFROM scratch\nCOPY --from=x /a /c\nCOPY b /\n");
	bench_make(&bench,
		   "FROM scratch AS x\nCOPY a /other\nFROM scratch\nCOPY --from=x /other /c\n"
		   "COPY b /\n");
	CHECK_INT(bench.result.n_steps, 3);
	CHECK_INT(bench.result.n_cached, 2);
}

TEST(a_name_is_moved_to_the_image_that_was_made_before)
{
	autobench struct bench bench;
	autoref struct reference name = {0};
	autoerr struct err err = {0};
	bench_open(&bench);
	CHECK_OK(reference_parse("mine:1", &name, &err), &err);
	bench.options.tag = &name;
	bench_make(&bench, "FROM scratch\nENV a=1\n");
	struct digest first = bench.result.image.id;
	bench_make(&bench, "FROM scratch\nENV a=2\n");
	CHECK(!digest_eq(&first, &bench.result.image.id));
	bench_make(&bench, "FROM scratch\nENV a=1\n");
	CHECK(digest_eq(&first, &bench.result.image.id));
	check_list(&bench.result.image.names, "docker.io/library/mine:1");
}

TEST(the_same_in_another_store_has_the_same_digest)
{
	struct digest ids[2];
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		autobench struct bench bench;
		bench_open(&bench);
		bench_write(&bench, "d/a", "A");
		bench_write(&bench, "d/sub/b", "B");
		bench_make(&bench,
			   "FROM scratch\nCOPY d /x/y\nWORKDIR /w\nCOPY <<EOF /z\nz\nEOF\n");
		ids[i] = bench.result.image.id;
	}
	unsetenv("SOURCE_DATE_EPOCH");
	CHECK_STR(ids[0].text, ids[1].text);
}

TEST(without_a_context_there_are_no_files)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	bench_open(&bench);
	bench_make(&bench, "FROM scratch\nCOPY <<EOF /x\nx\nEOF\nCOPY * /\n");
	autofree char *file = xasprintf("%s/Dockerfile", bench.dir);
	bench.options.dockerfile = file;
	build_result_done(&bench.result);
	CHECK_OK(build_image(&bench.engine, &bench.options, &bench.result, &err), &err);
	CHECK_TEXT(&bench, "/x", "x\n");
	CHECK_LOOK(&bench, "/Dockerfile", "");
}

TEST(stages_are_read_where_overlays_are_missing_too)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench.engine.snap_driver = SNAP_COPY;
	bench_write(&bench, "f", "f");
	bench_make(&bench, "FROM scratch AS a\nCOPY f /d/f\nFROM scratch\nCOPY --from=a /d /e\n");
	CHECK_TEXT(&bench, "/e/f", "f");
}

struct heard { /* of each step: its name, and how it ended */
	struct buf text;
};

static void hear(const struct progress_event *event, void *arg)
{
	struct heard *heard = arg;

	if (event->kind == PROGRESS_BEGIN)
		buf_printf(&heard->text, "%s\n", event->name);
	if (event->kind == PROGRESS_END)
		buf_printf(&heard->text, "%d files %d bytes %s\n", (int)event->files,
			   (int)event->bytes,
			   event->failed   ? "failed"
			   : event->cached ? "cached"
					   : "done");
	if (event->kind == PROGRESS_RESULT)
		buf_printf(&heard->text, "result %s\n", event->text);
}

TEST(steps_are_told_as_they_begin_and_end)
{
	autobench struct bench bench;
	struct heard heard = {0};
	struct progress progress = {hear, &heard};
	autoerr struct err err = {0};
	bench_open(&bench);
	bench_write(&bench, "f", "f");
	bench_make(&bench, "FROM scratch AS s\nCOPY f /\n"
			   "FROM scratch\nCOPY --from=s /f /g\n");
	autofree char *file = xasprintf("%s/Dockerfile", bench.dir);
	autofree char *context = xasprintf("%s/context", bench.dir);
	bench.options.dockerfile = file;
	bench.options.context = context;
	bench.options.progress = &progress;
	build_result_done(&bench.result);
	CHECK_OK(build_image(&bench.engine, &bench.options, &bench.result, &err), &err);
	autofree char *told = xasprintf(
		"[s 1/2] COPY f /\n1 files 1 bytes cached\n[2/2] COPY --from=s /f /g\n1 files 1 bytes cached\n"
		"result %s\n",
		bench.result.image.id.text);
	CHECK_STR(buf_text(&heard.text), told);
	buf_done(&heard.text);
}

TEST(a_missing_dockerfile_or_context_is_named)
{
	autobench struct bench bench;
	struct build_result result;
	autoerr struct err no_file = {0};
	autoerr struct err no_context = {0};
	bench_open(&bench);
	bench.options.dockerfile = "/nowhere/Dockerfile";
	CHECK(build_image(&bench.engine, &bench.options, &result, &no_file) == -1);
	CHECK_STR(err_text(&no_file), "opening '/nowhere/Dockerfile': No such file or directory");
	bench_make(&bench, "FROM scratch\nENV a=1\n");
	autofree char *file = xasprintf("%s/Dockerfile", bench.dir);
	bench.options.dockerfile = file;
	bench.options.context = "/nowhere";
	CHECK(build_image(&bench.engine, &bench.options, &result, &no_context) == -1);
	CHECK_INT(no_context.kind, ERR_MISSING);
	CHECK(text_starts(err_text(&no_context), "the build context: "));
}
