// SPDX-License-Identifier: LGPL-2.1-or-later
// inotify over the folders on the way to the inputs.
#include "networkd/service/watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <filesystem>
#include <utility>

namespace wgnl::networkd {
namespace {

constexpr std::uint32_t watched_events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                         IN_ATTRIB | IN_CLOSE_WRITE | IN_DELETE_SELF |
                                         IN_MOVE_SELF | IN_ONLYDIR;
/// As many links as the kernel follows in one path.
constexpr int most_links = 40;

/// The components of a path that are still to be walked.
class Trail {
public:
    explicit Trail(const std::string& path) { prepend(path); }

    bool at_end() const { return rest_.empty(); }
    std::string next() {
        auto name = std::move(rest_.front());
        rest_.pop_front();
        return name;
    }
    void prepend(const std::string& path) {
        const std::filesystem::path parts(path);
        std::deque<std::string> names;
        for (const auto& part : parts.relative_path())
            if (!part.empty() && part != ".")
                names.push_back(part.string());
        rest_.insert(rest_.begin(), names.begin(), names.end());
    }

private:
    std::deque<std::string> rest_{};
};

std::string child(const std::string& folder, const std::string& name) {
    return folder == "/" ? "/" + name : folder + "/" + name;
}

std::string parent(const std::string& folder) {
    auto slash = folder.find_last_of('/');
    return slash == 0 || slash == std::string::npos ? "/" : folder.substr(0, slash);
}

std::string link_target(const std::string& path) {
    std::error_code gone;
    return std::filesystem::read_symlink(path, gone).string();
}

} // namespace

Result<Watcher> Watcher::open() {
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify)
        return std::unexpected(Error::from_errno(errno, "watch files"));
    return Watcher(std::move(inotify));
}

void Watcher::trace(const std::string& path, bool is_folder, Interests& interests) {
    Trail trail(path);
    std::string folder = "/";
    for (int links = 0; !trail.at_end();) {
        auto name = trail.next();
        if (name == "..") {
            folder = parent(folder);
            continue;
        }
        interests[folder].names.insert(name);
        auto full = child(folder, name);
        struct stat info{};
        if (::lstat(full.c_str(), &info) != 0)
            return;
        if (S_ISLNK(info.st_mode)) {
            if (++links > most_links)
                return;
            auto target = link_target(full);
            trail.prepend(target);
            folder = target.starts_with('/') ? "/" : folder;
        } else if (S_ISDIR(info.st_mode)) {
            folder = full;
        } else {
            return;
        }
    }
    if (is_folder)
        interests[folder].everything = true;
}

Result<bool> Watcher::watch(const Inputs& inputs) {
    Interests interests;
    for (const auto& path : inputs.files)
        trace(path, false, interests);
    for (const auto& path : inputs.folders)
        trace(path, true, interests);
    bool fresh = false;
    std::map<int, Interest> now;
    blind_spots_.clear();
    for (auto& [folder, interest] : interests) {
        const int descriptor = ::inotify_add_watch(inotify_.get(), folder.c_str(), watched_events);
        if (descriptor < 0 && errno == ENOSPC)
            return std::unexpected(Error::from_errno(errno, "watch " + folder,
                                                     "no inotify watch is left: raise "
                                                     "fs.inotify.max_user_watches (sysctl)"));
        if (descriptor < 0) {
            blind_spots_.push_back(folder);
            continue;
        }
        fresh = fresh || !watched_.contains(descriptor);
        // Two paths may lead to one folder.
        auto& known = now[descriptor];
        known.everything = known.everything || interest.everything;
        known.names.merge(interest.names);
    }
    for (const auto& [descriptor, interest] : watched_)
        if (!now.contains(descriptor))
            ::inotify_rm_watch(inotify_.get(), descriptor);
    watched_ = std::move(now);
    return fresh;
}

bool Watcher::concerns(const char* bytes) const {
    inotify_event event{};
    std::memcpy(&event, bytes, sizeof event);
    if ((event.mask & IN_Q_OVERFLOW) != 0)
        return true;
    auto found = watched_.find(event.wd);
    if (found == watched_.end())
        return false;
    if (event.len == 0 || found->second.everything)
        return true;
    return found->second.names.contains(std::string_view(bytes + sizeof event));
}

bool Watcher::drain() {
    bool concerned = false;
    alignas(inotify_event) std::array<char, 16384> buffer;
    ssize_t count = 0;
    while ((count = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0)
        for (ssize_t at = 0; at < count;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            concerned = concerns(buffer.data() + at) || concerned;
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    return concerned;
}

} // namespace wgnl::networkd
