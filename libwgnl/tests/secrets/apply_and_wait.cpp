// SPDX-License-Identifier: LGPL-2.1-or-later
// Applies a declaration, reads the device back, lets go of everything, and waits until its standard
// input ends, so that a test can look for keys in its memory.
// usage: apply-and-wait json|document|configuration FILE STORE [keep]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/wg_quick.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace {

using wgnl::Declaration;
using wgnl::Result;

constexpr std::size_t largest_file = 1U << 20;

/// The text of a file. A string that grew would leave copies behind.
std::string text_of(const char* path) {
    std::string text(largest_file, '\0');
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const auto size = file < 0 ? -1 : read(file, text.data(), text.size());
    if (size <= 0) {
        std::perror(path);
        std::exit(EXIT_FAILURE);
    }
    close(file);
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// Through the writers and the reader of the document that goes between processes.
Result<Declaration> carried(const Result<Declaration>& declaration) {
    if (!declaration)
        return declaration;
    auto document = wgnl::encode_document(*declaration);
    auto decoded = wgnl::decode_document(document);
    wgnl::wipe(document);
    auto json = wgnl::to_json(*declaration);
    wgnl::wipe(json);
    return decoded;
}

/// Through the reader and the writer of configuration text.
Result<Declaration> configured(std::string_view text, const char* path) {
    const auto device = wgnl::device_of_wg_quick(path);
    if (!device)
        return std::unexpected(device.error());
    const wgnl::WgQuickOptions options{.file = path, .device = *device, .mode = wgnl::Mode::sync};
    const auto parsed = wgnl::parse_wg_quick(text, options);
    const auto written = wgnl::to_wg_quick(parsed.declaration);
    return wgnl::parse_wg_quick(written.text.view(), options).declaration;
}

Result<Declaration> declaration_of(std::string_view form, const char* path) {
    auto text = text_of(path);
    auto declaration =
        form == "configuration" ? configured(text, path) : wgnl::parse_declaration(text);
    wgnl::wipe(text);
    return form == "document" ? carried(declaration) : declaration;
}

Result<void> apply(const Declaration& declaration, const char* store) {
    auto client = wgnl::Client::open();
    if (!client)
        return std::unexpected(client.error());
    const auto outcome = reconcile(*client, wgnl::RecordStore(store), declaration,
                                   {.source = "command"}, {.policy = {.confirmed = true}});
    if (!outcome)
        return std::unexpected(outcome.error());
    const auto device = client->devices().get(declaration.device);
    if (!device)
        return std::unexpected(device.error());
    if (!outcome->ok || device->private_key != declaration.private_key)
        return wgnl::fail(wgnl::Errc::system, "apply", "the device is not as it was declared");
    return {};
}

Result<void> serve(std::string_view form, const char* path, const char* store,
                   std::optional<wgnl::PrivateKey>& kept) {
    const auto declaration = declaration_of(form, path);
    if (!declaration)
        return std::unexpected(declaration.error());
    if (kept)
        kept = declaration->private_key;
    return apply(*declaration, store);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 4)
        return 2;
    std::optional<wgnl::PrivateKey> kept;
    if (argc > 4)
        kept = wgnl::PrivateKey::generate();
    if (const auto done = serve(argv[1], argv[2], argv[3], kept); !done) {
        std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
        return EXIT_FAILURE;
    }
    std::puts("applied");
    std::fflush(stdout);
    char end = 0;
    while (read(STDIN_FILENO, &end, 1) > 0) {
    }
    return EXIT_SUCCESS;
}
