// SPDX-License-Identifier: LGPL-2.1-or-later
// Brings a device to what a file declares, or shows what that would do: apply-file FILE [--dry-run]
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/wg_quick.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace {

/// A file's text, as large as the largest file from the start: a string that grew would leave
/// copies of the keys in it behind. The caller wipes it.
wgnl::Result<std::string> text_of(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text(1U << 20, '\0');
    const auto size = file < 0 ? -1 : read(file, text.data(), text.size());
    if (size < 0)
        return std::unexpected(wgnl::Error::from_errno(errno, "read " + path));
    close(file);
    if (static_cast<std::size_t>(size) == text.size())
        return wgnl::fail(wgnl::Errc::invalid_argument, "read " + path, "it is 1 MiB or larger");
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// A file of wg-quick's whose name is the device's, or a JSON declaration.
wgnl::Result<wgnl::Declaration> declaration_of(const std::string& path, std::string_view text) {
    if (!path.ends_with(".conf"))
        return wgnl::parse_declaration(text);
    const auto device = wgnl::device_of_wg_quick(path);
    if (!device)
        return std::unexpected(device.error());
    return wgnl::parse_wg_quick(text, {.file = path, .device = *device}).declaration;
}

wgnl::Result<wgnl::ReconcileOutcome> apply(const std::string& path, bool dry_run) {
    auto text = text_of(path);
    if (!text)
        return std::unexpected(text.error());
    const auto declaration = declaration_of(path, *text);
    wgnl::wipe(*text);
    if (!declaration)
        return std::unexpected(declaration.error());
    auto client = wgnl::Client::open();
    if (!client)
        return std::unexpected(client.error());
    return reconcile(*client, wgnl::RecordStore(), *declaration,
                     {.source = "command", .origin = path}, {.dry_run = dry_run});
}

} // namespace

int main(int argc, char** argv) {
    const bool dry_run = argc == 3 && std::string_view(argv[2]) == "--dry-run";
    if (argc < 2 || argv[1][0] == '-' || (argc > 2 && !dry_run)) {
        std::cout << "usage: apply-file FILE [--dry-run]\n";
        return argc == 2 && std::string_view(argv[1]) == "--help" ? EXIT_SUCCESS : 2;
    }
    const auto outcome = apply(argv[1], dry_run);
    if (!outcome) {
        std::cerr << "apply-file: " << outcome.error().to_string() << '\n';
        return EXIT_FAILURE;
    }
    std::cout << to_text(outcome->plan);
    for (const auto& problem : outcome->problems)
        std::cerr << to_string(problem) << '\n';
    return outcome->ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
