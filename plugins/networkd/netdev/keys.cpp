// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of key texts. Buffers that held one are wiped on every way out.
#include "networkd/netdev/keys.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

using Clock = std::chrono::steady_clock;
/// Of a key in base64, without its '='.
constexpr std::size_t key_letters = 43;
constexpr std::chrono::milliseconds socket_patience{2000};
/// One that was silent is not asked again so long, which is longer than the rest of a scan takes.
constexpr std::chrono::seconds silent_for{10};
/// All of them together have so much time in a minute; then each has a moment.
constexpr std::chrono::milliseconds patience_in_a_minute{6000};
constexpr std::chrono::milliseconds moment{5};

/// Time that sockets waste: a file may name one in each of a thousand sections.
class SocketPatience {
public:
    bool is_spared(const std::string& path, Clock::time_point now) const {
        const auto found = silent_.find(path);
        return found != silent_.end() && now < found->second + silent_for;
    }
    std::chrono::milliseconds of_next(Clock::time_point now) {
        if (now > begun_ + std::chrono::minutes(1)) {
            begun_ = now;
            wasted_ = {};
            silent_.clear();
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(patience_in_a_minute - wasted_);
        return std::clamp(left, moment, socket_patience);
    }
    void was_silent(const std::string& path, Clock::time_point begun, Clock::time_point now) {
        wasted_ += now - begun;
        silent_[path] = now;
    }

private:
    std::map<std::string, Clock::time_point> silent_{};
    Clock::time_point begun_{};
    Clock::duration wasted_{};
};

std::unexpected<std::string> reason(std::string text) { return std::unexpected(std::move(text)); }

std::unexpected<std::string> reason_of_errno(int error) {
    return reason(
        fmt::format("cannot be read: {}{}", std::strerror(error), hint_for_unreadable(error)));
}

SecretText without_whitespace(std::string_view text) {
    SecretText result;
    for (auto piece : split(text, " \t\n\r\v\f"))
        result.append(piece);
    return result;
}

bool is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_kernel_file(const std::string& path) {
    return is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev");
}

/// Waits for input until `deadline`; an errno, or 0.
int await_input(int fd, Clock::time_point deadline) {
    for (;;) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
        const int count = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
        if (count > 0)
            return 0;
        if (count == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
}

/// Reads to the end of the stream, or to one byte more than a key file may have.
int read_stream(int fd, SecretText& text, std::chrono::milliseconds patience) {
    auto deadline = Clock::now() + patience;
    std::array<char, largest_key_text + 1> piece{};
    int error = 0;
    while (text.view().size() <= largest_key_text && (error = await_input(fd, deadline)) == 0) {
        auto count = ::recv(fd, piece.data(), piece.size(), 0);
        if (count <= 0) {
            error = count < 0 ? errno : 0;
            break;
        }
        text.append({piece.data(), static_cast<std::size_t>(count)});
    }
    wipe(piece.data(), piece.size());
    return error;
}

OrReason<KeyText> read_socket(const std::string& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.size() >= sizeof address.sun_path)
        return reason("is a socket whose path is too long to connect to (107 characters)");
    path.copy(address.sun_path, path.size());
    thread_local SocketPatience all;
    const auto begun = Clock::now();
    const auto patience = all.of_next(begun);
    if (all.is_spared(path, begun))
        return reason(fmt::format("is a socket that sent nothing when it was asked last; it is "
                                  "asked again {} s later at the earliest: see what serves it",
                                  silent_for.count()));
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (!fd || ::connect(fd.get(), generic, sizeof address) != 0)
        return reason_of_errno(errno);
    KeyText key;
    const int error = read_stream(fd.get(), key.text, patience);
    if (error == ETIMEDOUT)
        all.was_silent(path, begun, Clock::now());
    if (error != 0)
        return reason_of_errno(error);
    if (key.text.view().size() > largest_key_text)
        return reason("sends more than a key");
    return key;
}

OrReason<KeyText> read_regular(const std::string& path) {
    auto file = read_file(path, largest_key_text);
    if (file.state == FileState::present)
        return KeyText{std::move(file.text), file.readable_by_all};
    if (file.state == FileState::absent)
        return reason("does not exist");
    if (file.state != FileState::unreadable)
        return reason("is empty");
    if (file.error != 0)
        return reason_of_errno(file.error);
    return reason(fmt::format("cannot be read: {}", file.why));
}

constexpr std::string_view home_hint =
    "; the services of systemd-networkd and wgnl-networkd do not see /home, /root and /run/user "
    "(ProtectHome=yes): move it to /etc/systemd/network";

bool is_socket(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

/// What keeps that user from reading what the caller reads; empty if nothing does.
std::string why_closed(const std::string& real, std::string_view plain, const AdapterUser& judge) {
    const ActingAs other(&judge);
    if (!is_socket(real) && !read_regular(real))
        return fmt::format("cannot be read by user {}, as which systemd-networkd and wgnl-networkd "
                           "run: chown root:{}, chmod 0640{}",
                           AdapterUser::name, AdapterUser::name,
                           is_hidden_home(plain) ? home_hint : std::string_view{});
    return is_hidden_home(plain) ? std::string(home_hint.substr(2)) : std::string{};
}

} // namespace

template <typename Key> OrReason<Key> decode_key(std::string_view text) {
    auto clean = without_whitespace(text);
    auto key = Key::parse(clean.view());
    if (!key)
        return reason(fmt::format("is no key: {}", key.error().detail()));
    return std::move(*key);
}
template OrReason<PublicKey> decode_key(std::string_view text);
template OrReason<PrivateKey> decode_key(std::string_view text);
template OrReason<PresharedKey> decode_key(std::string_view text);

std::optional<std::string> path_mistake(std::string_view path, std::string_view what) {
    if (decode_key<PresharedKey>(path))
        return fmt::format("is a key, where the path of a file with the {} belongs", what);
    if (!path.starts_with('/'))
        return "is not an absolute path";
    auto steps = split(path, "/");
    if (std::ranges::find(steps, "..") != steps.end())
        return fmt::format("has \"..\" in it, which no path of a {} may have", what);
    if (is_kernel_file(std::filesystem::path(path).lexically_normal().string()))
        return fmt::format("lies in /proc, /sys or /dev, where no {} may lie", what);
    return std::nullopt;
}

bool is_path_of_key(std::string_view value) {
    return value.starts_with('/') && !value.ends_with('=') &&
           value.find_first_not_of('/') != value.npos && value.size() != key_letters &&
           value.size() != key_letters + 1;
}

std::string reason_of_key(std::string_view value, std::string_view key, std::string_view reason) {
    return is_path_of_key(value)
               ? fmt::format("is the path of a file, which {}= takes; write that", key)
               : std::string(reason);
}

OrReason<KeyText> read_key_text(const Root& root, std::string_view path, Inputs& inputs,
                                const AdapterUser* judge) {
    if (auto mistake = path_mistake(path))
        return reason(std::move(*mistake));
    auto plain = std::filesystem::path(path).lexically_normal().string();
    auto real = root / plain;
    inputs.files.insert(real);
    auto text = is_socket(real) ? read_socket(real) : read_regular(real);
    if (!text && is_hidden_home(plain))
        return reason(text.error() + std::string(home_hint));
    if (text && judge != nullptr)
        text->closed = why_closed(real, plain, *judge);
    return text;
}

std::expected<SecretText, CredentialLack> read_credential(const Host& host, std::string_view name,
                                                          Inputs& inputs) {
    const ActingAsSelf self;
    auto path = host.credential(name);
    if (!path) {
        auto sealed = host.sealed_credential(name);
        const bool is_sealed = sealed.has_value();
        return std::unexpected(CredentialLack{
            is_sealed ? std::move(*sealed)
                      : "names a credential that this service was not given; add it with "
                        "LoadCredential= or ImportCredential= and restart the service",
            is_sealed});
    }
    inputs.files.insert(*path);
    auto key = read_regular(*path);
    if (!key)
        return std::unexpected(CredentialLack{std::move(key.error())});
    return std::move(key->text);
}

} // namespace wgnl::networkd
