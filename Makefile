# margay: detection-as-code for Zoom.  `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
PACKAGES := simdjson jansson lua5.4 libpcre2-8 libcurl libmicrohttpd gnutls sqlite3 yaml-0.1 libcrypto libmaxminddb zlib libzstd
OPTIONAL_PACKAGES := libhs # Vectorscan, for very large rule sets

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 \
  -Wundef -Wcast-qual -Werror
WARNINGS_C := -Wstrict-prototypes -Wmissing-prototypes
HARDENING := -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -fPIE \
  $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
OPTIMISE := -O2 $(HARDENING)
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack

# make SAN=1 …: the same targets with AddressSanitizer and UndefinedBehaviorSanitizer. What the latter would
# check of null pointers and sizes of objects is found by the former. A program at fixed addresses starts
# faster: sanitizers have hundreds of thousands of addresses to relocate.
ifdef SAN
override BUILD := $(BUILD)/san
OPTIMISE := -O1 -fno-omit-frame-pointer -fno-pie -fsanitize=address,undefined -fno-sanitize=null,object-size \
  -fno-sanitize-recover=all
LINK := -no-pie -fsanitize=address,undefined
endif

# make TSAN=1 …: with ThreadSanitizer. `make tsan` does it.
ifdef TSAN
override BUILD := $(BUILD)/tsan
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=thread
LINK := -fsanitize=thread
endif

# make COVERAGE=1 …: counts which lines are reached. `make coverage` does it.
ifdef COVERAGE
override BUILD := $(BUILD)/coverage
OPTIMISE := -O0 --coverage
LINK := --coverage
endif

# make FUZZING=1 …: with clang, sanitizers and coverage for libFuzzer. `make fuzz` does it. Which
# warnings are errors is for the release's compiler and for `make lint` to say.
ifdef FUZZING
WARNINGS += -Wno-error
override BUILD := $(BUILD)/fuzz
CC := clang
CXX := clang++
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
  -fno-sanitize-recover=all -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
LINK := -fsanitize=address,undefined
endif

COMMON = -Iengine -I$(BUILD)/made -D_GNU_SOURCE -DMARGAY_VERSION='"$(VERSION)"' \
  -DMARGAY_DATA_DIR='"$(PREFIX)/share/margay"' -g -pthread -MMD -MP $(PACKAGE_CFLAGS)
FLAGS_C = -std=c17 $(COMMON) $(WARNINGS) $(WARNINGS_C) $(OPTIMISE) $(CFLAGS)
FLAGS_CXX = -std=c++17 $(COMMON) $(WARNINGS) $(OPTIMISE) $(CXXFLAGS)
LIBS = $(PACKAGE_LIBS) -lm -pthread

# Folders may be of any depth.
SOURCES := $(filter-out engine/main.c,$(sort $(shell find engine -name '*.c' -o -name '*.cc')))
OBJECTS := $(patsubst %,$(BUILD)/%.o,$(basename $(SOURCES)))
LIBRARY := $(BUILD)/libmargay.a
PROGRAM := $(BUILD)/margay
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(sort $(shell find tests/unit -name '*_test.c')))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

# One line a file; make V=1 shows the commands.
ifeq ($(V)$(findstring s,$(firstword -$(MAKEFLAGS))),)
QUIET = @printf '  %-4s %s\n' $(1) $(if $(2),$(2),$@);
endif

# Every processor builds, unless -j was given.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

.PHONY: browser coverage flood hostile latency limits live storm tsan tsan-build build program deps demo run test unit unit-build fault fault-build no-such-test always fuzzers lint tidy fmt fuzz bench install clean help
.SECONDARY:

build:
	@$(MAKE) --no-print-directory $(JOBS) program

program: $(PROGRAM)
	@:

# Compiler flags of the libraries, asked for once. Making this file installs what is missing.
NEEDS_NO_BUILD := clean help fmt deps
ifneq ($(filter-out $(NEEDS_NO_BUILD),$(or $(MAKECMDGOALS),build)),)
include $(BUILD)/packages.mk
endif

$(BUILD)/packages.mk: Makefile packaging/deps
	@packaging/deps build
	@[ -n "$(NO_DEPS)" ] || packaging/deps option 2>/dev/null || true
	@mkdir -p $(@D)
	@packages='$(PACKAGES)'; defines=; \
	if pkg-config --exists $(OPTIONAL_PACKAGES); then \
	  packages="$$packages $(OPTIONAL_PACKAGES)"; defines=-DMARGAY_VECTORSCAN; \
	fi; \
	printf 'PACKAGE_CFLAGS := %s\nPACKAGE_LIBS := %s\n' \
	  "$$(pkg-config --cflags $$packages) $$defines" "$$(pkg-config --libs $$packages)" >$@

$(PROGRAM): $(BUILD)/engine/main.o $(LIBRARY)
	$(call QUIET,LINK)$(CXX) $(LINK) -o $@ $^ $(LIBS)

$(LIBRARY): $(OBJECTS) $(BUILD)/sources
	@rm -f $@
	$(call QUIET,AR)ar rcs $@ $(OBJECTS)

# What the library is made of: it is made again when a source is moved or removed, too.
$(BUILD)/sources: always
	@mkdir -p $(@D)
	@echo '$(SOURCES)' | cmp -s - $@ || echo '$(SOURCES)' >$@

# Unicode's case folding, from ICU's data; the program itself needs no ICU.
$(BUILD)/engine/base/unicode/fold.o: $(BUILD)/made/fold_table.h

$(BUILD)/made/fold_table.h: $(BUILD)/made/fold_table
	@$< >$@.new && mv $@.new $@

$(BUILD)/made/fold_table: packaging/fold_table.c
	@mkdir -p $(@D)
	$(call QUIET,CC,$<)$(CC) -std=c17 $(WARNINGS) $(WARNINGS_C) -O1 \
	  $$(pkg-config --cflags icu-uc) -o $@ $< $$(pkg-config --libs icu-uc)

# The dashboard is built in: what is below web/, and Chart.js as the distribution has it (without it
# the dashboard has tables where it would have charts).
WEB := $(sort $(shell find web -type f 2>/dev/null))
CHART := $(firstword $(wildcard /usr/share/javascript/chart.js/chart.min.js))
$(BUILD)/engine/api/face/files.o: $(BUILD)/made/web_files.h

$(BUILD)/made/web_files.h: $(BUILD)/made/web_table $(WEB) $(CHART) $(BUILD)/web
	@$< web $(patsubst web/%,%,$(WEB)) $(CHART:%=@vendor/chart.js=%) >$@.new && mv $@.new $@

# What it is made of: it is made again when a file was removed, too.
$(BUILD)/web: always
	@mkdir -p $(@D)
	@echo '$(WEB) $(CHART)' | cmp -s - $@ || echo '$(WEB) $(CHART)' >$@

$(BUILD)/made/web_table: packaging/web_table.c
	@mkdir -p $(@D)
	$(call QUIET,CC,$<)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WARNINGS_C) -O1 -o $@ $< -lz

# What several rooms' tests share is found from each of them.
$(BUILD)/tests/%: COMMON += -Itests/unit
# A server of TLS that speaks no HTTP; OpenSSL's other half is there anyway.
$(BUILD)/tests/unit/alert/destination/siem/syslog_test: LIBS += -lssl

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call QUIET,CC,$<)$(CC) $(FLAGS_C) -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call QUIET,CXX,$<)$(CXX) $(FLAGS_CXX) -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	$(call QUIET,LINK)$(CXX) $(LINK) -o $@ $^ -lcmocka $(LIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY)
	$(call QUIET,LINK)$(CXX) $(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)

deps: ## install everything that any target needs
	packaging/deps build test browser lint fuzz bench

demo: build ## run everything once: a simulated Zoom, the bundled rules, alerts
	$(PROGRAM) demo

run: build ## the daemon with margay.yml
	$(PROGRAM) run -c margay.yml

test: ## every test but those in a browser, with sanitizers; ends in 'N passed, N failed'
	@packaging/deps build test
	@$(MAKE) -s $(JOBS) SAN=1 program unit-build fault-build
	@tests/run build/san

unit-build: $(UNIT_TESTS)

fault: ## system calls fail, processes are killed, power is cut: FAULT_SITES (10, or all) of each kind; 10 minutes
	@packaging/deps build test
	@$(MAKE) -s $(JOBS) program fault-build
	@tests/fault/run $(BUILD)

# The library is preloaded: sanitizers would be in its way.
fault-build: $(BUILD)/tests/fault/shim.so $(BUILD)/tests/fault/clock.so $(BUILD)/tests/fault/images

$(BUILD)/tests/fault/%.so: tests/fault/%.c tests/fault/journal.h
	@mkdir -p $(@D)
	$(call QUIET,CC,$<)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WARNINGS_C) -g -O1 -fPIC -shared -o $@ $<

$(BUILD)/tests/fault/images: tests/fault/images.c tests/fault/journal.h
	@mkdir -p $(@D)
	$(call QUIET,CC,$<)$(CC) $(FLAGS_C) $(LINK) -o $@ $<

no-such-test:
	@echo "unit: there is no test program '$(ONLY)' below tests/unit" >&2; false

# ONLY is a name, in whatever room the test is.
unit: $(if $(ONLY),$(or $(filter $(addprefix %/,$(ONLY)),$(UNIT_TESTS)),no-such-test),$(UNIT_TESTS)) ## unit tests only; ONLY=text_test for one
	@status=0; for t in $^; do $$t || status=1; done; exit $$status

browser: ## the dashboard in Chromium: each page and change, keyboard, 320 px, dark, hostile events; a minute
	@packaging/deps build test browser
	@$(MAKE) -s $(JOBS) SAN=1 program
	@tests/run build/san browser/

lint: ## rooms, circles, web, clang-format, clang-tidy, cppcheck, luacheck, shellcheck
	@packaging/deps build lint
	@$(MAKE) -s $(JOBS) program
	@tests/lint/run $(BUILD)

# clang-tidy, file by file. A file is looked at again when its object would be built again. What
# it counts ("2 warnings generated") and found in other people's headers is not worth a line.
TIDY := $(patsubst %.c,$(BUILD)/tidy/%,$(sort $(shell find engine tests -name '*.c')))
tidy: $(TIDY)

$(TIDY): .clang-tidy tests/.clang-tidy
$(BUILD)/tidy/tests/%: COMMON += -Itests/unit

$(BUILD)/tidy/%: $(BUILD)/%.o
	@mkdir -p $(@D)
	@clang-tidy --quiet $*.c -- -std=c17 $(COMMON) >$@.out 2>&1 && mv $@.out $@ || \
	  { grep -v 'warnings\? generated\.$$' $@.out; rm -f $@.out; false; }

fmt: ## format the C sources
	clang-format -i $(sort $(shell find engine tests -name '*.[ch]' -o -name '*.cc'))

fuzz: ## every fuzz target for FUZZ_SECONDS (60) each
	@packaging/deps build fuzz
	@$(MAKE) -s $(JOBS) FUZZING=1 fuzzers
	@tests/fuzz/run build/fuzz

fuzzers: $(FUZZERS)

# The tests of what several threads share.
TSAN_TESTS := api/backtest/jobs base/counters/counters base/log/log base/log/writer daemon/engine daemon/engine_reload daemon/commit daemon/intake \
  delivery/delivery delivery/console_delivery delivery/work_delivery \
  detect/pipeline detect/backtest/backtest detect/history/history detect/stateful/stateful event/batch_file event/lookup/lookup \
  http/listener http/listener_hostile http/listener_stream http/listener_tls sim/sim sim/sim_fault sim/receiver \
  source/zoom/webhook/webhook_queue source/zoom/zoom_renewal source/zoom/zoom_reports store/store store/store_lifecycle_race store/store_outbox
tsan: export TSAN_OPTIONS = exitcode=66
tsan: ## the tests of what threads share, 200 reloads under load, a lifelike tenant and the API, under ThreadSanitizer
	@packaging/deps build test
	@$(MAKE) -s $(JOBS) TSAN=1 program tsan-build
	@status=0; for t in $(TSAN_TESTS); do build/tsan/tests/unit/$${t}_test || status=1; done; \
	  MARGAY=$(CURDIR)/build/tsan/margay bats --filter '^200 reloads' tests/e2e/service.bats || status=1; \
	  tests/tsan build/tsan/margay || status=1; \
	  TSAN_OPTIONS=halt_on_error=1 LIVE_CLIENTS=20 LIVE_RATE=500 LIVE_SECONDS=4 tests/live build/tsan/margay || status=1; \
	  TSAN_OPTIONS=halt_on_error=1 MARGAY=$(CURDIR)/build/tsan/margay bats tests/e2e/api.bats tests/e2e/decide.bats || status=1; \
	  exit $$status

tsan-build: $(patsubst %,$(BUILD)/tests/unit/%_test,$(TSAN_TESTS))

# Worst cases of the limits of rules, with CPU time: not for a busy machine's `make test`.
LIMITS_TESTS := $(filter $(BUILD)/tests/unit/rule/limits/%,$(UNIT_TESTS))
limits: $(LIMITS_TESTS) ## whether any call outlasts its limit: every function, 200 regexes, fields of 16 MB; 10 minutes
	@tests/limits $^

# Servers that answer what no server should.
flood: program ## two million signed webhooks over 64 connections to a daemon that is killed twice; four minutes
	@tests/flood $(BUILD)/margay

latency: program ## from a webhook to the chat that has the alert: median and p99; half a minute
	@tests/latency $(BUILD)/margay

live: program ## 100 dashboards follow 10,000 records a second, and four people ask: how long answers take; a minute
	@tests/live $(BUILD)/margay

STORM_TEST := $(BUILD)/tests/unit/delivery/delivery_storm_test
storm: $(STORM_TEST) ## 100,000 alerts to five destinations, one down, one slow, one that limits, and a kill; some minutes
	@STORM=$${STORM:-100000} $<

HOSTILE_TESTS := $(patsubst %,$(BUILD)/tests/unit/%_test,delivery/hostile_receiver source/zoom/zoom_wire_report \
  source/zoom/zoom_wire_token)
hostile: $(HOSTILE_TESTS) ## what margay makes of 34 hostile receivers and 77 hostile Zooms: a table; a minute
	@tests/hostile $^

coverage: ## how many lines of each room the unit tests reach; WITH=cli for those of the command line, too
	@packaging/deps build test
	@[ -n "$(NO_DEPS)" ] || packaging/deps coverage 2>/dev/null || true
	@$(MAKE) -s $(JOBS) COVERAGE=1 program unit-build
	@tests/coverage/run build/coverage $(WITH)

bench: build $(BUILD)/tests/bench/parse_only ## records per second, beside simdjson alone and jq
	@packaging/deps bench
	@tests/bench/run $(BUILD)

$(BUILD)/tests/bench/%: tests/bench/%.cc
	@mkdir -p $(@D)
	$(call QUIET,CXX,$<)$(CXX) $(FLAGS_CXX) $(LINK) -o $@ $< $(LIBS)

install: build ## into PREFIX (/usr/local), below DESTDIR when given
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/margay
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/margay
	cp -R rules schemas fixtures editors margay.yml demo.yml $(DESTDIR)$(PREFIX)/share/margay/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(PROGRAM) --completion >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/margay

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo "  make          build build/margay; installs missing libraries, or names them with NO_DEPS=1"
	@echo "  make SAN=1 …  the same with AddressSanitizer and UndefinedBehaviorSanitizer, in build/san"

-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d) $(FUZZERS:=.d) $(BUILD)/engine/main.d
