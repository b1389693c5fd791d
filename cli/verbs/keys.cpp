// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl genkey`, `genpsk` and `pubkey`: the same bytes in and out as wg(8).
#include <array>
#include <cerrno>
#include <ostream>

#include <sys/stat.h>
#include <unistd.h>

#include "verbs.hpp"

#include <wgnl/key.hpp>

namespace wgnl::cli {
namespace {

/// Base64 of a key, a newline, and room to notice that there is more.
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
    while (!text.empty()) {
        const auto size = ::write(STDOUT_FILENO, text.data(), text.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::unexpected{Error::from_errno(errno, "write the key")};
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
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

/// Standard input to its end, in a buffer that wipes itself.
struct Input {
    std::array<char, longest_input> bytes{};
    std::size_t size{};

    Input() = default;
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { wipe(bytes.data(), bytes.size()); }

    Result<void> read();
    std::string_view text() const;
};

Result<void> Input::read() {
    while (size < bytes.size()) {
        const auto count = ::read(STDIN_FILENO, bytes.data() + size, bytes.size() - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return std::unexpected{Error::from_errno(errno, "read the private key")};
        if (count == 0)
            return {};
        size += static_cast<std::size_t>(count);
    }
    return fail(Errc::invalid_argument, "read the private key", "this is too long to be a key");
}

/// Without the white space after the key.
std::string_view Input::text() const {
    const std::string_view all{bytes.data(), size};
    return all.substr(0, all.find_last_not_of(" \t\r\n\f\v") + 1);
}

Result<PublicKey> public_key_of_input() {
    Input input;
    if (const auto done = input.read(); !done)
        return std::unexpected{done.error()};
    const auto key = PrivateKey::parse(input.text());
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
