// SPDX-License-Identifier: LGPL-2.1-or-later
// The user that systemd-networkd and wgnl-networkd run as: what it may read is what counts.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace wgnl::networkd {

/// The path is below a folder that their services do not see (ProtectHome=yes).
bool is_hidden_home(std::string_view path);

class AdapterUser {
public:
    static constexpr const char* name = "systemd-network";

    /// Absent if there is no such user, or the caller may not act as somebody else.
    static std::optional<AdapterUser> find();

    /// Whether the caller is neither that user nor root, and does not act as that user.
    static bool is_bystander(const AdapterUser* acting);

private:
    friend class ActingAs;

    uid_t uid_{};
    gid_t gid_{};
    std::vector<gid_t> groups_{};
};

/// While it lives, this thread opens files as that user, without root's privilege; null: as it did
/// already. Others of the process do not notice.
class ActingAs {
public:
    explicit ActingAs(const AdapterUser* user);
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    ~ActingAs();

private:
    bool acts_;
    uid_t uid_before_{};
    gid_t gid_before_{};
    std::vector<gid_t> groups_before_{};
};

/// While it lives, what ActingAs does in this thread is suspended.
class ActingAsSelf {
public:
    ActingAsSelf();
    ActingAsSelf(const ActingAsSelf&) = delete;
    ActingAsSelf& operator=(const ActingAsSelf&) = delete;
    ~ActingAsSelf();

private:
    uid_t uid_before_;
    gid_t gid_before_;
};

} // namespace wgnl::networkd
