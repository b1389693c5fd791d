// SPDX-License-Identifier: LGPL-2.1-or-later
// Namespace: one network namespace, held open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// A network namespace. It cannot vanish while this value, or a copy of it, lives. Cheap to copy.
class Namespace {
public:
    /// The calling thread's own.
    static Result<Namespace> current();
    /// By name as `ip netns` knows it ("blue": /run/netns/blue) or, if there is a '/' in it, by
    /// path ("/proc/1234/ns/net"). not_found if there is none, invalid_argument if the file is
    /// something else.
    static Result<Namespace> open(std::string_view name_or_path);
    /// By a file descriptor, which stays the caller's; invalid_argument if it is something else.
    static Result<Namespace> from_fd(int fd);

    int fd() const noexcept;                  ///< closed with the last copy
    const std::string& name() const noexcept; ///< as given; "current" and "fd N" for the others
    /// Differs for every namespace of this boot (SO_NETNS_COOKIE); before Linux 5.14 the inode
    /// number, which a later namespace may have again. For a namespace that the calling thread is
    /// not in, CAP_SYS_ADMIN is needed: permission_denied.
    Result<std::uint64_t> id() const;

    /// Whether both are the same namespace, however they were named.
    bool operator==(const Namespace& other) const noexcept;

private:
    struct [[gnu::visibility("hidden")]] State;
    [[gnu::visibility("hidden")]] explicit Namespace(std::shared_ptr<const State> state) noexcept;
    std::shared_ptr<const State> state_;
};

/// Where a Client or a LinkMonitor works.
struct OpenOptions {
    /// Absent: in the calling thread's own network namespace. One that is given is entered once, by
    /// a short-lived thread that opens the sockets (permission_denied without CAP_SYS_ADMIN); no
    /// later call needs that, and the calling thread never moves.
    std::optional<Namespace> network_namespace{};
};

} // namespace wgnl
