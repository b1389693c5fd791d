// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl genkey`, `genpsk` and `pubkey`: the same bytes in and out as wg(8).
#include <ostream>

#include <sys/stat.h>
#include <unistd.h>

#include <wgnl/key.hpp>

#include "base/io.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// Base64 of a key, a newline, and room for what is not one.
constexpr std::size_t longest_input = 4096;

void warn_if_world_accessible(Console& console) {
    struct stat status{};
    if (fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & S_IRWXO) != 0)
        console.err << "wgnl: warning: this secret goes into a file that everybody may read; set "
                       "umask 077 and make a new one\n";
}

/// Past every stream, whose buffers would keep the secret.
Result<void> write_out(std::string_view text) {
    return write_all(STDOUT_FILENO, text, "write the key");
}

template <typename Key> Exit generate(Environment& environment) {
    warn_if_world_accessible(environment.console);
    auto text = Key::generate().reveal_base64();
    auto written = write_out(text);
    wipe(text);
    if (written)
        written = write_out("\n");
    return written ? Exit::done : report(environment.console, written.error());
}

/// That of the private key on standard input; white space after the key is no part of it.
Result<PublicKey> public_key_of_input() {
    const auto input = read_all(STDIN_FILENO, "read the private key", longest_input);
    if (!input)
        return std::unexpected{input.error()};
    const auto all = input->view();
    const auto key = PrivateKey::parse(all.substr(0, all.find_last_not_of(" \t\r\n\f\v") + 1));
    if (!key)
        return std::unexpected{key.error()};
    return public_key_of(*key);
}

} // namespace

Exit genkey(Environment& environment) { return generate<PrivateKey>(environment); }

Exit genpsk(Environment& environment) { return generate<PresharedKey>(environment); }

Exit pubkey(Environment& environment) {
    const auto key = public_key_of_input();
    if (!key)
        return report(environment.console, key.error());
    environment.console.out << key->to_base64() << '\n';
    return Exit::done;
}

} // namespace wgnl::cli
