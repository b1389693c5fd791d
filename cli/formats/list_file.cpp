// SPDX-License-Identifier: LGPL-2.1-or-later
// The text is edited as somebody would by hand, and read again before anybody is given it.
#include "list_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.hpp"
#include "base/memfd.hpp"
#include "base/text.hpp"
#include "process.hpp"

namespace wgnl::cli {
namespace {

constexpr const char* ssh_keygen = "ssh-keygen";

std::unexpected<Error> refused(std::string why) {
    return fail(Errc::invalid_argument, "add the peer", std::move(why));
}

std::string_view key_of(std::string_view line) { return trimmed(line.substr(0, line.find('='))); }

/// The text with the first line of that key replaced.
std::string with_value(std::string_view text, std::string_view key, std::string_view value) {
    std::string result;
    bool is_done = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto line = text.substr(0, end);
        if (!is_done && key_of(line) == key) {
            result += fmt::format("{}={}\n", key, value);
            is_done = true;
        } else
            result += line;
        text.remove_prefix(end);
    }
    return result;
}

std::string section_of(const NewListedPeer& peer) {
    return fmt::format("\n[WireGuardPeer]\nX-Name={}\nPublicKey={}\nAllowedIPs={}\n{}", peer.name,
                       peer.public_key, fmt::join(peer.addresses, ", "),
                       peer.endpoint.empty() ? std::string{}
                                             : fmt::format("Endpoint={}\n", peer.endpoint));
}

/// Then it would say more than it seems to.
bool has_line_break(const NewListedPeer& peer) {
    auto values = peer.addresses;
    values.insert(values.end(), {peer.name, peer.public_key, peer.endpoint});
    return std::ranges::any_of(values, [](const auto& value) { return value.contains('\n'); });
}

/// The first mistake of a text, as an error.
Result<PeerList> read_text(std::string_view text, const std::string& file) {
    auto parsed = parse_peer_list(text, file);
    if (!parsed.accepted())
        return refused(to_string(parsed.problems.front()));
    return std::move(parsed.list);
}

/// What the last peer has of one before it; empty: nothing.
std::string what_is_taken(const PeerList& list, const std::string& file) {
    const auto& added = list.peers.back().peer;
    for (const auto& [peer, line] : std::span(list.peers).first(list.peers.size() - 1)) {
        const auto has = [&](const AllowedIp& prefix) {
            return std::ranges::find(peer.allowed_ips, prefix) != peer.allowed_ips.end();
        };
        const auto taken = std::ranges::find_if(added.allowed_ips, has);
        const auto what = peer.public_key == added.public_key ? std::string("this public key")
                          : peer.name == added.name           ? "the name " + excerpt(added.name)
                          : taken != added.allowed_ips.end()  ? taken->to_string()
                                                              : std::string{};
        if (!what.empty())
            return fmt::format("the peer at {}:{} has {} already", file, peer.location.line, what);
    }
    return {};
}

/// Gives the new file owner and mode of the one that it replaces. False, with errno, if it cannot.
bool take_over_owner(const std::filesystem::path& path, int fresh) {
    constexpr mode_t for_everybody = 0644;
    constexpr mode_t permissions = 07777;
    struct stat before{};
    struct stat now{};
    if (::stat(path.c_str(), &before) != 0)
        return ::fchmod(fresh, for_everybody) == 0;
    if (::fstat(fresh, &now) != 0)
        return false;
    const bool is_same = before.st_uid == now.st_uid && before.st_gid == now.st_gid;
    return (is_same || ::fchown(fresh, before.st_uid, before.st_gid) == 0) &&
           ::fchmod(fresh, before.st_mode & permissions) == 0;
}

std::string output_of(const UniqueFd& memory) {
    if (::lseek(memory.get(), 0, SEEK_SET) != 0)
        return {};
    const auto text = read_all(memory.get(), "read memory");
    return std::string(text ? text->view() : "");
}

} // namespace

std::string_view text_of_list(std::string_view value) {
    const auto parts = split_signed(value);
    return parts ? parts->text : value;
}

std::string new_list(std::string_view name, std::chrono::sys_seconds not_after) {
    return fmt::format("[X-PeerList]\nName={}\nSerial=0\nNotAfter={}\n", name, to_utc(not_after));
}

Result<std::string> with_peer(std::string_view text, const NewListedPeer& peer,
                              std::string_view not_after, const std::string& file) {
    if (has_line_break(peer) || not_after.contains('\n'))
        return refused("a value has a line break in it");
    // A list that is made just now has no serial yet.
    const auto counted =
        text.contains("\nSerial=0\n") ? with_value(text, "Serial", "1") : std::string(text);
    const auto before = read_text(counted, file);
    if (!before)
        return std::unexpected{before.error()};
    if (before->serial == UINT64_MAX)
        return refused("the serial cannot grow any more: begin a list of another name");
    auto changed = counted != text
                       ? counted
                       : with_value(counted, "Serial", std::to_string(before->serial + 1));
    if (!not_after.empty())
        changed = with_value(changed, "NotAfter", not_after);
    if (!changed.ends_with('\n'))
        changed += '\n';
    changed += section_of(peer);
    const auto after = read_text(changed, file);
    if (!after)
        return std::unexpected{after.error()};
    if (auto taken = what_is_taken(*after, file); !taken.empty())
        return refused(std::move(taken));
    return changed;
}

Result<std::string> sign_list(std::string_view text, const std::filesystem::path& key) {
    const auto operation = fmt::format("sign with {}", key.string());
    const auto in = seal(text, ssh_keygen);
    const auto out = create_memfd(ssh_keygen);
    if (!in || !out)
        return std::unexpected{in ? out.error() : in.error()};
    FileActions files;
    files.give(*in, STDIN_FILENO);
    files.give(*out, STDOUT_FILENO);
    const auto process = start_program(ssh_keygen,
                                       {ssh_keygen, "-Y", "sign", "-q", "-f", key.string(), "-n",
                                        std::string(peer_list_namespace)},
                                       files);
    if (!process)
        return process.error() == ENOENT
                   ? fail(Errc::unsupported, operation,
                          "ssh-keygen is not there; install openssh-client")
                   : std::unexpected{Error::from_errno(process.error(), ssh_keygen)};
    if (const auto status = wait_for_program(*process); status != 0)
        return fail(
            Errc::system, operation,
            fmt::format("ssh-keygen ended with status {}; what it said stands above", status));
    const auto signature = output_of(*out);
    const auto signer = signer_of({text, signature});
    if (!signer)
        return fail(Errc::invalid_argument, operation, signer.error().detail());
    return signature;
}

Result<ListSigner> signer_in(std::string_view value) {
    const auto parts = split_signed(value);
    return parts ? signer_of(*parts) : std::unexpected(parts.error());
}

Result<void> check_signed(std::string_view value, const std::string& file) {
    const auto signer = signer_in(value);
    const auto read = signer ? read_signed_list(value, std::array{*signer}, file)
                             : Result<SignedPeerList>(std::unexpected(signer.error()));
    if (read)
        return {};
    return fail(Errc::invalid_argument, "sign " + file,
                fmt::format("with its signature no node would take it, and the file stays as it "
                            "was: {}",
                            read.error().detail()));
}

Result<EditedList> EditedList::open(const std::filesystem::path& file) {
    const auto operation = fmt::format("write {}", file.string());
    std::error_code error;
    auto path = file;
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(file, error))) {
        path = std::filesystem::canonical(file, error);
        if (error)
            return fail(
                Errc::invalid_argument, operation,
                "it is a link that leads nowhere; name the list itself, or remove the link");
    }
    const auto parent = path.parent_path().empty() ? "." : path.parent_path();
    UniqueFd folder{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder || ::flock(folder.get(), LOCK_EX) != 0)
        return std::unexpected{Error::from_errno(errno, operation)};
    return EditedList(std::move(path), std::move(folder));
}

Result<void> EditedList::replace(std::string_view value) const {
    const auto operation = fmt::format("write {}", path_.string());
    auto fresh = path_.string() + ".XXXXXX";
    const UniqueFd fd{::mkostemp(fresh.data(), O_CLOEXEC)}; // of its own: O_EXCL, follows no link
    if (!fd)
        return std::unexpected{Error::from_errno(errno, operation)};
    auto done = write_all(fd.get(), value, operation);
    if (done && (!take_over_owner(path_, fd.get()) || ::fsync(fd.get()) != 0 ||
                 std::rename(fresh.c_str(), path_.c_str()) != 0))
        done = std::unexpected{Error::from_errno(errno, operation)};
    if (!done)
        ::unlink(fresh.c_str());
    else
        ::fsync(folder_.get());
    return done;
}

} // namespace wgnl::cli
