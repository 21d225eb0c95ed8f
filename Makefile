# margay: detection-as-code for Zoom.  `make help` lists the targets.

BUILD ?= build
PACKAGES := simdjson jansson lua5.4 libpcre2-8 libcurl libmicrohttpd sqlite3 yaml-0.1 libcrypto
CLANG_VERSION ?= 14

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
  -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 -Wundef -Wcast-qual -Werror
WARNINGS_CXX := -Wall -Wextra -Wshadow -Werror
HARDENING := -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -fPIE
OPTIMISE := -O2 $(HARDENING)
LINK_FLAGS := -pie -Wl,-z,relro,-z,now
ifdef SAN
BUILD := $(BUILD)/san
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK_FLAGS := -fsanitize=address,undefined
endif

PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS = $(shell pkg-config --libs $(PACKAGES))
COMMON := -Iengine -D_GNU_SOURCE -g -pthread -MMD -MP
CFLAGS_ALL = -std=c17 $(COMMON) $(WARNINGS) $(OPTIMISE) $(PACKAGE_CFLAGS) $(CFLAGS)
CXXFLAGS_ALL = -std=c++17 $(COMMON) $(WARNINGS_CXX) $(OPTIMISE) $(PACKAGE_CFLAGS) $(CXXFLAGS)
LDLIBS_ALL = $(PACKAGE_LIBS) -lm -pthread

SOURCES := $(filter-out engine/main.c,$(wildcard engine/*/*.c))
SOURCES_CXX := $(wildcard engine/*/*.cc)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(SOURCES_CXX:%.cc=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libmargay.a
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))

.PHONY: build unit clean
build: $(if $(wildcard engine/main.c),$(BUILD)/margay,$(LIBRARY))

$(BUILD)/margay: $(BUILD)/engine/main.o $(LIBRARY)
	$(CXX) $(LINK_FLAGS) -o $@ $^ $(LDLIBS_ALL)

$(LIBRARY): $(OBJECTS)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS_ALL) -c -o $@ $<

$(BUILD)/tests/unit/%_test: $(BUILD)/tests/unit/%_test.o $(LIBRARY)
	$(CXX) $(LINK_FLAGS) -o $@ $^ -lcmocka $(LDLIBS_ALL)

# One test program a part: make unit, or make unit ONLY=text_test
unit: $(if $(ONLY),$(BUILD)/tests/unit/$(ONLY),$(UNIT_TESTS))
	@status=0; for t in $^; do $$t || status=1; done; exit $$status

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/tests/*/*.d) $(BUILD)/engine/main.d
.SECONDARY:
