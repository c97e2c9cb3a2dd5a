# Two commands do everything on a fresh Debian 12 with Swift 6.3, git and make:
#   make demo    build, then the story of one family over four provinces
#   make test    build, then every test
# Both install the Debian packages that are missing.

SWIFT_FLAGS = --explicit-target-dependency-import-check error
RELEASE = .build/release/gongji

.PHONY: help packages test-packages build release demo test lint house torment bench clean

help:
	@sed -n '2,5p' Makefile | sed 's/^# //'
	@echo "  make release   the optimised program: $(RELEASE)"
	@echo "  make torment   SIGKILL of any node under load, twenty times, then the audit"
	@echo "  make bench     settlements a second at 1, 64 and 512 clients"
	@echo "  make lint      formatting and the order of the house"

packages:
	@scripts/install-packages

# Some tests run nodes by the clock of another year.
test-packages:
	@scripts/install-packages faketime

build: packages
	swift build $(SWIFT_FLAGS) --build-tests

release: packages
	swift build $(SWIFT_FLAGS) -c release --product gongji

demo: release
	$(RELEASE) cluster demo

lint: house
	swift format lint --strict --recursive --parallel Package.swift \
		$$(git ls-files '*.swift' | grep -v '\.pb\.swift$$' | grep -v '^Package.swift$$')

house:
	scripts/check-house

test: test-packages lint build
	swift test $(SWIFT_FLAGS) --skip-build

torment: release
	$(RELEASE) cluster torment --kills 20 --seconds 60

bench: release
	$(RELEASE) bench settle --clients 1 --seconds 10
	$(RELEASE) bench settle --clients 64 --seconds 10
	$(RELEASE) bench settle --clients 512 --seconds 10

clean:
	rm -rf .build
