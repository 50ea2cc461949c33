/* test_metrics.c - what is counted is what is told, in the words of Prometheus.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/metrics.h"

#include "base/clock.h"
#include "base/strlist.h"
#include "testing/test.h"

#include "base/banned.h"

static bool has_line(const struct buf *text, const char *line)
{
	autostrlist struct strlist lines = {0};
	strlist_split(&lines, buf_str(text), '\n');
	return strlist_has(&lines, line);
}

TEST(requests_are_counted_by_route_method_and_status)
{
	struct metrics *metrics = metrics_new();
	autobuf struct buf text = {0};
	struct api_event pull = {.method = "GET", .route = "manifests", .status = 200, .sent = 10};
	struct api_event login = {
		.method = "GET", .route = "token", .status = 401, .audit = "login"};
	struct api_event strange = {.method = "BREW", .route = "pot", .status = 418};

	pull.duration_ns = 3 * NS_PER_SEC / 1000; /* 3 ms */
	metrics_count(metrics, &pull);
	metrics_count(metrics, &pull);
	metrics_count(metrics, &login);
	metrics_count(metrics, &strange);
	metrics_write(metrics, &text);
	metrics_free(metrics);

	static const char *const lines[] = {
		"hull_registry_requests_total{route=\"manifests\",method=\"GET\",status=\"2xx\"} 2",
		"hull_registry_requests_total{route=\"token\",method=\"GET\",status=\"4xx\"} 1",
		"hull_registry_requests_total{route=\"none\",method=\"other\",status=\"4xx\"} 1",
		"hull_registry_request_seconds_bucket{route=\"manifests\",le=\"0.0025\"} 0",
		"hull_registry_request_seconds_bucket{route=\"manifests\",le=\"0.005\"} 2",
		"hull_registry_request_seconds_bucket{route=\"manifests\",le=\"+Inf\"} 2",
		"hull_registry_request_seconds_sum{route=\"manifests\"} 0.006000",
		"hull_registry_request_seconds_count{route=\"manifests\"} 2",
		"hull_registry_sent_bytes_total 20",
		"hull_registry_events_total{event=\"login\",outcome=\"failed\"} 1",
		"hull_registry_events_total{event=\"login\",outcome=\"ok\"} 0",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (!has_line(&text, lines[i]))
			test_fail(__FILE__, __LINE__, "no line %s in:\n%s", lines[i],
				  buf_text(&text));
}

/* Prometheus refuses a text in which a family has no or two heads. */
TEST(each_line_belongs_to_a_family_that_was_declared_once)
{
	struct metrics *metrics = metrics_new();
	autobuf struct buf text = {0};
	autostrlist struct strlist lines = {0}, declared = {0};

	metrics_add(metrics, COUNT_GC_RUNS, 3);
	CHECK_INT(metrics_get(metrics, COUNT_GC_RUNS), 3);
	metrics_write(metrics, &text);
	metrics_write_process(&text);
	metric_write(&text, METRIC_GAUGE, "half", "A half", 0.5);
	metrics_free(metrics);
	CHECK(has_line(&text, "hull_registry_gc_runs_total 3"));
	CHECK(has_line(&text, "hull_registry_half 0.500000"));

	strlist_split(&lines, buf_str(&text), '\n');
	for (size_t i = 0; i < lines.n; i++) {
		struct str line = str_of(lines.items[i]);
		if (str_starts(line, STR("# TYPE "))) {
			struct str rest = {line.ptr + 7, line.len - 7};
			autofree char *name = str_dup(str_cut(&rest, ' '));
			CHECK(!strlist_has(&declared, name));
			strlist_add(&declared, name);
			continue;
		}
		if (!line.len || line.ptr[0] == '#')
			continue;
		bool found = false;
		for (size_t k = 0; k < declared.n; k++)
			found |= text_starts(lines.items[i], declared.items[k]);
		CHECK(found);
		CHECK(strrchr(lines.items[i], ' ')[1] != '\0');
	}
	CHECK(declared.n > 20);
}

TEST(the_process_tells_its_memory)
{
	autobuf struct buf text = {0};

	metrics_write_process(&text);
	const char *line = "\nhull_registry_resident_bytes ";
	const char *at = strstr(buf_text(&text), line);
	CHECK(at);
	CHECK(at[strlen(line)] > '0'); /* no program fits into nothing */
}
