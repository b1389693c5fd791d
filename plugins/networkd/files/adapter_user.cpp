// SPDX-License-Identifier: LGPL-2.1-or-later
// Another identity for opening files, of one thread: the C library's setgroups() is one of all.
#include "networkd/files/adapter_user.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 3> hidden_homes{"/home", "/root", "/run/user"};

std::vector<gid_t> groups_of_thread() {
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return groups;
}

void set_groups_of_thread(const std::vector<gid_t>& groups) {
#ifdef SYS_setgroups32 // where the other one has groups of 16 bits
    ::syscall(SYS_setgroups32, groups.size(), groups.data());
#else
    ::syscall(SYS_setgroups, groups.size(), groups.data());
#endif
}

/// Whether this thread may become that user: setfsuid() itself does not tell.
bool may_become(uid_t user) {
    const auto before = static_cast<uid_t>(::setfsuid(user));
    return static_cast<uid_t>(::setfsuid(before)) == user;
}

} // namespace

bool is_hidden_home(std::string_view path) {
    return std::ranges::any_of(hidden_homes, [&](std::string_view home) {
        return path.starts_with(home) && (path.size() == home.size() || path[home.size()] == '/');
    });
}

bool AdapterUser::is_bystander(const AdapterUser* acting) {
    if (acting != nullptr || ::geteuid() == 0)
        return false;
    const auto* entry = ::getpwnam(name);
    return entry == nullptr || entry->pw_uid != ::geteuid();
}

std::optional<AdapterUser> AdapterUser::find() {
    const auto* entry = ::geteuid() == 0 ? ::getpwnam(name) : nullptr;
    if (entry == nullptr || !may_become(entry->pw_uid))
        return std::nullopt;
    AdapterUser user;
    user.uid_ = entry->pw_uid;
    user.gid_ = entry->pw_gid;
    int count = 64;
    user.groups_.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name, user.gid_, user.groups_.data(), &count) < 0) {
        user.groups_.resize(static_cast<std::size_t>(count));
        ::getgrouplist(name, user.gid_, user.groups_.data(), &count);
    }
    user.groups_.resize(static_cast<std::size_t>(count));
    return user;
}

ActingAs::ActingAs(const AdapterUser* user) : acts_(user != nullptr) {
    if (!acts_)
        return;
    groups_before_ = groups_of_thread();
    set_groups_of_thread(user->groups_);
    gid_before_ = static_cast<gid_t>(::setfsgid(user->gid_));
    uid_before_ = static_cast<uid_t>(::setfsuid(user->uid_));
}

ActingAs::~ActingAs() {
    if (!acts_)
        return;
    ::setfsuid(uid_before_);
    ::setfsgid(gid_before_);
    set_groups_of_thread(groups_before_);
}

ActingAsSelf::ActingAsSelf()
    : uid_before_(static_cast<uid_t>(::setfsuid(::geteuid()))),
      gid_before_(static_cast<gid_t>(::setfsgid(::getegid()))) {}

ActingAsSelf::~ActingAsSelf() {
    ::setfsgid(gid_before_);
    ::setfsuid(uid_before_);
}

} // namespace wgnl::networkd
